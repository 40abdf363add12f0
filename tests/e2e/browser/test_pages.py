"""Every page of the demo team as its people see it: wide and narrow, light and dark, English and Spanish."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Complaints
from tests.e2e.harness import DEMO_PASSWORD, Product

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]

DESK = [
    "orders/",
    "orders/1/",
    "imports/",
    "imports/1/",
    "closures/",
    "closures/new/",
    "closures/10/",
    "outreach/",
    "risk/",
    "risk/calendar/",
    "risk/accounts/1/notices/",
    "stores/",
]
PAGES = {
    "merchant": [
        "",
        "incidents/",
        "incidents/2/",
        "cases/",
        "cases/1/",
        "cases/statistics/",
        "cases/1/pack/",
        "review/",
        "reasons/",
        "reasons/fraud_review/",
        *DESK,
        *[
            "outreach/codes/",
            "outreach/refunds/",
            "outreach/unreachable/",
            "outreach/suppressions/",
            "outreach/second-person/",
            "outreach/templates/",
            "stores/1/",
        ],
        *[
            "buyer-accounts/",
            "buyer-accounts/1/",
            "risk/thresholds/spend_watch/",
            "risk/alerts/",
            "risk/funds/",
            "risk/offices/",
            "risk/quiet/",
            "people/",
            "settings/",
            "audit/",
            "documents/",
            "documents/new/",
        ],
    ],
    "assistant": ["", "incidents/", "incidents/2/", "cases/", "cases/1/", "reasons/", *DESK],
    "reviewer": ["", "incidents/", "incidents/2/", "cases/", "cases/1/", "review/", "reasons/"],
}
LOOKS = [
    pytest.param(1280, "light", "en-GB", id="wide light English"),
    pytest.param(360, "dark", "es-ES", id="narrow dark Spanish"),
]


def sign_in(page: Page, product: Product, role: str) -> str:
    page.goto(product.base_url + "/account/sign-in/")
    page.locator("[name=login]").fill(f"{role}@demo.test")
    page.locator("[name=password]").fill(DEMO_PASSWORD)
    page.locator("main button[type=submit]").first.click()
    expect(page.locator(".page-body")).to_be_visible()
    return page.url


@pytest.mark.parametrize(("width", "scheme", "locale"), LOOKS)
@pytest.mark.parametrize("role", PAGES)
def test_pages_fit_the_screen_speak_the_language_and_break_no_policy(
    role: str, width: int, scheme: str, locale: str, demo_product: Product, new_page: NewPage
) -> None:
    page = new_page(viewport={"width": width, "height": 800}, color_scheme=scheme, locale=locale)
    base = sign_in(page, demo_product, role)
    wrong: list[tuple[object, ...]] = []
    for path in PAGES[role]:
        response = page.goto(base + path)
        assert response is not None
        if response.status != 200:
            wrong.append((path, "status", response.status))
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append((path, "wider than the screen", width))
        if page.locator("html").get_attribute("lang") != locale[:2]:
            wrong.append((path, "language", page.locator("html").get_attribute("lang")))
    assert not wrong


@pytest.mark.parametrize(
    ("role", "width", "scheme"), [("merchant", 1280, "light"), ("assistant", 360, "dark")]
)
def test_pages_are_accessible(
    role: str, width: int, scheme: Literal["light", "dark"], demo_product: Product, chromium: Browser
) -> None:
    # axe puts styles of its own into the page, which the policy would rightly refuse.
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, locale="en-GB", bypass_csp=True
    )
    page = context.new_page()
    base = sign_in(page, demo_product, role)
    axe = Axe()
    wrong = []
    for path in PAGES[role]:
        page.goto(base + path)
        for violation in axe.run(page).response["violations"]:
            if violation["impact"] in {"serious", "critical"}:
                wrong.append((path, violation["id"], violation["nodes"][0]["html"][:160]))
    context.close()
    assert not wrong


def test_closures_are_logged_on_a_phone_without_javascript(demo_product: Product, new_page: NewPage) -> None:
    page = new_page(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    base = sign_in(page, demo_product, "assistant")
    page.locator(".bottombar").get_by_role("link", name="Log closures").click()
    page.locator("[name=numbers]").fill("8201 0000 1111 2222, 8201000011113333")
    page.get_by_label("Card failed its check").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="2 closures logged")).to_be_visible()
    page.goto(base + "closures/")
    expect(page.locator("td").get_by_text("Card failed its check").first).to_be_visible()


def test_the_keyboard_alone_reaches_the_page_and_its_main_button(
    demo_product: Product, new_page: NewPage
) -> None:
    page = new_page()
    sign_in(page, demo_product, "merchant")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the page")
    page.keyboard.press("Enter")
    expect(page.locator("main:focus")).to_be_visible()
    for _press in range(12):
        page.keyboard.press("Tab")
        if page.locator(":focus").inner_text() == "Open the case":
            break
    expect(page.locator(":focus")).to_have_text("Open the case")


def test_the_theme_a_person_chose_stays(demo_product: Product, new_page: NewPage) -> None:
    page = new_page()
    base = sign_in(page, demo_product, "reviewer")
    page.locator(".side .account-summary").click()
    page.locator(".side").get_by_role("button", name="Dark").click()
    expect(page.locator("html[data-theme=dark]")).to_have_count(1)
    page.goto(base + "cases/")
    expect(page.locator("html[data-theme=dark]")).to_have_count(1)
    page.locator(".side .account-summary").click()
    page.locator(".side").get_by_role("button", name="As the device").click()
    expect(page.locator("html[data-theme=auto]")).to_have_count(1)


def test_djangos_admin_runs_under_the_policy(demo_product: Product, new_page: NewPage) -> None:
    page = new_page()
    sign_in(page, demo_product, "merchant")
    page.goto(demo_product.base_url + "/admin/closures/closurereason/")
    expect(page.get_by_text("Ordering while travelling")).to_be_visible()
    page.goto(demo_product.base_url + "/admin/accounts/user/")
    expect(page.get_by_text("assistant@demo.test")).to_be_visible()


def test_a_progress_bar_that_gets_no_answer_says_so_until_it_gets_one(
    demo_product: Product, new_page: NewPage, complaints: Complaints
) -> None:
    page = new_page()
    base = sign_in(page, demo_product, "merchant")
    page.goto(base + "imports/")
    page.evaluate(
        """address => {
            document.querySelector(".page-body").innerHTML =
                `<div class="progress-block" hx-get="${address}" hx-trigger="every 1s" hx-swap="outerHTML">
                <p><span data-lost hidden>No connection.</span></p></div>`;
            htmx.process(document.body);
        }""",
        base + "coming/",
    )
    lost = page.locator("[data-lost]")
    expect(lost).to_be_hidden()
    page.route("**/coming/", lambda route: route.abort())
    expect(lost).to_be_visible()
    page.unroute("**/coming/")
    page.route("**/coming/", lambda route: route.fulfill(body='<p class="came">Done</p>'))
    expect(page.locator(".came")).to_be_visible()
    expect(lost).to_have_count(0)
    complaints.lines.clear()  # The browser and htmx complain of the requests that failed.
