"""Lists that a person keeps as tabs, on a phone and without any script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.browser.test_pages import NewPage, sign_in
from tests.e2e.harness import Product

pytestmark = pytest.mark.browser


def test_a_list_is_kept_on_a_phone_counted_and_in_sight(demo_product: Product, new_page: NewPage) -> None:
    page = new_page(viewport={"width": 360, "height": 800})
    base = sign_in(page, demo_product, "merchant")
    page.goto(base + "orders/?told=not_told&country=ES")
    # The list comes first; its chips say what is on.
    expect(page.get_by_role("textbox", name="Country")).to_be_hidden()
    page.get_by_text("Keep as a tab").click()
    page.get_by_label("Name of the tab").fill("Spain, not told")
    # Counting takes a while where there are many orders: the list is there before.
    waiting: list[Route] = []
    page.route("**/own-views/counts/**", lambda route: waiting.append(route))
    page.get_by_role("button", name="Keep", exact=True).click()
    tab = page.get_by_role("link", name="Spain, not told")
    expect(tab).to_be_in_viewport()
    expect(tab).to_have_text("Spain, not told")
    tab.focus()
    waiting[0].continue_()
    expect(tab).to_have_text(re.compile(r"Spain, not told\d+"))
    expect(tab).to_have_attribute("aria-current", "page")
    expect(tab).to_be_in_viewport()
    expect(tab).to_be_focused()
    page.unroute_all()
    page.get_by_role("link", name="Late").click()
    tab.click()
    expect(page).to_have_url(re.compile(r"orders/\?(told=not_told&country=ES|country=ES&told=not_told)$"))
    page.get_by_role("button", name="Remove the tab “Spain, not told”").click()
    expect(page.get_by_text("The tab is removed.")).to_be_visible()
    expect(tab).to_have_count(0)


def test_a_list_is_kept_without_javascript(demo_product: Product, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    base = sign_in(page, demo_product, "assistant")
    page.goto(base + "orders/?tag=slow")
    expect(page.get_by_label("Tag", exact=True)).to_have_value("slow")
    page.get_by_text("Keep as a tab").click()
    page.get_by_label("Name of the tab").fill("Slow ones")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("link", name="Slow ones")).to_have_attribute("aria-current", "page")
