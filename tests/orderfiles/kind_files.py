"""One realistic file of each kind that can be imported, made on the headers of real ones (`headers/`)."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.orderfiles.workbooks import workbook

HEADERS = Path(__file__).parent / "headers"
Row = Mapping[str, object]
#: A file as it is made, and in three other orders of columns.
SHUFFLES = pytest.mark.parametrize("shuffled", [None, 1, 2, 3])


def header_of(name: str) -> list[str]:
    """The titles of a file of `headers/`."""
    with (HEADERS / name).open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file, delimiter="\t" if name.endswith(".tsv") else ","))


def table(header: Sequence[str], *rows: Row, delimiter: str = ",", shuffled: int | None = None) -> bytes:
    """Rows by title under a header, in another order of columns where `shuffled` is a seed."""
    titles = list(header)
    assert not {title for row in rows for title in row} - set(titles), (
        "a title that the real file does not have"
    )
    if shuffled is not None:
        random.Random(shuffled).shuffle(titles)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows([row.get(title, "") for title in titles] for row in rows)
    return text.getvalue().encode()


# --- Shopify ---

SHOPIFY_ROW = {
    "Name": "#AP-516073",
    "Email": "maria@example.com",
    "Financial Status": "partially_refunded",
    "Paid at": "2026-02-11 09:50:28 +0100",
    "Fulfillment Status": "unfulfilled",
    "Currency": "EUR",
    "Subtotal": "34.90",
    "Shipping": "4.95",
    "Taxes": "6.92",
    "Total": "39.85",
    "Created at": "2026-02-11 09:50:26 +0100",
    "Lineitem quantity": "2",
    "Lineitem name": "Wireless earbuds - White",
    "Lineitem price": "12.50",
    "Billing Name": "María García López",
    "Shipping Name": "María García López",
    "Shipping Zip": "'28001",
    "Shipping Country": "ES",
    "Notes": "Please leave it\nwith the neighbour",
    "Note Attributes": "AliExpress order: 8201447122035519",
    "Payment Method": "Shopify Payments + Gift Card",
    "Refunded Amount": "5.00",
    "Vendor": "Lumen Audio",
    "Id": "5800000000123",
    "Tags": "wholesale, repeat",
    "Phone": "'+34 600 000 000",
}
SHOPIFY_FURTHER_ROW = {
    "Name": "#AP-516073",
    "Email": "maria@example.com",
    "Created at": "2026-02-11 09:50:26 +0100",
    "Lineitem quantity": "1",
    "Lineitem name": "Mug",
    "Lineitem price": "9.90",
    "Phone": "'+34 600 000 000",
}


def shopify_file(header: str = "shopify/79col_2022-2026.csv", *, shuffled: int | None = None) -> bytes:
    titles = header_of(header)
    rows = [
        {title: value for title, value in row.items() if title in titles}
        for row in (SHOPIFY_ROW, SHOPIFY_FURTHER_ROW)
    ]
    return table(titles, *rows, shuffled=shuffled)


# --- WooCommerce ---


def analytics_file(*, shuffled: int | None = None) -> bytes:
    """The report as the admin makes it: one order that was paid, one partly refunded, and the refund's own row."""
    order = {
        "Date": "2026-02-11 18:20:05",
        "Order #": "3051",
        "N. Revenue (formatted)": "€39.85",
        "Status": "processing",
        "Customer": "María García López",
        "Customer type": "new",
        "Product(s)": "2× Lamp, white, 1× Mug",
        "Items sold": "3",
        "N. Revenue": "39.85",
    }
    refunded = order | {
        "Date": "2026-02-12 08:00:00",
        "Order #": "3052",
        "N. Revenue (formatted)": "€20.00 €15.00",
        "Status": "completed",
        "Product(s)": "1× Mug",
    }
    refund = order | {"Order #": "3053", "N. Revenue (formatted)": "€-5.00", "Status": "refunded"}
    return table(
        header_of("woocommerce/analytics_orders_report.csv"), order, refunded, refund, shuffled=shuffled
    )


