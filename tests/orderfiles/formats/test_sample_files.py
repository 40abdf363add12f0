"""The sample files: the same every time, and with what a campaign must cope with."""

from __future__ import annotations

from collections import Counter

from closedorders.orderfiles.samples import (
    aliexpress_extension_csv,
    link_csv,
    sample_orders,
    shopify_csv,
)
from tests.imports.files import links, read, store_orders, supplier_orders
from tests.orderfiles.formats.small_files import START


def test_the_three_sample_files_speak_of_the_same_orders() -> None:
    orders = store_orders(read(shopify_csv(start=START))[1])
    bought = supplier_orders(read(aliexpress_extension_csv(start=START, closed=12))[1])
    linked = links(read(link_csv(start=START))[1])
    assert {order.number for order in orders} == {link.store_order_number for link in linked}
    assert {order.number for order in bought} == {
        number for link in linked for number in link.aliexpress_numbers
    }
    assert Counter(order.status_code for order in bought)["closed"] >= 12
    by_number = {link.store_order_number: link.aliexpress_numbers for link in linked}
    in_notes = [order for order in orders if order.aliexpress_numbers]
    assert len(in_notes) >= 5
    assert all(set(order.aliexpress_numbers) <= set(by_number[order.number]) for order in in_notes)


def test_sample_orders_hold_what_a_campaign_must_cope_with() -> None:
    orders = store_orders(read(shopify_csv(start=START))[1])
    emails = Counter(order.email for order in orders if order.email)
    assert max(emails.values()) > 1
    assert sum(not order.email for order in orders) == 1
    assert sum("relay" in (order.email or "") for order in orders) == 1
    assert sum(not order.customer_name for order in orders) == 1
    assert len({order.country for order in orders}) > 5
    assert any(len(order.lines) > 1 for order in orders)
    assert all(
        order.email.endswith((".example", "@example.com", "@scs3.tiktok.com"))
        for order in orders
        if order.email
    )


def test_sample_files_are_the_same_every_time_and_differ_by_seed() -> None:
    assert (
        shopify_csv(seed=3, start=START)
        == shopify_csv(seed=3, start=START)
        != shopify_csv(seed=4, start=START)
    )
    assert len({order.number for order in sample_orders(orders=200, start=START)}) == 200
    assert read(shopify_csv(start=START, currency="CLP"))[0].rows_rejected == 0
