from __future__ import annotations

import pytest

from closedorders.orderfiles.guessing import guess_fields, guess_kind

SPREADSHEET = ["Ref", "Cuándo", "Quién", "Contacto", "Importe", "AE"]
SPREADSHEET_ROWS = [
    ["#1001", "03/10/2026", "Ana Gil", "ana@example.com", "25,00 €", "8201447122035519"],
    ["#1002", "04/10/2026", "Bo", "bo@example.net", "9,50 €", ""],
]


def test_titles_and_values_tell_the_columns_of_a_merchants_own_spreadsheet() -> None:
    assert guess_kind(SPREADSHEET, SPREADSHEET_ROWS) == "store_orders"
    assert guess_fields("store_orders", SPREADSHEET, SPREADSHEET_ROWS) == (
        "number", "placed_at", "", "email", "total", "aliexpress",
    )  # fmt: skip


def test_values_alone_tell_dates_and_addresses_but_no_number_and_no_amount() -> None:
    header = ["a", "b", "c", "d", "e", "f"]
    rows = [["x1", "#1001", "ana@example.com", "2026-10-03", "25.00", "8201447122035519"]]
    assert guess_fields("store_orders", header, rows) == (
        "", "", "email", "placed_at", "", "",
    )  # fmt: skip


@pytest.mark.parametrize("words", ["Pagado", "Cancelado", "bezahlt", "refunded", "Pendiente de pago"])
def test_words_of_a_payment_tell_their_column_and_other_words_none(words: str) -> None:
    rows = [["#1", words, "Rojo"], ["#2", "paid", "Azul"]]
    assert guess_fields("store_orders", ["Ref", "Estado", "Color"], rows) == (
        "number",
        "financial_status",
        "",
    )


@pytest.mark.parametrize(
    ("header", "row", "kind"),
    [
        (["Order", "Client", "Mail"], ["1", "Ana", "ana@example.com"], "store_orders"),
        (["Order", "Total", "Date"], ["1", "5", "2026-10-03"], "store_orders"),
        (["Pedido", "Numero AliExpress"], ["#1", "8201447122035519"], "order_links"),
        (["Ours", "Theirs"], ["#1", "8201447122035519"], "order_links"),
        (["Order", "Tracking", "Cost"], ["8201447122035519", "LP00123456789012", "US $3.10"], "aliexpress_orders"),
        (["AE order", "Estado"], ["8201447122035519", "Closed"], "aliexpress_orders"),
        (["Order", "AE order", "Status"], ["#1001", "8201447122035519", "Closed"], "aliexpress_orders"),
        *(
            (["Order", "AE order", "Status", title], ["#1001", "8201447122035519", "Closed", "Shop Zed"], kind)
            for title, kind in (
                ("Store name", "aliexpress_orders"), ("Seller name", "aliexpress_orders"),
                ("Nombre de la tienda", "aliexpress_orders"), ("Nombre del producto", "aliexpress_orders"),
                ("Customer name", "store_orders"), ("Nombre del cliente", "store_orders"),
            )
        ),
    ],
)  # fmt: skip
def test_the_kind_of_rows_follows_from_what_they_hold(header: list[str], row: list[str], kind: str) -> None:
    assert guess_kind(header, [row]) == kind


def test_columns_of_an_aliexpress_list_are_told() -> None:
    header = ["Pedido", "Estado", "Seguimiento", "Coste", "Vendedor", "Artículo", "Uds"]
    rows = [
        ["8201447122035519", "Awaiting delivery", "LP00123456789012", "3,10 €", "Lamp Store", "Lamp", "2"]
    ]
    assert guess_fields("aliexpress_orders", header, rows) == (
        "number", "status", "tracking", "cost", "supplier_name", "line_name", "line_quantity",
    )  # fmt: skip


def test_an_aliexpress_number_and_the_shops_own_are_told_apart_by_their_looks() -> None:
    header = ["Order", "AliExpress order", "Status", "Tracking"]
    row = ["1001", "8201447122035519", "Shipped", "LP00123456789012"]
    assert guess_fields("aliexpress_orders", header, [row]) == ("store_order", "number", "status", "tracking")