def webtoffee_file(*, shuffled: int | None = None) -> bytes:
    order = {
        "order_id": "3051",
        "order_number": "3051",
        "order_date": "2026-02-11 18:20:05",
        "paid_date": "2026-02-11 18:21:00",
        "status": "processing",
        "shipping_total": "4.95",
        "order_total": "39.85",
        "order_subtotal": "34.90",
        "order_currency": "EUR",
        "payment_method": "stripe",
        "payment_method_title": "Card",
        "customer_email": "account@example.com",
        "billing_first_name": "María",
        "billing_last_name": "García López",
        "billing_email": "maria@example.com",
        "billing_phone": "+34600000000",
        "billing_country": "PT",
        "shipping_country": "ES",
        "customer_note": "AliExpress 8201447122035519",
        "wt_import_key": "3051",
        "line_item_1": "name:Lamp|product_id:9|sku:L-1|quantity:2|total:25.00|sub_total:25.00|tax:0",
        "line_item_2": "name:Mug | blue|product_id:10|sku:M-1|quantity:1|total:9.90|sub_total:9.90|meta:a:b|meta:c",
    }
    paid_at_the_door = order | {
        "order_id": "3052",
        "order_number": "3052",
        "payment_method": "cod",
        "payment_method_title": "Cash on delivery",
        "paid_date": "",
        "customer_note": "",
        "line_item_2": "",
        "order_subtotal": "25.00",
        "order_total": "29.95",
    }
    return table(
        header_of("woocommerce/webtoffee_import_export.csv"), order, paid_at_the_door, shuffled=shuffled
    )


ADVANCED_ROW = {
    "Order Number": "3051",
    "Order Status": "Completed",
    "Order Date": "2026-02-11 18:20",
    "Customer Note": "AliExpress: 8201447122035519",
    "First Name (Billing)": "María",
    "Last Name (Billing)": "García López",
    "Country Code (Billing)": "ES",
    "Email (Billing)": "maria@example.com",
    "Phone (Billing)": "+34600000000",
    "Country Code (Shipping)": "ES",
    "Item #": "1",
    "SKU": "L-1",
    "Name": "Lamp",
    "Product Variation": "Colour: White",
    "Quantity": "2",
    "Quantity (- Refund)": "2",
    "Item Cost": "12.50",
    "Order Line Total": "25.00",
    "Payment Method Title": "Card",
    "Order Subtotal Amount": "34.90",
    "Order Shipping Amount": "4.95",
    "Order Refund Amount": "5.00",
    "Order Total Amount": "39.85",
}
ADVANCED_PRODUCT = {
    "Item #": "2",
    "SKU": "M-1",
    "Name": "Mug",
    "Product Variation": "",
    "Quantity": "1",
    "Quantity (- Refund)": "1",
    "Item Cost": "9.90",
    "Order Line Total": "9.90",
}
_ADVANCED_TOTALS = (
    "Order Subtotal Amount",
    "Order Shipping Amount",
    "Order Refund Amount",
    "Order Total Amount",
)


def advanced_file(*, repeated: bool = True, shuffled: int | None = None) -> bytes:
    """An order of two rows whose totals are on both rows (`repeated`), or on the first one only."""
    further = ADVANCED_ROW | ADVANCED_PRODUCT
    if not repeated:
        further |= dict.fromkeys(_ADVANCED_TOTALS, "")
    return table(
        header_of("woocommerce/advanced_order_export_algolplus.csv"), ADVANCED_ROW, further, shuffled=shuffled
    )


# --- DSers ---

IDENTITY_NUMBERS = {
    "RUT(Chile; Optional)": "76086428-5",
    "Personal Clearance ID(Korea, Oman; Optional)": "P123456789012",
    "Passport/Alien registration Card Number(Korea, Oman; Optional)": "M70689098",
    "CPF(Brazil; Optional)": "52998224725",
    "Turkish ID Number(Turkey; Optional)": "10000000146",
    "Passport Number(Turkey; Optional)": "U00000001",
    "RUC(Peru; Optional)": "20100070970",
    "RFC/CURP(Mexico; Optional)": "GODE561231GR8",
}


def dsers_file(*, shuffled: int | None = None) -> bytes:
    order = {
        "Order_number": "#1001",
        "Date": "2026-02-11",
        "Country(Short Name of Country)": "ES",
        "Product_id": "7700000000001",
        "Sku": "L-1",
        "Product_count": "2",
        "Order_memo": "AliExpress 8201447122035519",
        "Contact_person": "María García López",
        "Mobile_no": "+34600000000",
        "Email(Optional)": "maria@example.com",
        "Address": "Calle Mayor 1",
        "City": "Madrid",
        "ZIP": "28001",
    } | IDENTITY_NUMBERS
    further = order | {"Product_id": "7700000000002", "Sku": "M-1", "Product_count": "1"}
    return table(header_of("dsers/order_upload_template_2026-09.csv"), order, further, shuffled=shuffled)


