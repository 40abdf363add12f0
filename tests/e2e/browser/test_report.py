"""A text that blames the wrong cause, a playbook in two tabs, a report on one page; a fire drill that stays here."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.test_pages import sign_in
from tests.e2e.conftest import Complaints
from tests.e2e.harness import Product

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]
STORY = "Hola {first_name|de nuevo}:\n\nHa habido un contratiempo con la fabricación. Lo siento."


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type ?/Page\b(?!s)", pdf))


def test_a_merchant_on_the_phone_says_what_is_true_loses_no_text_and_prints_the_report(
    demo_product: Product, new_page: NewPage, complaints: Complaints
) -> None:
    page = new_page(viewport={"width": 360, "height": 800})
    base = sign_in(page, demo_product, "merchant")

    page.goto(base + "incidents/2/")
    page.get_by_role("button", name="Holding note").first.click()
    page.locator("summary", has=page.get_by_role("heading", name="Text", exact=True)).click()
    letter = page.locator("#text-es form.form-letter")
    letter.get_by_label("Text").fill(STORY)
    letter.get_by_role("button", name="Save the text").click()
    expect(page.locator(".notice-error mark", has_text="fabricación")).to_be_visible()
    expect(page.locator("#send")).to_contain_text("payment or an account check")
    expect(page.get_by_role("button", name=re.compile("^Send to"))).to_have_count(0)
    letter.get_by_role("button", name="Put this in").first.click()
    letter = page.locator("#text-es form.form-letter")
    true_words = STORY.replace("Ha habido un contratiempo con la fabricación.", "Lo que ha pasado: {reason}.")
    expect(letter.get_by_label("Text")).to_have_value(true_words)
    assert fits(page)
    letter.get_by_role("button", name="Save the text").click()
    expect(page.locator("mark")).to_have_count(0)
    page.locator(".step-bar").get_by_role("link", name="Send", exact=True).click()
    expect(page.get_by_role("button", name=re.compile("^Send to"))).to_be_visible()

    page.goto(base + "reasons/card_check/playbook/")
    other = page.context.new_page()
    other.goto(base + "reasons/card_check/playbook/")
    other.get_by_label("Do now").fill("Call the bank.")
    other.get_by_role("button", name="Save playbook").click()
    expect(other.locator(".facts")).to_contain_text("Call the bank.")
    page.get_by_label("Do now").fill("Use PayPal.")
    page.get_by_role("button", name="Save playbook").click()
    beside = page.locator(".panel-quiet")
    expect(beside).to_contain_text("Call the bank.")
    expect(beside).to_contain_text("Use PayPal.")
    assert fits(page)
    complaints.lines.clear()  # The browser complains of the form that was refused.
    page.get_by_role("button", name="Save playbook").click()
    expect(page.locator(".facts")).to_contain_text("Use PayPal.")
    page.get_by_label("Incident").select_option("2")
    page.get_by_role("button", name="Add the steps").click()
    step = page.locator("#steps .check", has_text="Use PayPal.")
    step.get_by_role("button", name="Done").click()
    expect(page.locator("#steps .check", has_text="Use PayPal.")).to_contain_text("Demo merchant")
    assert fits(page)

    page.get_by_role("link", name="Report (draft)").click()
    expect(page.get_by_role("heading", name="Draft: this is missing")).to_be_visible()
    page.get_by_label("Customers who had to ask").fill("4")
    page.get_by_role("button", name="Save in the report").click()
    expect(page.locator(".report")).to_contain_text("counted by the merchant")
    assert fits(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Draft as PDF").click()
    assert pages_of(download.value.path().read_bytes()) == 1
    assert pages_of(page.pdf(format="A4")) == 1


def test_a_fire_drill_is_marked_timed_mails_nobody_and_is_gone_afterwards(
    demo_product: Product, page: Page
) -> None:
    base = sign_in(page, demo_product, "merchant")
    already = len(demo_product.sink.received)
    page.goto(base + "incidents/")
    page.get_by_role("link", name="Fire drill").click()
    page.get_by_role("button", name="Start a drill").click()
    expect(page.locator(".drill")).to_contain_text("Nothing here is real")
    drill = page.url.partition("incidents/")[0]
    assert drill != base

    page.get_by_role("button", name="Holding note").first.click()
    page.get_by_label("How many people is that?").fill("12")
    page.get_by_role("button", name="Send to 12 people").click()
    expect(page.locator("tr", has_text="In the local mailbox")).to_have_count(12, timeout=90_000)
    page.goto(drill + "mailbox/")
    expect(page.get_by_text(re.compile("^DRILL: "))).to_have_count(12)
    assert len(demo_product.sink.received) == already

    page.goto(drill + "drill/")
    expect(page.locator("tr", has_text="Closed orders logged")).to_contain_text("Done")
    page.get_by_role("button", name="End the drill and delete it").click()
    expect(page.get_by_role("button", name="Start a drill")).to_be_visible()
    assert page.request.get(drill).status == 404
