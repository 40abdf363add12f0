"""A case from its pictures to its submission pack: the reviewer by keys alone, the merchant by clicks."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.documents.scenes import encoded, target
from tests.e2e.browser.test_pages import sign_in
from tests.e2e.conftest import Complaints
from tests.e2e.harness import Product

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]


def upload(page: Page, base: str, kind: str, name: str) -> None:
    """A covered picture, sent as the form sends it; the drawing tool has a test of its own."""
    page.goto(base + "documents/new/")
    token = page.locator("main [name=csrfmiddlewaretoken]").first.get_attribute("value")
    box = {"page": "1", "x": "10", "y": "40", "width": "50", "height": "20", "reason": "card_number"}
    answer = page.request.post(
        base + "documents/new/",
        headers={"Referer": base},
        multipart={
            "csrfmiddlewaretoken": str(token),
            "kind": kind,
            "name": name,
            "turn": "0",
            "file": {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": encoded(target())},
            **{f"box_{field}": value for field, value in box.items()},
        },
    )
    assert "/documents/new/" not in answer.url, "the picture was refused"


def wait_until_usable(page: Page, base: str, document: str) -> None:
    """A worker reads it first; the case offers it afterwards."""
    for _second in range(90):
        page.goto(base + "cases/1/")
        if page.locator("#slots option", has_text=document).count():
            return
        page.wait_for_timeout(1_000)
    pytest.fail(f"{document} was not checked within 90 seconds.")


def use(page: Page, row: str, document: str) -> None:
    slot = page.locator("#slots tr", has=page.get_by_role("rowheader", name=row))
    slot.locator("select[name=document]").select_option(label=document)
    slot.get_by_role("button", name="Use").click()


def type_it(page: Page, fields: dict[str, str]) -> None:
    """By keys: "a" goes to the first field, Tab to the next, Enter decides."""
    page.keyboard.press("a")
    for number, (name, value) in enumerate(fields.items()):
        if number:
            page.keyboard.press("Tab")
        expect(page.locator(f"[data-review-approve] [name={name}]")).to_be_focused()
        page.keyboard.type(value)
    page.keyboard.press("Enter")


def begin(page: Page, base: str) -> None:
    """From the queue into its first document, and begin."""
    page.goto(base + "review/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("[data-review-start]")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator("[data-review-approve]")).to_be_visible()


def test_documents_are_reviewed_by_keys_and_leave_as_a_pack(
    demo_product: Product, new_page: NewPage, complaints: Complaints, tmp_path: Path
) -> None:
    merchant, reviewer = new_page(), new_page(viewport={"width": 1280, "height": 800})
    base = sign_in(merchant, demo_product, "merchant")
    sign_in(reviewer, demo_product, "reviewer")
    upload(merchant, base, "card_front", "My card")
    upload(merchant, base, "identity", "My passport")
    wait_until_usable(merchant, base, "My card")
    wait_until_usable(merchant, base, "My passport")
    use(merchant, "Credit card, front", "My card")
    use(merchant, "Passport or ID", "My passport")
    for fields in ({"last_four": "4242", "expiry": "09/28"}, {"name": "María López"}):
        form = merchant.locator(
            "#slots details[open] form", has=merchant.locator(f"[name={next(iter(fields))}]")
        )
        for name, value in fields.items():
            form.locator(f"[name={name}]").fill(value)
        form.get_by_role("button", name="Save").click()
        expect(merchant.get_by_text("unreadable for everybody")).to_be_visible()
    merchant.get_by_role("button", name="Send for review").click()
    expect(merchant.get_by_text("Sent for review.")).to_be_visible()

    begin(reviewer, base)
    heading = reviewer.get_by_role("heading", level=1)
    expect(heading).to_have_text("Review: Credit card, front")
    expect(reviewer.locator("img.redact-stored")).to_be_visible()
    type_it(reviewer, {"last_four": "4243", "expiry": "09/28"})
    expect(reviewer.get_by_text("do not agree").first).to_be_visible()
    type_it(reviewer, {"last_four": "4242", "expiry": "9/2028"})
    # Ticked by hand: there is no picture to read.
    expect(heading).to_have_text("Review: Credit card, back")
    reviewer.keyboard.press("a")
    expect(heading).to_have_text("Review: Passport or ID")
    reviewer.keyboard.press("r")
    expect(reviewer.locator("[data-review-again] [type=radio]").first).to_be_focused()
    reviewer.keyboard.press("Space")
    reviewer.keyboard.press("ArrowDown")
    reviewer.keyboard.press("Enter")
    for _document in range(20):
        expect(heading).not_to_have_text("Review: Passport or ID")
        before = reviewer.url
        if "/request/" in before:
            break
        reviewer.keyboard.press("a")
        expect(reviewer).not_to_have_url(before)
    expect(heading).to_have_text("Ask again for several")
    expect(reviewer.locator("td span", has_text="Cut off")).to_be_visible()
    reviewer.get_by_role("button", name="Send one request").click()
    expect(reviewer.get_by_text("The queue is clear")).to_be_visible()

    merchant.goto(base + "cases/1/")
    expect(merchant.locator("#request")).to_contain_text(
        re.compile(r"1 document.*Passport or ID: Cut off", re.S)
    )
    merchant.goto(base + "cases/1/pack/")
    expect(merchant.get_by_text("Not approved yet: Passport or ID.")).to_be_visible()
    merchant.goto(base + "cases/1/")
    use(merchant, "Passport or ID", "My passport")
    merchant.get_by_role("button", name="Send for review").click()

    begin(reviewer, base)
    type_it(reviewer, {"name": "LOPEZ MARIA"})
    reviewer.get_by_role("button", name="Mark ready to submit").click()
    expect(reviewer.get_by_text("Ready to submit.").first).to_be_visible()

    merchant.goto(base + "cases/1/pack/")
    with merchant.expect_download() as download:
        merchant.get_by_role("button", name="Download the ZIP").click()
    file = tmp_path / "pack.zip"
    download.value.save_as(file)
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as pack:
        assert pack.namelist()[:3] == ["00-cover.pdf", "01-credit-card-front.jpg", "02-passport-or-id.jpg"]
    merchant.reload()
    expect(merchant.locator("section", has_text="Receipts").last).to_contain_text("My card")
    for page, path in ((reviewer, "review/"), (merchant, "cases/1/pack/"), (merchant, "cases/1/")):
        page.set_viewport_size({"width": 360, "height": 800})
        page.goto(base + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
