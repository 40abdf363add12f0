"""Known order exports: how each is recognised by its header, and how its rows become orders.

    reading = read_orders(file, zone=team_zone, date_order=None, default_currency="EUR")
    for item in reading:
        match item:
            case ParsedStoreOrder() | ParsedSupplierOrder() | ParsedLink(): ...
            case RowIssue(): ...

Reading streams: memory holds one order. At any moment
`rows_read == rows_accepted + rows_rejected + rows_duplicate` for what was handed over.

**Not given is not blank.** A field is None where the file has no column for it; a text field is "" where the cell is
blank. Amounts and dates are None in both cases, so ask `reading.fields`, the names of the fields the file has columns
for. A field outside it must never overwrite what is known.

**Duplicates.** Two identical further lines of one store order are two line items, unless the order's first row is
repeated too: then the file was doubled and each row counts once. In AliExpress files an identical row is always a
duplicate: AliExpress adds up quantities itself. A whole order that comes again later, with the same values in every
column we read, counts once; with other values it is refused row by row (`order_repeated`).

**A new format** is a `Format` with a table of its columns, listed in `FORMATS`; a column mapping (`mapped.py`) is the
same table, made by hand.
"""

from __future__ import annotations

from .aliexpress import (
    SUPPLIER_STATUSES,
    AliExpressInventory,
    AliExpressOrders,
    AliExpressUserscript,
    supplier_status_code,
)
from .base import Format, Row
from .columns import Columns, normalised_header
from .issues import ASSUMPTIONS, QUESTIONS, Assumption, Question, RowIssue
from .links import OrderLinks
from .mapped import MAPPED, MAPPED_FIELDS, column_keys, fits, header_key, mapped_format, required_fields
from .parsed import Item, ParsedLine, ParsedLink, ParsedOrder, ParsedStoreOrder, ParsedSupplierOrder
from .reading import MAX_LINES_IN_ORDER, ColumnsUnknown, DateOrder, Reading, read_orders
from .recognition import FORMATS, recognise
from .shopify import ShopifyOrders

__all__ = [
    "ASSUMPTIONS",
    "FORMATS",
    "MAPPED",
    "MAPPED_FIELDS",
    "MAX_LINES_IN_ORDER",
    "QUESTIONS",
    "SUPPLIER_STATUSES",
    "AliExpressInventory",
    "AliExpressOrders",
    "AliExpressUserscript",
    "Assumption",
    "Columns",
    "ColumnsUnknown",
    "DateOrder",
    "Format",
    "Item",
    "OrderLinks",
    "ParsedLine",
    "ParsedLink",
    "ParsedOrder",
    "ParsedStoreOrder",
    "ParsedSupplierOrder",
    "Question",
    "Reading",
    "Row",
    "RowIssue",
    "ShopifyOrders",
    "column_keys",
    "fits",
    "header_key",
    "mapped_format",
    "normalised_header",
    "read_orders",
    "recognise",
    "required_fields",
    "supplier_status_code",
]
