"""What is said of customers, money and closures is true wherever it is said."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.test_pages import NewPage, sign_in
from tests.e2e.harness import Product

pytestmark = pytest.mark.browser

NUMBER = "8299000011112222"
#: The account is unblocked, and ten percent of the order's total went back as an apology.
SOLVED = """
from decimal import Decimal
from closedorders.cases.models import Case
from closedorders.orders.models import StoreOrder
from closedorders.orders.status import refresh_status
from closedorders.outreach.models import Campaign, Refund
order = StoreOrder.objects.get(pk={pk})
case = Case.objects.get(incident__ended_at=None)
Case.objects.update(state="unblocked")
campaign = Campaign.objects.create(
    team=order.team, incident=case.incident, store=order.store, kind="resolution", state="cancelled",
    created_by=case.opened_by,
)
Refund.objects.create(
    team=order.team, campaign=campaign, incident=case.incident, store_order=order, percent=10, state="issued",
    amount=order.total / 10, currency=order.currency,
)
refresh_status([order.pk])
"""


def _not_told(page: Page, base: str) -> int:
    page.goto(base)
    return int(page.locator(".figure", has_text="Customers not told").locator(".figure-value").inner_text())


def test_a_customer_whom_no_mail_reaches_is_told_in_another_way_and_counts_as_told(
    demo_product: Product, new_page: NewPage
) -> None:
    page = new_page(viewport={"width": 360, "height": 800})
    base = sign_in(page, demo_product, "merchant")
    before = _not_told(page, base)
    page.goto(base + "orders/?view=closed&told=not_told")
    page.locator("[data-row-link]").first.click()
    order = page.url
    name = page.locator("#customer_name").input_value()
    page.get_by_label("E-mail").fill("x1@members.ebay.com")
    page.get_by_label("E-mail").locator("xpath=ancestor::form").get_by_role("button").first.click()
    expect(page.locator("main").get_by_text("Not told, cannot be mailed")).to_be_visible()
    pk = re.search(r"/orders/(\d+)/", order)
    assert pk is not None
    demo_product.manage("shell", "-c", SOLVED.format(pk=pk[1]))

    # Ten percent back is no refund, and the order stays open.
    page.goto(order)
    expect(page.locator("main .tag", has_text="10 % back")).to_be_visible()
    expect(page.locator("main .tag", has_text="Closed").first).to_be_visible()
    expect(page.get_by_text("Refunded", exact=True)).to_have_count(0)

    assert _not_told(page, base) == before, "somebody who cannot be mailed has not been told either"
    page.goto(base + "outreach/")
    page.locator("#unreachable").get_by_role("link", name="Reach them another way").click()
    page.get_by_role("link", name=f"Text and note {name}").click()
    copied = page.get_by_role("button", name="Copy the text").get_attribute("data-copy")
    assert copied is not None
    assert copied.strip() == page.locator(".letter").inner_text().strip()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_label("How").select_option("marketplace")
    page.get_by_label("Note").fill("Answered in the marketplace's chat.")
    page.get_by_role("button", name="Mark as told").click()
    expect(page.get_by_text("counts as told.")).to_be_visible()
    expect(page.get_by_role("link", name=f"Text and note {name}")).to_have_count(0)
    assert _not_told(page, base) == before - 1
    page.goto(order)
    expect(page.locator("main").get_by_text("Answered in the marketplace's chat.").first).to_be_visible()
    page.get_by_role("link", name="Marketplace chat").click()
    page.get_by_role("button", name="Not told after all").click()
    expect(page.get_by_role("button", name="Mark as told")).to_be_visible()
    assert _not_told(page, base) == before


def test_an_assistant_removes_a_mistyped_number_and_reads_which_steps_were_skipped(
    demo_product: Product, new_page: NewPage
) -> None:
    page = new_page()
    base = sign_in(page, demo_product, "assistant")
    page.goto(base + "closures/new/")
    page.get_by_label("AliExpress order numbers").fill(NUMBER)
    page.get_by_label("Not sure yet").check()
    page.locator("main form button[type=submit]:not([aria-hidden])").first.click()
    expect(page.get_by_role("heading", name="1 closure logged")).to_be_visible()
    result = page.url
    page.goto(base + "closures/?view=all")
    page.locator("[data-row-link], .row-title a").first.click()
    expect(page.get_by_role("heading", name=re.compile("Closed order"))).to_contain_text("8299 0000")
    closure = page.url
    page.get_by_text("Remove it from the log").click()
    page.get_by_role("button", name="Remove the closure").click()
    expect(page.get_by_text(f"{NUMBER} is no longer in the log.")).to_be_visible()
    page.goto(result)
    expect(page.locator(".page-body")).to_be_visible()
    answer = page.request.get(closure)
    assert answer.status == 404

    # The incident of the weeks before ended without a case.
    page.goto(base + "incidents/")
    page.get_by_role("link", name="Incident 1", exact=True).click()
    expect(page.locator(".step-skipped")).to_have_count(2)
    expect(page.locator(".step-done")).to_have_count(1)
