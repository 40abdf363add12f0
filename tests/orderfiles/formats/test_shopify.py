"""Shopify's exports of every age, cut down by a merchant or saved again by a spreadsheet, read into exact orders."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.imports.files import counts, issues, read, store_orders
from tests.orderfiles import kind_files
from tests.orderfiles.kind_files import SHOPIFY_ROW, SHUFFLES, header_of, table


@pytest.mark.parametrize(
    "header",
    [
        "shopify/71col_2021_BE.csv",
        "shopify/73col_2019-2022_US.csv",
        "shopify/75col_2021_ZA.csv",
        "shopify/79col_2022-2026.csv",
        "shopify/docs_published_header.csv",
    ],
)
@SHUFFLES
def test_a_shopify_order_is_the_same_under_every_header_there_was(header: str, shuffled: int | None) -> None:
    reading, items = read(kind_files.shopify_file(header, shuffled=shuffled))
    (order,) = store_orders(items)
    assert reading.format.key == "shopify_orders"
    assert counts(reading) == (2, 2, 0, 0)
    assert (order.number, order.external_id) == ("#AP-516073", "5800000000123")
    assert (order.subtotal, order.shipping, order.total, order.refunded) == (
        Decimal("34.90"),
        Decimal("4.95"),
        Decimal("39.85"),
        Decimal("5.00"),
    )
    assert (order.currency, order.financial_status, order.fulfillment_status) == (
        "EUR",
        "partially_refunded",
        "unfulfilled",
    )
    assert order.placed_at == datetime(2026, 2, 11, 8, 50, 26, tzinfo=UTC)
    assert (order.customer_name, order.email, order.country) == (
        "María García López",
        "maria@example.com",
        "ES",
    )
    assert order.phone == "+34 600 000 000", "without the apostrophe"
    assert order.aliexpress_numbers == ("8201447122035519",)
    assert [(line.name, line.quantity, line.price) for line in order.lines] == [
        ("Wireless earbuds - White", 2, Decimal("12.50")),
        ("Mug", 1, Decimal("9.90")),
    ]


@pytest.mark.parametrize("size", [10, 14, 19, 26, 34])
@pytest.mark.parametrize("seed", range(4))
def test_a_file_cut_down_by_a_merchant_gives_what_it_still_has(size: int, seed: int) -> None:
    """Columns nobody needs go first: those that stay are any, with the ones that make it an order list."""
    header = header_of("shopify/79col_2022-2026.csv")
    needed = [
        "Name",
        "Created at",
        "Total",
        "Currency",
        "Financial Status",
        "Lineitem name",
        "Lineitem quantity",
    ]
    chance = random.Random(seed)
    kept = needed + chance.sample([each for each in header if each not in needed], size - len(needed))
    chance.shuffle(kept)
    rows = [
        {title: value for title, value in row.items() if title in kept}
        for row in (SHOPIFY_ROW, kind_files.SHOPIFY_FURTHER_ROW)
    ]
    reading, items = read(table(kept, *rows))
    (order,) = store_orders(items)
    assert (len(reading.header), reading.format.key, counts(reading)) == (
        size,
        "shopify_orders",
        (2, 2, 0, 0),
    )
    assert (order.number, order.total, order.currency) == ("#AP-516073", Decimal("39.85"), "EUR")
    assert order.placed_at == datetime(2026, 2, 11, 8, 50, 26, tzinfo=UTC)
    assert [line.name for line in order.lines] == ["Wireless earbuds - White", "Mug"]
    if "Email" not in kept:
        assert order.email is None, "not given, so what is known stays"


#: Columns that the first row of an order always fills, and a merchant may cut away.
ALWAYS_FILLED = ("Financial Status", "Currency", "Total", "Subtotal", "Id")


@pytest.mark.parametrize("kept", [(), *((each,) for each in ALWAYS_FILLED)], ids=str)
def test_an_order_nobody_paid_yet_is_taken_whatever_was_cut_away(kept: tuple[str, ...]) -> None:
    gone = {"Paid at": "", **dict.fromkeys(set(ALWAYS_FILLED) - set(kept))}
    unpaid = {title: value for title, value in (SHOPIFY_ROW | gone).items() if value is not None}
    paid = unpaid | {"Name": "#2", "Paid at": "2026-02-11 09:50:28 +0100"}
    rows = [unpaid, kind_files.SHOPIFY_FURTHER_ROW, paid, unpaid | {"Name": "#3"}]
    reading, items = read(table(list(unpaid), *rows))
    assert reading.format.key == "shopify_orders"
    assert counts(reading) == (4, 4, 0, 0)
    assert [(order.number, len(order.lines), order.paid_at is not None) for order in store_orders(items)] == [
        ("#AP-516073", 2, False),
        ("#2", 1, True),
        ("#3", 1, False),
    ]


@pytest.mark.parametrize(
    ("kept", "code"),
    [((), "order_apart"), *(((each,), "order_without_first_row") for each in ALWAYS_FILLED)],
    ids=str,
)
def test_a_product_apart_from_its_order_is_never_made_an_order(kept: tuple[str, ...], code: str) -> None:
    gone = set(ALWAYS_FILLED) - set(kept)
    first = {title: value for title, value in SHOPIFY_ROW.items() if title not in gone}
    rows = [first, first | {"Name": "#2"}, kind_files.SHOPIFY_FURTHER_ROW]
    reading, items = read(table(list(first), *rows))
    assert counts(reading) == (3, 2, 1, 0)
    assert [found for *_, found in issues(items)] == [code]


def saved_by_a_spreadsheet(*days: str) -> bytes:
    """Semicolons, Windows line ends and encoding, days first, decimals after a comma: Excel in Spain."""
    header = header_of("shopify/79col_2022-2026.csv")
    rows = [
        SHOPIFY_ROW
        | {
            "Name": f"#100{at}",
            "Created at": day,
            "Paid at": day,
            "Total": "1.039,85",
            "Subtotal": "1034,90",
            "Shipping": "4,95",
            "Refunded Amount": "0",
            "Lineitem price": "12,5",
        }
        for at, day in enumerate(days)
    ]
    return table(header, *rows, delimiter=";").decode().replace("\n", "\r\n").encode("cp1252")


def test_a_shopify_file_saved_again_by_a_spreadsheet_is_read_and_what_was_assumed_is_said() -> None:
    reading, items = read(saved_by_a_spreadsheet("11/02/2026 09:50", "31/12/2023 22:36"))
    first, second = store_orders(items)
    assert counts(reading) == (2, 2, 0, 0)
    assert first.placed_at == datetime(2026, 2, 11, 8, 50, tzinfo=UTC)
    assert second.placed_at == datetime(2023, 12, 31, 21, 36, tzinfo=UTC)
    assert (first.total, first.subtotal, first.shipping) == (
        Decimal("1039.85"),
        Decimal("1034.90"),
        Decimal("4.95"),
    )
    assert (first.lines[0].price, first.customer_name) == (Decimal("12.5"), "María García López")
    assert {each.code for each in reading.assumptions} >= {"encoding", "delimiter", "date_order", "time_zone"}


def test_days_that_nothing_tells_from_months_are_asked_for() -> None:
    reading, _ = read(saved_by_a_spreadsheet("11/02/2026 09:50", "03/04/2025 22:36"))
    assert [each.code for each in reading.questions] == ["date_order"]
    reading, items = read(saved_by_a_spreadsheet("11/02/2026 09:50", "03/04/2025 22:36"), date_order="dmy")
    assert [order.placed_at for order in store_orders(items)] == [
        datetime(2026, 2, 11, 8, 50, tzinfo=UTC),
        datetime(2025, 4, 3, 20, 36, tzinfo=UTC),
    ]
