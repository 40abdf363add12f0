"""The chat coach on a phone: from “Start the chat” to what came of it, and one line that takes it back."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e.browser.test_pages import NewPage, sign_in
from tests.e2e.harness import Product

pytestmark = pytest.mark.browser


def test_a_chat_is_timed_logged_and_moves_the_case(demo_product: Product, new_page: NewPage) -> None:
    page = new_page(viewport={"width": 360, "height": 740}, permissions=["clipboard-read", "clipboard-write"])
    base = sign_in(page, demo_product, "merchant")
    page.goto(base + "cases/1/")
    coach = page.locator("#coach")
    expect(coach.get_by_text("Pick the question about an account")).to_be_visible()
    coach.locator("details[open] [data-copy]").first.click()
    assert "for example" in page.evaluate("navigator.clipboard.readText()")
    coach.get_by_role("button", name="Start the chat").click()
    timer = coach.locator("[data-timer]")
    expect(timer).to_have_text(re.compile(r"^0:0[1-9]$"))
    coach.get_by_role("link", name="Log the chat").click()
    page.get_by_label("agent's name", exact=False).fill("Lina")
    page.get_by_label("what was said", exact=False).fill("It is lifted, my card 4242 4242 4242 4242 is fine")
    page.get_by_role("button", name="Log the contact").click()
    expect(page.get_by_text("only its last four digits are stored")).to_be_visible()
    log = page.locator("#log")
    expect(log.get_by_text("It is lifted, my card •••• 4242 is fine")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert Axe().run(page).response["violations"] == []
    log.get_by_role("button", name="Mark unblocked").click()
    expect(page.get_by_role("heading", name="Say thank you to AliExpress")).to_be_visible()

    log.get_by_text("Take it back").click()
    log.get_by_label("Why").fill("It was the other account")
    log.get_by_role("button", name="Take the step back").click()
    expect(page.get_by_role("heading", name="Get the documents ready")).to_be_visible()
    expect(page.get_by_text("It was the other account")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
