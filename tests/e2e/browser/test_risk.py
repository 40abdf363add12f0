"""The checklist as a merchant opens it in the morning: something is red, it is put right, and the score rises."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.test_pages import sign_in
from tests.e2e.harness import Product

pytestmark = pytest.mark.browser


def test_a_red_item_is_fixed_and_the_score_rises(
    demo_product: Product, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    base = sign_in(page, demo_product, "merchant")
    page.goto(base + "risk/")
    score = int(page.locator(".score-number").inner_text())
    # The demo's bad day was warned of, and the page says since when.
    expect(page.locator(".score-beside")).to_contain_text("days before, on")
    expect(page.locator(".score-beside")).to_contain_text("Fraud review near $10,000 a day")
    expect(page.locator("#fraud_review .tag").first).to_have_text("Act")
    page.get_by_role("link", name="Messages ready to send").first.click()
    expect(page.get_by_role("heading", name="Messages before large orders")).to_be_visible()
    page.get_by_role("button", name="Note that it was sent").first.click()
    expect(page.get_by_text("Noted.")).to_be_visible()
    page.goto(base + "risk/thresholds/spend_watch/?value=7000&months=3")
    expect(
        page.get_by_text("warned 3 days before").or_(page.get_by_text("warned 4 days before"))
    ).to_be_visible()
    page.locator("[data-slider]").fill("8000")
    expect(page.locator("output")).to_have_text("8,000")
    page.goto(base + "risk/")
    expect(page.locator("#fraud_review .tag").first).not_to_have_text("Act")
    assert int(page.locator(".score-number").inner_text()) > score
