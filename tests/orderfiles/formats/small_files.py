"""Headers of real files, and rows of two orders small enough to see at a glance."""

from __future__ import annotations

import csv
import io
from datetime import date

START = date(2026, 2, 1)
#: Shopify's help page, whose spellings and order differ from every real export.
HELP_PAGE_HEADER = (
    "Name,Phone,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,"
    "Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare-at price,Lineitem SKU,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Province Name,Billing Country,Billing Phone,Shipping Name,"
    "Shipping Street,Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,"
    "Shipping Province,Shipping Province Name,Shipping Country,Shipping Phone,Notes,Note Attributes,Canceled at,"
    "Payment Method,Payment Reference (deprecated),Payment References,Refunded Amount,Vendor,Outstanding Balance,"
    "Employee,Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Payment ID,"
    "Payment terms,Next payment due at"
)
USERSCRIPT_HEADER = (
    "Order Number\tOrder Date\tSubtotal\tShipping and Tax\tTotal Order Amount\tStore Name\tOrder Status\t"
    "Tracking Number\tTracking Status\tTracking Status Last Updated\tTracking Link\tProduct Title\tOption\tPrice\t"
    "Quantity\tPieces Per Pack\tTotal Quantity\tLanded Cost\tProduct URL\tImage URL\t"
)
EXTENSION_HEADER = (
    "Order Date,Order ID,Title,Qty,Price,Store,Product ID,SKU ID,Attributes,Price Info,Currency,Status,Product Url,"
    "Product Image Url,Store Url,Tags"
)
SHORT = "Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price"
FIRST = "#1001,ana@example.com,paid,EUR,30.00,2026-02-01 10:00:00 +0100,1,Lamp,20.00"
SECOND = "#1001,ana@example.com,,,,2026-02-01 10:00:00 +0100,2,Mat,5.00"
OTHER = "#1002,bo@example.com,paid,EUR,9.00,2026-02-02 10:00:00 +0100,1,Mat,9.00"


def csv_text(header: list[str], *rows: dict[str, str]) -> str:
    output = io.StringIO()
    writer = csv.DictWriter(output, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return output.getvalue()
