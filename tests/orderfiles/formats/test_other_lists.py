"""Lists that are no list of orders are named for what they are, and none of their rows is read as an order."""

from __future__ import annotations

import pytest

from closedorders.imports.wording.lists import LISTS
from closedorders.imports.wording.refusals import refusal_texts
from closedorders.orderfiles.formats.other_lists import OTHER_LISTS
from tests.imports.files import csv_file, read, refusal, shopify_row, store_orders

LONG_AGO = "2026-02-01 10:00:00 +0100"

HEADERS = {
    (
        "list_of_payments",
        "shopify",
    ): "Transaction Date,Type,Order,Card Brand,Card Source,Payout Status,Payout Date,"
    "Payout ID,Available On,Amount,Fee,Net,Checkout,Payment Method Name,Presentment Amount,Currency",
    (
        "list_of_payouts",
        "shopify",
    ): "Payout Date,Status,Charges,Refunds,Adjustments,Reserved Funds,Fees,Total,Currency",
    ("list_of_customers", "shopify"): "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Phone,"
    "Total Spent,Total Orders,Note,Tags",
    ("list_of_customers", "woocommerce"): "Nombre,Nombre de usuario,Última actividad,Fecha de registro,"
    "Correo electrónico,Pedidos,Gasto total",
    (
        "list_of_products",
        "shopify",
    ): "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Variant SKU,Variant Price",
    ("list_of_products", "woocommerce"): "ID,Type,SKU,Name,Published,Is featured?,Regular price,Categories",
    (
        "list_of_payments",
        "woocommerce",
    ): "Transaction Id,Date / Time,Type,Channel,Amount,Fees,Net,Order #,Email",
    ("list_of_payments", ""): "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,From Email Address",
    ("list_of_refunds", "aliexpress"): "Dispute ID,Order ID,Product,Refund amount,Status",
    ("list_of_refunds", "woocommerce"): "Refund ID,Order Number,Refund Amount,Refund Reason,Date",
    ("list_of_carts", "woocommerce"): "ID,Email,Cart Total,Order Status,Abandoned Date",
    (
        "list_of_sums",
        "woocommerce",
    ): "Date,Orders,Gross sales,Returns,Coupons,Net sales,Taxes,Shipping,Total sales",
}


@pytest.mark.parametrize(("code", "shop"), HEADERS)
def test_a_list_of_something_else_is_refused_by_its_name(code: str, shop: str) -> None:
    header = HEADERS[code, shop]
    row = ",".join("1" for _ in header.split(","))
    found = refusal(f"{header}\n{row}\n".encode())
    assert (found.code, found.params) == (code, {"shop": shop})
    assert code in {each.code for each in OTHER_LISTS}
    happened, todo = refusal_texts(found.code, found.params)
    assert happened == LISTS[code]
    assert "upload" in todo


def test_abandoned_carts_are_told_by_their_payment_states_which_are_all_blank() -> None:
    carts = [
        shopify_row(Name=f"#4100000000000{at}", Financial_Status="", Lineitem_quantity=quantity)
        for at, quantity in ((1, "1"), (1, "0"), (2, "2"))
    ]
    assert refusal(csv_file(carts)).code == "list_of_carts"
    # One order among them, far below the rows that are looked at first, and the file is one of orders.
    many = [shopify_row(Name=f"#{at}", Financial_Status="", Created_at=LONG_AGO) for at in range(1, 60)]
    _, items = read(csv_file([*many, shopify_row(Name="#60", Created_at=LONG_AGO)]))
    assert "#60" in {order.number for order in store_orders(items)}


def test_drafts_are_told_by_their_numbers() -> None:
    assert refusal(csv_file([shopify_row(Name="#D1"), shopify_row(Name="#D2")])).code == "list_of_drafts"
    _, items = read(csv_file([shopify_row(Name=number, Created_at=LONG_AGO) for number in ("#D1", "#1002")]))
    assert len(store_orders(items)) == 2, "a shop may number its orders so"
