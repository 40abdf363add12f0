"""The quick log with AliExpress's words and a screenshot, and closed orders of an import logged in one step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.browser.test_pages import sign_in
from tests.e2e.harness import Product

pytestmark = pytest.mark.browser

PASTE = """
(kind) => {
  const clipboard = new DataTransfer();
  if (kind === "picture") {
    const pixels = atob(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    );
    const bytes = Uint8Array.from(pixels, (each) => each.charCodeAt(0));
    clipboard.items.add(new File([bytes], "image.png", { type: "image/png" }));
  } else {
    clipboard.setData("text/plain", "8201447122039999");
  }
  document.activeElement.dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: clipboard, bubbles: true, cancelable: true }),
  );
}
"""


def no_violations(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [(each["id"], each["nodes"][0]["html"][:200]) for each in found]


def test_an_assistant_logs_with_aliexpresss_words_a_suggested_reason_and_a_pasted_picture_on_a_phone(
    demo_product: Product, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 360, "height": 760})
    base = sign_in(page, demo_product, "assistant")
    page.goto(base + "closures/new/")
    page.locator("[name=numbers]").fill("8201 4471 2203 9991\n8201447122039992")
    page.locator("[name=words]").fill("Payment failed CSC_7200012")
    expect(page.get_by_text("The card has expired.")).to_be_visible()
    expect(page.get_by_text("Who must act: You.")).to_be_visible()
    page.get_by_role("button", name="Use this reason").click()
    expect(page.get_by_role("radio", name="Card failed its check")).to_be_checked()
    expect(page.locator("[name=words]")).to_have_value("Payment failed CSC_7200012")
    page.locator("[name=words]").focus()
    # Text is pasted as text, whatever else the clipboard has.
    page.evaluate(PASTE, "text")
    assert page.locator("[name=screenshot]").evaluate("field => field.files.length") == 0
    page.evaluate(PASTE, "picture")
    assert page.locator("[name=screenshot]").evaluate("field => field.files[0].name") == "image.png"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    no_violations(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="2 closures logged")).to_be_visible()
    page.goto(base + "closures/?view=all")
    page.locator("tr[data-row]").filter(
        has=page.get_by_role("link", name="details 8201447122039992")
    ).first.click()
    expect(page.get_by_role("link", name="image.png")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="image.png").click()
    assert download.value.suggested_filename == "image.png"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    no_violations(page)


def test_a_merchant_imports_closed_orders_and_logs_them_all_in_one_step(
    demo_product: Product, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = new_page()
    base = sign_in(page, demo_product, "merchant")
    rows = [
        f'"Feb 21, 2026",820144712205{n:04},Lamp,1,US $9.50,Shop,US $9.50|9|50,USD,Closed' for n in range(40)
    ]
    header = "Order Date,Order ID,Title,Qty,Price,Store,Price Info,Currency,Status"
    file = tmp_path / "aliexpress.csv"
    file.write_text("\n".join([header, *rows]) + "\n")
    page.goto(base + "imports/")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload and check").click()
    page.get_by_role("button", name="Save 40 orders").click(timeout=30_000)
    heading = page.get_by_role("heading", name="look closed and are not logged")
    expect(heading).to_be_visible(timeout=30_000)
    page.goto(base)
    expect(heading).to_be_visible()
    expect(page.get_by_text("All quiet")).to_have_count(0)
    no_violations(page)
    page.get_by_label("Reason for all").select_option(label="Ordering while travelling")
    page.get_by_role("button", name="Log ").click()
    expect(page.get_by_role("heading", name="closures logged")).to_be_visible()
    page.goto(base)
    expect(heading).to_have_count(0)
    expect(page.get_by_text("Storm:").first).to_be_visible()
