"""The orders list by its keys alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser.test_pages import sign_in
from tests.e2e.harness import Product

pytestmark = pytest.mark.browser


def test_the_orders_list_is_worked_by_keys(demo_product: Product, new_page: Callable[..., Page]) -> None:
    page = new_page()
    base = sign_in(page, demo_product, "assistant")
    page.goto(base + "orders/")
    keys, rows, search = page.locator("dialog[data-keys]"), page.locator("tr[data-row]"), page.locator("#q")
    links, boxes = rows.locator("[data-row-link]"), rows.locator("input[name=order]")

    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("j")
    expect(keys.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()

    # Whoever writes, writes.
    page.keyboard.press("/")
    expect(search).to_be_focused()
    page.keyboard.type("jkxc?/")
    expect(search).to_have_value("jkxc?/")
    expect(keys).to_be_hidden()
    expect(rows.locator("input:checked")).to_have_count(0)
    search.fill("")
    page.get_by_role("heading", level=1).click()

    page.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    assert links.nth(1).evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
    page.keyboard.press("Control+x")
    expect(boxes.nth(1)).not_to_be_checked()
    page.keyboard.press("x")
    expect(boxes.nth(1)).to_be_checked()
    page.keyboard.press("x")
    expect(boxes.nth(1)).not_to_be_checked()
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()

    # Of the row the keys are on, or else of those that are ticked.
    first, third = (boxes.nth(row).get_attribute("value") for row in (0, 2))
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(rf"/closures/new/\?order={first}$"))
    page.go_back()
    for key in "jxjjx":
        page.keyboard.press(key)
    ticked = [box.get_attribute("value") for box in rows.locator("input:checked").all()]
    assert len(ticked) == 2
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(rf"/closures/new/\?order={ticked[0]}&order={ticked[1]}$"))

    page.goto(base + "orders/")
    for key in "jjj":
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/orders/{third}/$"))
    # On the checkbox too, where Enter would send its form.
    page.goto(base + "orders/")
    boxes.nth(2).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/orders/{third}/$"))


def test_the_mouse_finds_the_keys_and_puts_them_out_of_use(
    demo_product: Product, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    base = sign_in(page, demo_product, "merchant")
    page.goto(base + "orders/")
    keys, first = page.locator("dialog[data-keys]"), page.locator("tr[data-row]").first
    page.get_by_role("button", name="Keys").click()
    keys.get_by_label("Without single keys in this browser").check()
    keys.get_by_role("button", name="Close").click()
    expect(keys).to_be_hidden()
    page.reload()
    for key in "?j":
        page.keyboard.press(key)
    expect(keys).to_be_hidden()
    expect(first.locator("[data-row-link]")).not_to_be_focused()
    page.get_by_role("button", name="Keys").click()
    keys.get_by_label("Without single keys in this browser").uncheck()
    page.keyboard.press("?")
    expect(keys).to_be_hidden()
    page.keyboard.press("j")
    expect(first.locator("[data-row-link]")).to_be_focused()
    # The link takes the ticked rows along as the key does.
    first.locator("input[name=order]").check()
    number = first.locator("input[name=order]").get_attribute("value")
    page.locator("[data-log-closures]").click()
    expect(page).to_have_url(re.compile(rf"/closures/new/\?order={number}$"))


def test_aliexpress_orders_without_a_store_order_go_to_the_log_by_their_numbers(
    demo_product: Product, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    base = sign_in(page, demo_product, "assistant")
    page.goto(base + "closures/new/")
    page.locator("[name=numbers]").fill("8201000044445555")
    page.get_by_label("Card failed its check").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="1 closure logged")).to_be_visible()
    page.goto(base + "orders/?view=unmatched")
    number = page.locator("tr[data-row]").first.get_attribute("data-number")
    assert number == "8201000044445555"
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.locator("[name=numbers]")).to_have_value(number)


def test_an_order_is_worked_by_keys_too(demo_product: Product, new_page: Callable[..., Page]) -> None:
    page = new_page()
    base = sign_in(page, demo_product, "assistant")
    page.goto(base + "orders/?view=closed")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/orders/\d+/$"))
    address, keys = page.url, page.locator("dialog[data-keys]")
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    expect(keys.get_by_text("Reorder")).to_be_visible()
    page.keyboard.press("c")
    expect(page).to_have_url(address)
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()

    # Whoever writes, writes.
    comment = page.locator("textarea[name=text]")
    comment.focus()
    page.keyboard.type("c?/")
    expect(comment).to_have_value("c?/")
    expect(page).to_have_url(address)
    comment.fill("")
    page.get_by_role("heading", level=1).click()

    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(r"/closures/\d+/\?outcome=replaced#outcome$"))
    expect(page.get_by_label("Reordered", exact=True)).to_be_checked()
    page.go_back()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("/c")
    expect(page.locator("#q")).to_have_value("/c")

    page.goto(address)
    page.get_by_role("button", name="Keys").click()
    keys.get_by_label("Without single keys in this browser").check()
    keys.get_by_role("button", name="Close").click()
    for key in "/c?":
        page.keyboard.press(key)
    expect(keys).to_be_hidden()
    expect(page).to_have_url(address)


def test_withdrawing_a_comment_asks_first(demo_product: Product, new_page: Callable[..., Page]) -> None:
    page = new_page()
    base = sign_in(page, demo_product, "assistant")
    page.goto(base + "orders/")
    page.locator("[data-row-link]").first.click()
    page.locator("textarea[name=text]").fill("A word too many")
    page.get_by_role("button", name="Add the comment").click()
    event = page.locator(".event", has_text="A word too many")
    really = event.get_by_role("button", name="Withdraw the comment")
    expect(really).to_be_hidden()
    event.get_by_text("Withdraw the comment of").click()
    expect(event.get_by_text("cannot be brought back")).to_be_visible()
    really.click()
    expect(page.locator("main")).not_to_contain_text("A word too many")


def test_the_list_of_keys_is_accessible(demo_product: Product, chromium: Browser) -> None:
    context = chromium.new_context(
        locale="en-GB", bypass_csp=True
    )  # axe puts styles of its own into the page
    page = context.new_page()
    base = sign_in(page, demo_product, "merchant")
    page.goto(base + "orders/")
    page.keyboard.press("?")
    violations = Axe().run(page, context="dialog[data-keys]").response["violations"]
    context.close()
    assert [violation["id"] for violation in violations] == []