# --- AliExpress ---

EXTENSION_ROW = {
    "Order Date": "Feb 21, 2026",
    "Order ID": "8201447122035519",
    "Title": "Lamp",
    "Qty": "2",
    "Price": "US $9.50",
    "Store": "Good Night Lamp Store",
    "Product ID": "1005000000000001",
    "SKU ID": "12000030000001",
    "Price Info": "US $9.50|9|50",
    "Currency": "USD",
    "Status": "Closed ",
    "Product Url": "https://www.aliexpress.com/item/1.html",
    "Store Url": "https://www.aliexpress.com/store/1104567890",
}


def extension_file(*, shuffled: int | None = None) -> bytes:
    other = EXTENSION_ROW | {
        "Order Date": "24 nov, 2025",
        "Order ID": "8201447122035527",
        "Qty": "1",
        "Price": "129,46zł",
        "Price Info": "129,46zł|129|46",
        "Currency": "PLN",
        "Status": "Aguardando pagamento",
    }
    return table(
        header_of("aliexpress/shopper_inventory_extension.csv"),
        EXTENSION_ROW,
        EXTENSION_ROW | {"Title": "Mug", "Qty": "1", "Price": "US $3.00", "Price Info": "US $3.00|3|00"},
        other,
        shuffled=shuffled,
    )


def json_list(header: str, *entries: Mapping[str, object], shuffled: int | None = None) -> bytes:
    """Entries as a script saves them: every key of the real file, and `outer.inner` as an object inside."""
    keys = header_of(header)
    assert not {key for entry in entries for key in entry} - set(keys), (
        "a key that the real file does not have"
    )
    if shuffled is not None:
        random.Random(shuffled).shuffle(keys)
    made = []
    for entry in entries:
        one: dict[str, object] = {}
        for key in keys:
            outer, dot, inner = key.partition(".")
            target = one.setdefault(outer, {}) if dot else one
            assert isinstance(target, dict)
            target[inner or outer] = entry.get(key)
        made.append(one)
    return json.dumps(made, ensure_ascii=False, indent=1).encode()


def extension_json(*, shuffled: int | None = None) -> bytes:
    lamp = {
        "id": 17,
        "orderId": "8201447122035519",
        "orderLineId": "8201447122045519",
        "skuId": "12000030000001",
        "title": "Lamp",
        "price": "US $9.50",
        "priceInfo": "US $9.50|9|50",
        "currency": "USD",
        "quantity": 2,
        "orderDate": "Feb 21, 2026",
        "orderDateIso": "2026-02-21",
        "status": "Awaiting delivery",
        "storeName": "Good Night Lamp Store",
        "storePageUrl": "https://www.aliexpress.com/store/1104567890",
        "attributes": ["White", "EU"],
        "ignoreExport": False,
        "tags": [],
    }
    mug = lamp | {"id": 18, "title": "Mug", "quantity": 1, "price": "US $3.00", "priceInfo": "US $3.00|3|00"}
    return json_list("aliexpress/shopper_inventory_json.csv", lamp, mug, shuffled=shuffled)


def userscript_file(*, shuffled: int | None = None) -> bytes:
    row = {
        "Order Number": "8201447122035519",
        "Order Date": "02/03/2026",
        "Total Order Amount": "$26.90",
        "Store Name": "Good Night Lamp Store",
        "Order Status": "Awaiting shipment",
        "Tracking Number": "undefined",
        "Product Title": "Lamp",
        "Price": "$9.50",
        "Quantity": "x2",
    }
    further = row | {"Product Title": "Mug", "Price": "$3.00", "Quantity": "x1"}
    header = header_of("aliexpress/bulk_order_exporter_userscript.tsv")
    return table(header, row, further, delimiter="\t", shuffled=shuffled)


