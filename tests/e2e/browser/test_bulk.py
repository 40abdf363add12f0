"""Many orders at once, with the mouse of a hurried person and without any script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.test_pages import NewPage, sign_in
from tests.e2e.harness import Product

pytestmark = pytest.mark.browser


def _add_tag(page: Page, tag: str) -> None:
    page.get_by_label("What to do with the orders").select_option("tag_add")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Tag").fill(tag)
    page.get_by_role("button", name="Apply to").click()


def test_a_range_is_ticked_with_shift_counted_and_undone(demo_product: Product, new_page: NewPage) -> None:
    page = new_page()
    base = sign_in(page, demo_product, "merchant")
    page.goto(base + "orders/")
    boxes = page.locator('input[name="order"]')
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(page.locator("[data-bulk-count]")).to_have_text("Ticked: 4")
    expect(boxes.nth(2)).to_be_checked()
    head = page.locator("[data-bulk-head]")
    head.check()
    expect(boxes.first).to_be_checked()
    head.uncheck()
    expect(page.locator("[data-bulk-count]")).to_be_hidden()
    # What is done with ticked rows is there only while some are.
    expect(page.locator("#bulk")).to_be_hidden()
    head.check()
    page.locator("[data-bulk-all]").check()
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile("closures/new/.*all_matching=1"))
    page.go_back()
    head.check()
    page.locator("[data-bulk-all]").check()
    boxes.first.uncheck()
    expect(page.locator("[data-bulk-all]")).not_to_be_checked()
    page.locator("[data-bulk-all]").check()
    head.uncheck()
    boxes.nth(0).check()
    page.get_by_role("button", name="Continue").click()
    # Without a choice the browser asks for one, and the ticks stay.
    expect(page.locator("[data-bulk-count]")).to_have_text("Ticked: 1")
    boxes.nth(1).check()
    _add_tag(page, "rush")
    expect(page.get_by_text("2 orders changed.")).to_be_visible()
    page.get_by_role("link", name="Back to the orders").click()
    expect(page.get_by_text("You changed 2 orders: Add a tag")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").get_by_text("2 orders are as they were before.")).to_be_visible()


def test_all_that_match_are_changed_on_a_phone_without_javascript(
    demo_product: Product, new_page: NewPage
) -> None:
    page = new_page(viewport={"width": 375, "height": 800}, java_script_enabled=False)
    base = sign_in(page, demo_product, "assistant")
    page.goto(base + "orders/")
    page.get_by_label("Select all").check()
    _add_tag(page, "slow")
    expect(page.get_by_text("orders changed.")).to_be_visible()