@pytest.mark.parametrize(
    ("header", "row", "guesses"),
    [
        (
            "Order Number,Name,Email,Total",
            "1001,Ana Gil,ana@example.com,25.00",
            "number,customer_name,email,total",
        ),
        ("Order,Name,Total", "#1001,Ana Gil,25", "number,customer_name,total"),
        (
            "Pedido,Nombre,Correo,Total",
            "1001,Ana Gil,ana@example.com,25.00",
            "number,customer_name,email,total",
        ),
        (
            "Número de pedido,Nombre,Email,Total",
            "1,Ana,ana@example.com,25.00",
            "number,customer_name,email,total",
        ),
        ("Order,Name,AliExpress order", "1,Ana,8201447122035519", "number,customer_name,aliexpress"),
        (
            "Order ID,Order Date,Customer,Total",
            "1,2026-02-01,Ana,25.00",
            "number,placed_at,customer_name,total",
        ),
        ("Name,Email,Total", "#1001,ana@example.com,25.00", "number,email,total"),
        ("Name,Total", "1001,25.00", "number,total"),
        ("Nombre,Total", "1001,25.00", "number,total"),
        ("Name,Total", "Ana Gil,25.00", "customer_name,total"),
    ],
)
def test_a_name_is_a_persons_unless_it_looks_like_the_orders_number(
    header: str, row: str, guesses: str
) -> None:
    found = guess_fields("store_orders", header.split(","), [row.split(",")])
    assert ",".join(found) == guesses


def test_values_that_contradict_a_title_take_its_guess_away() -> None:
    header = ["Date", "E-mail", "Total", "Order"]
    rows = [["soon", "see notes", "many", "ana@example.com"]]
    assert guess_fields("store_orders", header, rows) == ("", "", "", "email")


def test_a_title_counts_where_all_cells_shown_are_blank_but_not_for_a_number_or_an_amount() -> None:
    header = ["Order number", "Notes", "Total", "AliExpress order"]
    assert guess_fields("store_orders", header, [["", "", "", ""]]) == ("", "note", "", "aliexpress")


@pytest.mark.parametrize(
    "title",
    [
        "Número de orden", "Order ID", "Nº de pedido", "ID de pedido", "Bestellnummer", "Bestell-Nr.", "Auftragsnummer",
        "Numéro de commande", "N° de commande", "Numero ordine", "Numero d'ordine", "Número da encomenda",
        "Número do pedido", "Bestelnummer", "Ordernummer", "Numer zamówienia", "Nr zamówienia", "Web order no.",
    ],
)  # fmt: skip
def test_a_column_of_order_numbers_is_known_in_each_language(title: str) -> None:
    rows = [["2411", "742"], ["2411", ""], ["2412", "742"]]
    assert guess_fields("store_orders", [title, "Número"], rows) == ("number", "")


@pytest.mark.parametrize(
    ("title", "cells"),
    [
        ("Número", ("742", "", "742")), ("Order", ("first", "second", "third")), ("Reference", ("a b", "c d", "e f")),
        ("Customer number", ("1", "2", "3")), ("Order date number", ("1", "2", "3")), ("x", ("#1", "#2", "#3")),
        ("Tax: Total", ("0.00", "1.00", "2.00")), ("Refund ID", ("1", "2", "3")), ("Total", ("5.00", "many", "6.00")),
        ("Shipping post code", ("28001", "08001", "41001")), ("Amount due by", ("1.00", "2.00", "3.00")),
    ],
)  # fmt: skip
def test_a_number_or_an_amount_is_left_open_where_title_and_values_do_not_agree(
    title: str, cells: tuple[str, ...]
) -> None:
    assert guess_fields("store_orders", [title], [[cell] for cell in cells]) == ("",)


def test_an_amount_may_be_worded_in_more_words() -> None:
    header = ["Order total (EUR)", "Price: Subtotal", "Costo de envío", "Precio del producto"]
    rows = [["25.00", "20.00", "5.00", "20.00"]]
    assert guess_fields("store_orders", header, rows) == ("total", "subtotal", "shipping", "line_price")


def test_aliexpress_numbers_and_statuses_are_aliexpress_orders_whoever_they_are_sent_to() -> None:
    header = [
        "order_id",
        "status",
        "total_price_text",
        "store_name",
        "shipping_contact_name",
        "shipping_phone",
    ]
    rows = [
        ["8201234567890123", "Completed", "US $41.98", "Shop One", "Ana", "+34600000001"],
        ["8201234567891123", "Canceled", "US $22.50", "Shop One", "Ana", "+34600000001"],
    ]
    assert guess_kind(header, rows) == "aliexpress_orders"
    assert guess_fields("aliexpress_orders", header, rows)[:4] == (
        "number",
        "status",
        "cost",
        "supplier_name",
    )


def test_no_field_is_guessed_twice() -> None:
    header = ["Order number", "Order", "Date", "Created at", "Total", "Amount"]
    guesses = guess_fields("store_orders", header, [["1", "2", "2026-10-03", "2026-10-04", "5.00", "6.00"]])
    named = [each for each in guesses if each]
    assert len(named) == len(set(named))
    assert guesses[0] == "number"
    assert guesses[4] == "total"


def test_a_row_shorter_than_the_header_is_no_obstacle() -> None:
    assert guess_fields("order_links", ["Order", "AliExpress"], [["#1"], []]) == ("number", "aliexpress")
