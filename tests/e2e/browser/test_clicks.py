"""The bad day, counted: from a file with forty closed orders to forty outcomes and everybody told."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser.test_story import first_merchant, import_file, sample, save
from tests.e2e.harness import Product

pytestmark = pytest.mark.browser

MOST_CLICKS = 25
TEN_MINUTES = 600.0


class Clicks:
    """Counts what a person does: each click, each field filled in, each file chosen."""

    def __init__(self) -> None:
        self.count = 0

    def click(self, place: Locator) -> None:
        self.count += 1
        place.click()

    def fill(self, place: Locator, text: str) -> None:
        self.count += 1
        place.fill(text)

    def select(self, place: Locator, words: str) -> None:
        self.count += 1
        place.select_option(label=words)

    def choose_file(self, place: Locator, name: str, content: bytes) -> None:
        self.count += 1
        place.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})


def test_forty_closed_orders_are_told_and_settled_in_twenty_five_clicks(
    start_product: Callable[..., Product], page: Page
) -> None:
    product = start_product(SEND_UNDO_SECONDS="1")
    base = first_merchant(page, product)
    # The day before: the shop's orders are there, with the numbers of their AliExpress orders.
    import_file(page, base, "orders_export_1.csv", sample("shopify_csv"))
    save(page)
    import_file(page, base, "links.csv", sample("link_csv"))
    save(page)

    hand, began = Clicks(), time.monotonic()
    hand.click(page.locator(".side").get_by_role("link", name="Imports"))
    hand.choose_file(
        page.get_by_label("Order file"), "aliexpress.csv", sample("aliexpress_extension_csv", closed=40)
    )
    hand.click(page.get_by_role("button", name="Upload and check"))
    hand.click(page.get_by_role("button", name=re.compile(r"^Save \d+ (order|row)s?$")))
    expect(page.locator(".tag", has_text="Saved")).to_be_visible(timeout=40_000)

    # On the import's own page: all that look closed, in one step, with one reason.
    hand.select(page.get_by_label("Reason for all"), "Payment window ran out")
    hand.click(page.get_by_role("button", name=re.compile(r"^Log \d+ closures$")))
    hand.click(page.get_by_role("link", name="Open incident"))
    hand.fill(page.get_by_label("No verification is needed, because"), "They were not paid in time")
    hand.click(page.get_by_role("button", name="No verification needed"))

    hand.click(page.get_by_role("button", name="Apology with code and refund"))
    hand.click(page.get_by_role("button", name="Prepare codes and refunds"))
    with page.expect_download():
        hand.click(page.get_by_role("button", name=re.compile("File for the shop")))
    hand.click(page.get_by_role("button", name="They are in the shop"))
    hand.click(page.get_by_role("button", name=re.compile(r"Approve all \d+ refunds")))
    send = page.get_by_role("button", name=re.compile(r"Send to \d+ people"))
    people = re.findall(r"\d+", send.inner_text())[0]
    hand.fill(page.locator("#send input[name=count]"), people)
    hand.click(send)
    expect(page.get_by_text(f"{people} of {people}")).to_be_visible(timeout=60_000)

    hand.click(page.get_by_role("link", name="Incident 1").first)
    hand.click(page.get_by_role("link", name="All of this incident"))
    hand.click(page.get_by_label("Tick all of this page"))
    hand.select(page.get_by_label("Set the outcome"), "Written off")
    hand.click(page.get_by_role("button", name="Set outcome"))
    hand.click(page.get_by_role("button", name=re.compile(r"^Set \d+ closures$")))
    expect(page.get_by_text("No closure matches these filters.")).to_be_visible()

    assert len(product.sink.received) == int(people) > 30
    assert hand.count <= MOST_CLICKS, hand.count
    assert time.monotonic() - began < TEN_MINUTES
