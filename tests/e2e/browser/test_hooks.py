"""Each module of static/js/hooks in a browser. `bulk` and `keys` have files of their own, `lost` is in test_pages.py,
`open-if-wide` and `tabs` in test_own_tabs.py."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser.test_pages import sign_in
from tests.e2e.conftest import StartProduct
from tests.e2e.harness import Product

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def debug_product(start_product: StartProduct) -> Product:
    """The demo team, with /styleguide/ and with scripts and style sheets as they are written."""
    return start_product(demo=True, DEBUG="1")


def styleguide(page: Page, product: Product) -> None:
    page.goto(product.base_url + "/styleguide/")
    expect(page.locator(".specimens")).to_have_count(2)


def test_a_number_is_copied_whole(debug_product: Product, new_page: NewPage) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    styleguide(page, debug_product)
    page.locator("[data-copy]").first.click()
    expect(page.locator("[data-live]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "8201447122035519"


@pytest.mark.parametrize("kind", ["dialog", "drawer"])
def test_a_dialog_opens_takes_the_focus_and_closes(
    kind: str, debug_product: Product, new_page: NewPage
) -> None:
    page = new_page()
    styleguide(page, debug_product)
    dialog, opener = page.locator(f"#{kind}-light"), page.locator(f"[data-dialog-open={kind}-light]")
    expect(dialog).to_be_hidden()
    opener.click()
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    opener.click()
    page.mouse.click(5, 5)
    expect(dialog).to_be_hidden()


def test_a_file_may_be_dropped_around_its_field(debug_product: Product, new_page: NewPage) -> None:
    page = new_page()
    base = sign_in(page, debug_product, "merchant")
    page.goto(base + "imports/")
    zone = page.locator("[data-drop]")
    files = page.evaluate_handle(
        "() => { const it = new DataTransfer(); it.items.add(new File(['a,b'], 'orders.csv')); return it; }"
    )
    zone.dispatch_event("dragenter", {"dataTransfer": files})
    expect(zone).to_have_class(re.compile("dropzone-over"))
    zone.dispatch_event("drop", {"dataTransfer": files})
    expect(zone).not_to_have_class(re.compile("dropzone-over"))
    assert zone.locator("input[type=file]").evaluate("field => field.files[0].name") == "orders.csv"


def test_what_is_wrong_with_a_form_takes_the_focus_and_its_field_is_marked(
    debug_product: Product, new_page: NewPage
) -> None:
    page = new_page(viewport={"width": 360, "height": 500})
    base = sign_in(page, debug_product, "assistant")
    page.goto(base + "closures/new/#numbers")
    page.get_by_role("button", name="Save").click()
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_be_in_viewport()
    numbers = page.locator("[name=numbers]")
    expect(numbers).to_have_attribute("aria-invalid", "true")
    summary.get_by_role("link").first.click()
    expect(numbers).to_be_focused()


def test_a_menu_closes_by_escape_and_by_a_click_beside_it(debug_product: Product, new_page: NewPage) -> None:
    page = new_page()
    base = sign_in(page, debug_product, "merchant")
    page.goto(base + "orders/")
    more, item = page.get_by_text("More views"), page.get_by_role("link", name="Without a store order")
    expect(item).to_be_hidden()
    more.click()
    expect(item).to_be_visible()
    page.keyboard.press("Escape")
    expect(item).to_be_hidden()
    expect(page.locator(".tabs-more > summary")).to_be_focused()
    more.click()
    page.get_by_role("heading", level=1).click()
    expect(item).to_be_hidden()
    more.click()
    item.click()
    expect(page.locator(".tab[aria-current]")).to_contain_text("Without a store order")


def test_a_row_is_opened_by_a_click_anywhere_in_it(debug_product: Product, new_page: NewPage) -> None:
    page = new_page()
    base = sign_in(page, debug_product, "merchant")
    page.goto(base + "orders/")
    row = page.locator("tr[data-row]").first
    row.locator(".row-tick").click(position={"x": 3, "y": 30})
    expect(page).to_have_url(re.compile(r"/orders/$"))
    row.locator(".num").click()
    expect(page).to_have_url(re.compile(r"/orders/\d+/$"))
    page.go_back()
    with page.context.expect_page() as opened:
        row.locator(".num").click(modifiers=["Control"])
    assert re.search(r"/orders/\d+/$", opened.value.url)
    expect(page).to_have_url(re.compile(r"/orders/$"))


def test_all_rows_of_a_form_are_ticked_by_one_button(debug_product: Product, new_page: NewPage) -> None:
    page = new_page()
    styleguide(page, debug_product)
    page.evaluate(
        """() => { document.querySelector(".page-body").innerHTML =
            "<form><p class='row-tick'><input type=checkbox></p><p class='row-tick'><input type=checkbox></p>"
            + "<button type=button data-tick-all>All</button></form>"; }"""
    )
    boxes, button = page.locator(".row-tick input:checked"), page.get_by_role("button", name="All")
    button.click()
    expect(boxes).to_have_count(2)
    button.click()
    expect(boxes).to_have_count(0)


def test_a_success_leaves_by_itself_and_a_mistake_or_what_can_be_undone_stays(
    debug_product: Product, new_page: NewPage
) -> None:
    page = new_page()
    page.clock.install()
    styleguide(page, debug_product)
    theme = page.locator("[data-theme=light].specimens")
    before = theme.locator(".toast").count()
    assert theme.locator(".toast-success", has_text="Undo").count() == 1
    page.clock.fast_forward(60_000)
    expect(theme.locator(".toast")).to_have_count(before - 1)
    error = theme.locator(".toast-error")
    error.get_by_role("button", name="Close").click()
    expect(error).to_have_count(0)


def test_what_was_done_is_said_where_one_looks_and_undone_there(
    debug_product: Product, new_page: NewPage
) -> None:
    page = new_page()
    base = sign_in(page, debug_product, "merchant")
    page.goto(base + "closures/")
    bar = page.locator("#bulk")
    expect(bar).to_be_hidden()
    for position in (0, 1):
        page.locator("input[name=closure]").nth(position).check()
    expect(bar).to_be_visible()
    page.get_by_label("Set the reason").select_option(label="Ordering while travelling")
    page.get_by_role("button", name="Set reason").click()
    toast = page.locator(".toast", has_text="2 closures have a new reason.")
    expect(toast).to_be_in_viewport()
    page.mouse.wheel(0, 5000)
    expect(toast).to_be_in_viewport()
    toast.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 closures have their earlier reasons back.")).to_be_in_viewport()


@pytest.mark.parametrize("width", [360, 1280])
def test_a_long_name_or_number_pushes_nothing_out(
    width: int, debug_product: Product, new_page: NewPage
) -> None:
    page = new_page(viewport={"width": width, "height": 800})
    styleguide(page, debug_product)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    for table in page.locator(".rows-wrap").all():
        assert table.evaluate("wrap => wrap.scrollWidth <= wrap.clientWidth")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_every_component_is_accessible_in_both_themes(
    width: int, scheme: Literal["light", "dark"], debug_product: Product, chromium: Browser
) -> None:
    # axe puts styles of its own into the page, which the policy would rightly refuse.
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    styleguide(page, debug_product)
    violations = Axe().run(page).response["violations"]
    context.close()
    serious = [each for each in violations if each["impact"] in {"serious", "critical"}]
    assert [(each["id"], each["nodes"][0]["html"][:160]) for each in serious] == []
