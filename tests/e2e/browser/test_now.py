"""One thing at a time, money that AliExpress owes, and reminders: as the merchant, and as the assistant on a phone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.test_pages import NewPage, sign_in
from tests.e2e.harness import Product

pytestmark = pytest.mark.browser


def test_a_merchant_finds_the_one_thing_to_do_a_late_refund_and_a_reminder(
    demo_product: Product, new_page: NewPage
) -> None:
    page = new_page()
    base = sign_in(page, demo_product, "merchant")
    page.locator(".page-actions").get_by_role("link", name="Now").click()
    expect(page.get_by_role("heading", name="Now", exact=True)).to_be_visible()
    expect(page.locator(".next-title")).to_have_count(1)
    expect(page.get_by_role("heading", name="What it unlocks")).to_be_visible()

    # Ticked as announced long ago, it is overdue: on the list, on Today and on the incident's page.
    page.goto(base + "supplier-refunds/?view=not_entered")
    page.locator('input[name="pk"]').first.check()
    page.get_by_label("Announced on").fill((datetime.now(UTC) - timedelta(days=50)).date().isoformat())
    page.get_by_role("button", name="Expect the cost of the ticked ones back").click()
    expect(page.get_by_text("1 refund is expected.")).to_be_visible()
    page.goto(base)
    notice = page.get_by_text("1 supplier refund has not come in time.")
    expect(notice).to_be_visible()
    page.get_by_role("link", name="See what is missing").click()
    expect(page.locator(".tag-red", has_text="Overdue")).to_be_visible()
    expect(page.get_by_role("heading", name="Missing by card")).to_be_visible()
    page.locator('input[name="pk"]').first.check()
    page.get_by_role("button", name="The ticked ones have come").click()
    expect(page.get_by_text("1 refund is received.")).to_be_visible()
    page.goto(base)
    expect(notice).to_have_count(0)

    # A reminder on an incident stands there, and what was done by mistake comes back.
    page.goto(base + "incidents/2/")
    expect(page.get_by_text("Since the first closure")).to_be_visible()
    expect(page.locator("#timeline").get_by_text("Logged closures").first).to_be_visible()
    page.get_by_role("link", name="Add a reminder").click()
    page.get_by_label("What to do").fill("Call the bank about the card")
    page.get_by_role("button", name="Save the reminder").click()
    expect(page).to_have_url(re.compile(r"/incidents/2/$"))
    noted = page.locator(".check", has_text="Call the bank about the card")
    noted.get_by_role("button", name="in a week").click()
    noted.get_by_role("button", name="Done").click()
    expect(noted).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    page.goto(base + "reminders/?view=later")
    expect(noted).to_be_visible()


def test_an_assistant_has_all_of_it_on_a_phone_and_no_amount(
    demo_product: Product, new_page: NewPage
) -> None:
    page = new_page(viewport={"width": 360, "height": 740})
    base = sign_in(page, demo_product, "assistant")
    page.goto(base + "orders/1/")
    page.get_by_role("link", name="Add a reminder").click()
    page.get_by_label("What to do").fill("Ask the supplier for the parcel")
    page.get_by_role("button", name="Save the reminder").click()
    expect(page.get_by_text("Ask the supplier for the parcel").first).to_be_visible()
    for path in (
        "",
        "now/",
        "supplier-refunds/",
        "supplier-refunds/?view=not_entered",
        "reminders/?view=later",
        "digest/",
        "incidents/2/",
        "orders/1/",
        "cases/1/",
    ):
        page.goto(base + path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, (path, wide)
    page.goto(base + "supplier-refunds/?view=not_entered")
    expect(page.locator(".rows")).to_be_visible()
    expect(page.locator('input[name="pk"]')).to_have_count(0)
    expect(page.get_by_text("Missing by card")).to_have_count(0)
    page.goto(base + "digest/")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("button", name="Switch it off")).to_be_visible()
