"""A merchant writes the apology step by step, on a wide screen and on a phone."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.browser.test_pages import NewPage, sign_in
from tests.e2e.conftest import Complaints, StartProduct

pytestmark = pytest.mark.browser

SOLVED = "from closedorders.cases.models import Case; Case.objects.update(state='unblocked')"


def expect_open(page: Page, name: str) -> None:
    """Only this step stands open."""
    expect(page.locator("details[name=steps][open] > summary h2")).to_have_text([name])


def open_step(page: Page, name: str) -> None:
    page.locator("summary", has=page.get_by_role("heading", name=name, exact=True)).click()
    expect_open(page, name)


def violations(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page).response["violations"]
    return [
        (each["id"], each["nodes"][0]["html"][:160])
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("width", [1280, 360])
def test_the_apology_is_written_step_by_step_and_taken_back(
    width: int, start_product: StartProduct, new_page: NewPage, complaints: Complaints
) -> None:
    product = start_product(demo=True)
    product.manage("shell", "-c", SOLVED)
    # axe puts styles of its own into the page, which the policy would rightly refuse.
    page = new_page(viewport={"width": width, "height": 800}, bypass_csp=True)
    base = sign_in(page, product, "merchant")
    page.goto(base + "outreach/")
    page.get_by_role("button", name="Write the apology").first.click()
    draft = page.url.partition("?")[0]
    bar = page.locator(".step-bar")

    # One step is open; another one closes it; the bar stays in sight.
    expect_open(page, "Offer and cost")
    for name in ("Who", "Text", "Preview", "Will the mails arrive?", "Send", "Offer and cost"):
        open_step(page, name)
        expect(bar).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert violations(page) == [], name
    expect(bar).to_contain_text(re.compile(r"\d+ people · .*\d.* · \d missing"))

    # The slider moves its number, and the cost follows before anything is saved.
    costs = page.locator("#cost")
    before = costs.inner_text()
    page.get_by_role("slider", name=re.compile("refund", re.IGNORECASE)).fill("20")
    expect(page.locator("input[name=refund_percent]")).to_have_value("20")
    expect(costs).not_to_have_text(before)
    page.locator("input[name=refund_percent]").fill("120")
    page.get_by_role("button", name="Save the offer").click()
    expect(page.locator(".error-summary")).to_be_focused()
    expect_open(page, "Offer and cost")
    # The browser complains of the answer to the mistake.
    assert [line for line in complaints.lines if "422" not in line] == []
    complaints.lines.clear()
    page.locator("input[name=refund_percent]").fill("10")
    page.locator("input[name=store_credit]").fill("2")
    page.get_by_role("button", name="Save the offer").click()

    # Nothing is promised before it is true.
    page.get_by_role("button", name="Prepare codes and refunds").click()
    with page.expect_download():
        page.get_by_role("button", name=re.compile("File for the shop")).click()
    page.get_by_role("button", name="They are in the shop").click()
    page.get_by_role("button", name=re.compile(r"Approve all \d+ refunds")).click()
    page.get_by_role("button", name=re.compile(r"All \d+ have it")).click()
    expect_open(page, "Send")

    # Each reader's own letter.
    page.goto(draft + "?step=preview")
    first = page.locator(".letter").inner_text()
    page.get_by_role("link", name="Next", exact=True).click()
    expect_open(page, "Preview")
    assert page.locator(".letter").inner_text() != first

    # Sent by the count, and taken back within the minute.
    expect(bar).to_contain_text("nothing missing")
    bar.get_by_role("link", name="Send", exact=True).click()
    send = page.get_by_role("button", name=re.compile(r"^Send to \d+ (person|people)$"))
    people = int(re.findall(r"\d+", send.inner_text())[0])
    page.locator("input[name=count]").fill(str(people - 1))
    send.click()
    expect_open(page, "Send")
    expect(page.locator("#send .notice-error", has_text=f"You typed {people - 1}")).to_be_visible()
    page.locator("input[name=count]").fill(str(people))
    send.click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Taken back. Nothing was sent.")).to_be_visible()
    expect_open(page, "Send")
    assert product.sink.received == []


def test_without_scripts_the_offer_is_a_number_and_each_step_has_an_address(
    start_product: StartProduct, new_page: NewPage
) -> None:
    product = start_product(demo=True)
    page = new_page(java_script_enabled=False)
    base = sign_in(page, product, "merchant")
    page.goto(base + "incidents/2/")
    page.get_by_role("button", name="Apology with code and refund").first.click()
    page.goto(page.url.partition("?")[0] + "?step=offer")
    expect(page.locator("input[type=range]")).to_have_count(0)
    page.locator("input[name=refund_percent]").fill("5")
    page.get_by_role("button", name="Save the offer").click()
    expect(page.locator("input[name=refund_percent]")).to_have_value("5")
    page.get_by_role("link", name="Next: Text").click()
    expect(page.locator("form.form-letter").first).to_be_visible()
    expect(page.locator("input[name=refund_percent]")).to_be_hidden()
