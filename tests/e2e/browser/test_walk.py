"""A newcomer walks in: a step taken back within its minute, and the lists of a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.harness import DEMO_PASSWORD, Product

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]


def sign_in(page: Page, product: Product) -> str:
    page.goto(product.base_url + "/account/sign-in/")
    page.locator("[name=login]").fill("merchant@demo.test")
    page.locator("[name=password]").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    return page.url


def test_on_a_phone_rows_are_short_and_each_step_has_its_words(
    demo_product: Product, new_page: NewPage
) -> None:
    page = new_page(viewport={"width": 360, "height": 740})
    base = sign_in(page, demo_product)
    expect(page.locator(".btn-primary:visible")).to_have_count(1)
    words = page.locator(".steps").first.locator(".step-words")
    assert words.count() == 6
    for place in range(6):
        box = words.nth(place).bounding_box()
        assert box is not None
        assert box["width"] > 30
    bar = page.locator(".bottombar > *")
    assert bar.count() == 5
    for name in ("Orders", "Outreach"):
        label = page.locator(".bottombar").get_by_text(name, exact=True).first
        assert label.evaluate("each => each.scrollWidth <= each.clientWidth")
        label.click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    for path in ("orders/", "orders/?view=unmatched", "closures/", "incidents/", "cases/", ""):
        page.goto(base + path)
        heights = page.locator("tr[data-row]").evaluate_all(
            "rows => rows.map(row => row.getBoundingClientRect().height)"
        )
        assert heights or path in ("orders/?view=unmatched", "")
        assert max(heights, default=0) <= 90, path
        wide = page.evaluate(
            "[...document.querySelectorAll('main *')].filter(each => each.getBoundingClientRect().right > 361)"
            ".map(each => each.outerHTML.slice(0, 120)).slice(0, 4)"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, (path, wide)


def test_a_merchant_takes_back_that_the_account_is_unblocked(demo_product: Product, page: Page) -> None:
    base = sign_in(page, demo_product)
    page.goto(base + "cases/1/")
    answer = page.locator("details", has_text="without documents").first
    answer.locator("summary").click()
    answer.locator("textarea, input[type=text]").first.fill("Lifted in the chat")
    answer.get_by_role("button", name="without documents").click()
    toast = page.locator(".toast", has_text="Unblocked")
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast", has_text="Taken back")).to_be_visible()
    page.goto(base)
    expect(page.get_by_role("heading", name="Get the documents ready")).to_be_visible()
    page.locator(".side .account-summary").click()
    page.locator(".side").get_by_role("link", name="Change password").click()
    expect(page.get_by_role("heading", name="Change password")).to_be_visible()
