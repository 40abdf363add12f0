"""Shopify's file."""

from __future__ import annotations

from tests.orderfiles.kind_files.tables import header_of, table

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
