"""Files of WooCommerce and of its plugins."""

from __future__ import annotations

from tests.orderfiles.kind_files.tables import header_of, table


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
