"""Many closed orders made good at once: the merchant on a screen, the assistant on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.test_pages import NewPage, sign_in
from tests.e2e.harness import Product

pytestmark = pytest.mark.browser


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_merchant_plans_and_an_assistant_reorders_on_a_phone(
    demo_product: Product, new_page: NewPage
) -> None:
    page = new_page()
    base = sign_in(page, demo_product, "merchant")
    page.goto(base + "incidents/")
    page.locator("[data-row-link]").first.click()
    page.get_by_role("link", name="Reorder", exact=True).click()
    page.get_by_label("Limit of the card, per batch").fill("100")
    page.get_by_label("How to pay").select_option("paypal")
    page.get_by_label("Gift to add").fill("phone ring")
    page.get_by_role("button", name=re.compile(r"Plan \d+ order")).click()
    expect(page.get_by_text("The plan is made.")).to_be_visible()
    address = page.url

    phone = new_page(viewport={"width": 360, "height": 780})
    sign_in(phone, demo_product, "assistant")
    phone.goto(address)
    _fits(phone)
    phone.get_by_role("link", name="Open the tick sheet").click()
    phone.get_by_role("button", name="Next").click()
    expect(phone.get_by_text("phone ring")).to_be_visible()
    _fits(phone)
    # The merchant takes another one.
    page.goto(address + "sheet/")
    page.get_by_role("button", name="Next").click()
    mine, theirs = (
        each.locator("dl.facts [data-copy]").first.get_attribute("data-copy") for each in (phone, page)
    )
    assert mine != theirs
    phone.get_by_label("Number of the new AliExpress order").fill("8399 4471 2203 0001")
    phone.get_by_role("button", name="It is reordered").click()
    expect(phone.get_by_text(f"{mine} is reordered.")).to_be_visible()
    _fits(phone)
    phone.get_by_role("button", name="Next").click()
    expect(phone.get_by_text("Place this order again")).to_be_visible()


def test_a_merchant_sets_outcomes_and_joins_new_numbers_in_bulk(
    demo_product: Product, new_page: NewPage
) -> None:
    page = new_page()
    base = sign_in(page, demo_product, "merchant")
    page.goto(base + "closures/?view=open")
    boxes = page.locator('input[name="closure"]')
    old = page.locator("[data-row] [data-copy]").nth(2).get_attribute("data-copy")
    boxes.nth(0).check()
    boxes.nth(1).check()
    # On a phone all that is done with ticked rows is on the screen.
    page.set_viewport_size({"width": 360, "height": 780})
    assert page.locator("#bulk").evaluate("bar => bar.scrollWidth <= bar.clientWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_label("Set the outcome").select_option("refunded")
    page.get_by_role("button", name="Set outcome").click()
    page.get_by_role("button", name="Set 2 closures").click()
    expect(page.get_by_text("2 closures: Customer refunded.").first).to_be_visible()
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text("2 closures are as they were before.").first).to_be_visible()

    page.get_by_role("link", name="Enter new numbers").click()
    page.get_by_label("Old number, new number").fill(
        f"{old}\t8399447122030002\n8399447122030003 8399447122030004"
    )
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="1 order is recognised")).to_be_visible()
    expect(page.get_by_role("heading", name="1 is unknown")).to_be_visible()
    page.get_by_role("button", name="Join 1 order").click()
    expect(page.get_by_text("1 closure has this outcome now.")).to_be_visible()
