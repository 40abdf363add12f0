"""Files that leave open, or say less exactly, what is known already: nothing of it is taken away."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from closedorders.imports.columns import name_columns
from closedorders.imports.models import Import
from closedorders.orders.models import Store, StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.imports.files import csv_file, import_file, preview, save, shopify_row
from tests.imports.unknown_file import read

DSERS = (
    "Order_number,Date,Country(Short Name of Country),Product_id,Sku,Product_count,Order_memo,Contact_person,"
    "Mobile_no,Email(Optional)\n"
)
ANALYTICS = (
    "Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s)\n"
)


def by_hand(content: str, store: Store, cast: Cast, kind: str = "store_orders", **fields: str) -> Import:
    source = preview(content.encode(), store=store, by=cast.merchant)
    name_columns(source=source, kind=kind, fields=fields, by=cast.merchant)
    return read(source)


def known(**cells: str) -> dict[str, str]:
    return shopify_row(Name="#1", **cells)


def test_blank_cells_of_a_list_of_ones_own_take_nothing_away(cast: Cast, store: Store) -> None:
    import_file(
        csv_file(
            [
                known(
                    Notes="ring twice",
                    Tags="VIP",
                    Fulfillment_Status="fulfilled",
                    Refunded_Amount="5.00",
                    Cancelled_at="2026-10-09 10:00:00 +0200",
                    Lineitem_sku="M-1",
                    Vendor="ACME",
                )
            ]
        ),
        store=store,
        by=cast.merchant,
    )
    before = StoreOrder.objects.values().get()
    columns = "Ref;Betrag;Datum;Stand;Versand;Notiz;Schild;Land;Bezahlt;Zurück;Storno;Ware;Kennung;Marke\n"
    source = by_hand(
        f"{columns}#1;;;;;;;;;;;Lamp;;\n#2;5,00;08.10.2026;paid;;;;ES;;;;Mug;M;A\n",
        store,
        cast,
        number="ref",
        total="betrag",
        placed_at="datum",
        financial_status="stand",
        fulfillment_status="versand",
        note="notiz",
        tags="schild",
        country="land",
        paid_at="bezahlt",
        refunded="zuruck",
        cancelled_at="storno",
        line_name="ware",
        line_sku="kennung",
        line_vendor="marke",
    )
    assert (source.orders_new, source.orders_changed, source.orders_unchanged) == (1, 0, 1)
    save(source, by=cast.merchant)
    assert StoreOrder.objects.filter(number="#1").values().get() == before


def test_shopify_writes_all_it_has_so_what_is_blank_there_is_gone(cast: Cast, store: Store) -> None:
    import_file(csv_file([known(Notes="ring twice", Tags="VIP")]), store=store, by=cast.merchant)
    import_file(csv_file([known(Notes="", Tags="")]), store=store, by=cast.merchant)
    assert StoreOrder.objects.values_list("note", "tags").get() == ("", "")


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("07/10/2026", True),
        ("2026-10-07", True),
        ("07/10/2026 9:50", True),
        ("2026-10-07 09:50:26", True),
        ("08/10/2026", False),
        ("07/10/2026 9:51", False),
        ("07/10/2026 09:50:27", False),
    ],
)
def test_a_day_or_minute_alone_takes_nothing_from_a_known_moment(
    cast: Cast, store: Store, told: str, kept: bool
) -> None:
    cast.team.time_zone = "Europe/Madrid"
    cast.team.save()
    import_file(csv_file([known()]), store=store, by=cast.merchant)
    before = StoreOrder.objects.values_list("placed_at", flat=True).get()
    source = by_hand(f"Ref;Datum\n#1;{told}\n#2;31/10/2026\n", store, cast, number="ref", placed_at="datum")
    assert source.orders_unchanged == int(kept)
    save(source, by=cast.merchant)
    after = StoreOrder.objects.values_list("placed_at", flat=True).get(number="#1")
    assert (after == before) == kept


def test_a_currency_that_only_an_amounts_sign_tells_is_the_orders(cast: Cast, store: Store) -> None:
    import_file(
        f"{DSERS}1001,2026-03-01,GB,111,SKU1,1,,Ana,600111222,ana@x.com\n".encode(),
        store=store,
        by=cast.merchant,
    )
    import_file(
        f"{ANALYTICS}2026-03-01 10:00:00,1001,£39.85,processing,Ana,new,1× Mug,1,\n".encode(),
        store=store,
        by=cast.merchant,
    )
    assert StoreOrder.objects.values_list("total", "currency").get() == (Decimal("39.85"), "GBP")


def test_the_currency_taken_for_granted_takes_the_place_of_no_other(cast: Cast, store: Store) -> None:
    import_file(csv_file([known(Currency="GBP")]), store=store, by=cast.merchant)
    source = by_hand(
        "Ref;Summe;Geld\n#1;30,00;\n#2;5,00;USD\n", store, cast, number="ref", total="summe", currency="geld"
    )
    save(source, by=cast.merchant)
    assert list(StoreOrder.objects.order_by("number").values_list("number", "total", "currency")) == [
        ("#1", Decimal("30.00"), "GBP"),
        ("#2", Decimal("5.00"), "USD"),
    ]


def test_strangers_whose_phones_a_spreadsheet_rounded_stay_two(cast: Cast, store: Store) -> None:
    row = {"Email": "", "Phone": "5,73001E+11", "Id": "5,42346E+12"}
    source = import_file(
        csv_file(
            [
                known(Billing_Name="Ana Ruiz") | row,
                shopify_row(Name="#2", Billing_Name="Luis Paz") | row,
            ]
        ),
        store=store,
        by=cast.merchant,
    )
    assert source.orders_new == 2
    assert list(
        StoreOrder.objects.order_by("number").values_list("customer__name", "customer__phone", "external_id")
    ) == [("Ana Ruiz", "", ""), ("Luis Paz", "", "")]


def test_a_phone_or_key_that_a_spreadsheet_rounded_takes_the_place_of_none(cast: Cast, store: Store) -> None:
    whole = {"Phone": "+447911123456", "Id": "5423456789012"}
    import_file(csv_file([known() | whole]), store=store, by=cast.merchant)
    source = preview(
        csv_file([known() | {"Phone": "4,47911E+11", "Id": "5,42346E+12"}]), store=store, by=cast.merchant
    )
    assert (source.orders_changed, source.orders_unchanged) == (0, 1)


COSTS: list[tuple[list[str], Any, int]] = [
    (["5,00", "12,00"], Decimal("5.00"), 1),
    (["5,00", "5,00"], Decimal("5.00"), 0),
    (["", "17,00"], Decimal("17.00"), 0),
    (["17,00", ""], Decimal("17.00"), 0),
]


@pytest.mark.parametrize(("costs", "cost", "bad"), COSTS)
def test_what_only_a_further_row_of_an_aliexpress_order_tells_is_kept_and_two_costs_are_none_to_choose(
    cast: Cast, store: Store, costs: list[str], cost: Decimal, bad: int
) -> None:
    rows = "".join(
        f"8201447122035519;{day};{title};{told};{status}\n"
        for day, title, told, status in zip(
            ["", "01/10/2026"], ["Mug", "Lamp"], costs, ["", "shipped"], strict=True
        )
    )
    source = by_hand(
        f"AE;Fecha;Articulo;Coste;Stand\n{rows}8201447122035527;31/10/2026;Cup;3,00;shipped\n",
        store,
        cast,
        kind="aliexpress_orders",
        number="ae",
        placed_at="fecha",
        line_name="articulo",
        cost="coste",
        status="stand",
    )
    assert source.rows_rejected == bad
    save(source, by=cast.merchant)
    order = SupplierOrder.objects.get(number="8201447122035519")
    assert order.cost == cost
    if not bad:
        assert (order.status_code, order.placed_at) == (
            "shipped",
            datetime(2026, 10, 1, tzinfo=cast.team.zone).astimezone(UTC),
        )


@pytest.mark.parametrize(
    ("words", "state"),
    [("Reembolsado", "refunded"), ("cancelada", "cancelled"), ("Storniert", "cancelled"), ("Pagado", "paid"),
     ("Pendiente de pago", "pending"), ("Cancelled", "cancelled"), ("Processing", "paid"), ("On hold", "pending"),
      ("Wire after Christmas", "Wire after Christmas"), ("authorized", "authorized")],
)  # fmt: skip
def test_what_people_write_of_a_payment_is_kept_in_our_words_where_we_have_them(
    cast: Cast, store: Store, words: str, state: str
) -> None:
    source = by_hand(
        f"Ref;Estado;Summe\n#1;{words};5,00\n",
        store,
        cast,
        number="ref",
        financial_status="estado",
        total="summe",
    )
    save(source, by=cast.merchant)
    assert StoreOrder.objects.values_list("financial_status", flat=True).get() == state


@pytest.mark.parametrize("column", ["Notes", "Tags", "Billing Name", "Lineitem name", "Payment Method"])
@pytest.mark.parametrize("others", [0, 3])
def test_a_masked_address_never_takes_the_place_of_a_whole_one(
    cast: Cast, store: Store, column: str, others: int
) -> None:
    told = {column: "write to maria@example.com"}
    import_file(csv_file([known() | told]), store=store, by=cast.merchant)
    before = StoreOrder.objects.values().get()
    rows = [known() | {column: "write to m•••@e•••.com"}]
    rows += [shopify_row(Name=f"#{number}") | {column: "none"} for number in range(10, 10 + others)]
    source = import_file(csv_file(rows), store=store, by=cast.merchant)
    assert list(source.issues.values_list("column", "code")) == [(column, "masked_address")]
    assert StoreOrder.objects.filter(number="#1").values().get() == before


def test_what_shopify_leaves_blank_of_a_product_is_gone(cast: Cast, store: Store) -> None:
    import_file(csv_file([known(Lineitem_sku="M-1", Vendor="ACME")]), store=store, by=cast.merchant)
    import_file(csv_file([known(Lineitem_sku="", Vendor="")]), store=store, by=cast.merchant)
    (line,) = StoreOrder.objects.get().lines
    assert (line.sku, line.vendor) == ("", "")


def test_a_day_that_has_no_midnight_is_a_day_alone_too(cast: Cast, store: Store) -> None:
    cast.team.time_zone = "America/Santiago"  # Clocks there go from 24:00 on 6 September 2025 to 1:00.
    cast.team.save()
    import_file(csv_file([known(Created_at="2025-09-07 15:30:10 -0300")]), store=store, by=cast.merchant)
    source = by_hand(
        "Ref;Datum\n#1;2025-09-07\n#2;2025-09-08\n", store, cast, number="ref", placed_at="datum"
    )
    assert (source.orders_new, source.orders_unchanged) == (1, 1)


def test_an_aliexpress_orders_currency_is_not_taken_for_granted_anew(cast: Cast, store: Store) -> None:
    rows = "8201447122035519;5,00;{}\n8201447122035527;3,00;USD\n"
    header = "AE;Coste;Geld\n"
    source = by_hand(
        header + rows.format("USD"),
        store,
        cast,
        kind="aliexpress_orders",
        number="ae",
        cost="coste",
        currency="geld",
    )
    save(source, by=cast.merchant)
    import_file((header + rows.format("")).encode(), store=store, by=cast.merchant)
    assert set(SupplierOrder.objects.values_list("currency", flat=True)) == {"USD"}
