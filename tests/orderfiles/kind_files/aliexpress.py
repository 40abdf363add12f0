"""Files of AliExpress orders: of an extension, of scripts, and the data backup."""

from __future__ import annotations

import random
from collections.abc import Mapping

from tests.orderfiles.kind_files.tables import header_of, json_list, table
from tests.orderfiles.workbooks import workbook

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