def userscript_products_json(*, shuffled: int | None = None) -> bytes:
    lamp = {
        "productTitle": "Lamp",
        "productPrice": "$9.50",
        "productQuantity": 2,
        "order.orderId": "8201447122035519",
        "order.dateString": "02/03/2026",
        "order.total": "$26.90",
        "order.storeName": "Good Night Lamp Store",
        "order.orderStatus": "Awaiting shipment",
    }
    mug = lamp | {"productTitle": "Mug", "productPrice": "$3.00", "productQuantity": 1}
    return json_list("aliexpress/bulk_order_exporter_products_json.csv", lamp, mug, shuffled=shuffled)


def userscript_orders_json(*, shuffled: int | None = None) -> bytes:
    order = {
        "orderId": "8201447122035519",
        "dateString": "02/03/2026",
        "total": "$26.90",
        "storeName": "Good Night Lamp Store",
        "orderStatus": "Order canceled",
        "trackingNumber": "LP00123456789012",
    }
    return json_list("aliexpress/bulk_order_exporter_orders_json.csv", order, shuffled=shuffled)


def order_list_file(*, shuffled: int | None = None) -> bytes:
    row = {
        "orderId": "8201447122035519",
        "date": "2026-02-21",
        "status": "Completed",
        "store": "Good Night Lamp Store",
        "total": "26.90",
        "currency": "EUR",
        "itemCount": "2",
        "paymentMethod": "Card",
        "paidAt": "2026-02-21",
    }
    return table(header_of("aliexpress/mcp_export_orders.csv"), row, shuffled=shuffled)


BACKUP_ROW = {
    "order_id": "8201447122045519",
    "parent_orderid": "8201447122035519",
    "gmt_create_order_time": "2026-02-21 09:50:00",
    "order_status": "FINISH",
    "item_name": "Lamp",
    "unit_price": 950,
    "payable_amt": 1900,
    "gmt_pay_order_time": "2026-02-21 09:51:00",
    "gmt_trade_end_time": "2026-02-22 10:00:00",
    "end_reason": "risk_reject_closed",
    "is_success_pay": "Y",
    "frozen_status": "NO_FROZEN",
}


def backup_rows(*rows: Mapping[str, object], shuffled: int | None = None) -> list[list[object]]:
    titles = header_of("aliexpress/personal_data_backup.csv")
    if shuffled is not None:
        random.Random(shuffled).shuffle(titles)
    return [list(titles), *([row.get(title) for title in titles] for row in rows)]


def backup_file(*, shuffled: int | None = None) -> bytes:
    """The workbook: orders on one sheet of several. The same order's second product was received."""
    mug = BACKUP_ROW | {
        "order_id": "8201447122055519",
        "item_name": "Mug",
        "unit_price": 300,
        "payable_amt": 300,
        "end_reason": "buyer_accept_goods",
    }
    return workbook(
        {
            "Login Information": [["login_time", "ip"], ["2026-02-01 10:00:00", "192.0.2.1"]],
            "Order Information": backup_rows(BACKUP_ROW, mug, shuffled=shuffled),
            "Address": [["country", "city"], ["ES", "Madrid"]],
        }
    )


def links_file(*, shuffled: int | None = None) -> bytes:
    row = {"Store order": "#AP-516073", "AliExpress order number": "8201447122035519, 8201447122035527"}
    return table(list(row), row, shuffled=shuffled)


#: File -> the kind it is of, and how it is made. `shuffled` puts its columns in another order.
KINDS: Mapping[str, tuple[str, Callable[..., bytes]]] = {
    "Shopify": ("shopify_orders", shopify_file),
    "Analytics": ("woo_analytics", analytics_file),
    "WebToffee": ("woo_webtoffee", webtoffee_file),
    "Advanced Order Export": ("woo_advanced_export", advanced_file),
    "DSers": ("dsers_upload", dsers_file),
    "extension": ("aliexpress_inventory", extension_file),
    "extension, JSON": ("aliexpress_inventory_json", extension_json),
    "userscript": ("aliexpress_bulk_exporter", userscript_file),
    "userscript, products as JSON": ("aliexpress_bulk_exporter_json", userscript_products_json),
    "userscript, orders as JSON": ("aliexpress_bulk_exporter_json", userscript_orders_json),
    "list of orders": ("aliexpress_order_list", order_list_file),
    "data backup": ("aliexpress_backup", backup_file),
    "links": ("order_links", links_file),
}
