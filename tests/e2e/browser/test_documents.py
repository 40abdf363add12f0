"""A picture covered by mouse and by keys, wide and on a phone: what is stored has the boxes in its pixels."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.documents.scenes import encoded, reds, target
from tests.e2e.browser.test_pages import sign_in
from tests.e2e.harness import Product

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 360])
def test_a_picture_is_covered_and_stored(
    demo_product: Product, new_page: Callable[..., Page], width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    base = sign_in(page, demo_product, "merchant")
    page.goto(base + "documents/new/")
    form = page.locator("form[data-redact]")
    rows, canvas = page.locator("[data-redact-box]"), page.locator("[data-redact-canvas]")
    page.locator("[name=kind]").select_option("card_front")
    expect(page.get_by_text("All other digits of the number.")).to_be_visible()
    page.locator("[name=file]").set_input_files(
        {"name": "broken.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    )
    expect(page.get_by_role("alert")).to_contain_text("Only JPEG")
    expect(canvas).to_be_hidden()
    page.locator("[name=file]").set_input_files(
        {"name": "card.jpg", "mimeType": "image/jpeg", "buffer": encoded(target(1200, 900), quality=95)}
    )
    expect(canvas).to_be_visible()

    # The upper half of the red field by mouse, the lower half by keys.
    canvas.scroll_into_view_if_needed()
    frame = canvas.bounding_box()
    assert frame is not None
    page.mouse.move(frame["x"] + frame["width"] * 0.09, frame["y"] + frame["height"] * 0.39)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.61, frame["y"] + frame["height"] * 0.51, steps=4)
    page.mouse.up()
    expect(rows).to_have_count(1)
    canvas.press("n")
    expect(rows).to_have_count(2)
    lower = rows.nth(1)
    for name, value in {"x": "9", "y": "50", "width": "52", "height": "10"}.items():
        lower.locator(f"[name=box_{name}]").fill(value)
    canvas.press("Shift+ArrowDown")
    expect(lower.locator("[name=box_height]")).to_have_value("11.00")
    canvas.press("Control+z")
    expect(rows.nth(1).locator("[name=box_height]")).to_have_value("10.00")
    canvas.press("Control+Shift+Z")
    expect(rows.nth(1).locator("[name=box_height]")).to_have_value("11.00")

    # Boxes turn with the picture, and back with Undo; larger, smaller and moved they stay where they are.
    for name in ("Turn right", "Turn left", "Larger"):
        page.get_by_role("button", name=name).click()
    expect(page.locator("[name=turn]")).to_have_value("0")
    expect(lower.locator("[name=box_x]")).to_have_value("9.00")
    expect(form).not_to_have_attribute("aria-busy", "true")
    page.get_by_role("button", name="Turn right").click()
    expect(lower.locator("[name=box_y]")).to_have_value("9.00")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[name=turn]")).to_have_value("0")
    expect(rows.nth(1).locator("[name=box_x]")).to_have_value("9.00")
    page.get_by_role("button", name="Smaller").click()
    # Crop away what lies above and below.
    page.get_by_role("button", name="Crop").click()
    expect(rows).to_have_count(3)
    for name, value in {"x": "0", "y": "30", "width": "100", "height": "65"}.items():
        rows.nth(2).locator(f"[name=box_{name}]").fill(value)
    expect(rows.nth(2).locator("[name=box_reason]")).to_have_value("crop")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_role("button", name="Burn in the boxes and store").click()
    picture = page.locator("img.redact-stored")
    expect(picture).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    answer = page.request.get(demo_product.base_url + str(picture.get_attribute("src")))
    with Image.open(io.BytesIO(answer.body())) as stored:
        rgb = stored.convert("RGB")
    assert rgb.height / rgb.width == pytest.approx(0.75 * 0.65, abs=0.01)
    assert not reds(rgb), "red is left"
    green = rgb.getpixel((int(rgb.width * 0.78), int(rgb.height * (0.5 - 0.3) / 0.65)))
    assert isinstance(green, tuple)
    assert green[1] > 100 > green[0]
    # A worker looks for what can still be read; the page asks by itself.
    expect(page.get_by_text("it cannot show that there is none")).to_be_visible(timeout=90_000)
