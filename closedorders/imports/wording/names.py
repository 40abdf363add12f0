"""What answers, ways of writing, formats and reasons are called."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from closedorders.orders.extensions import extensions

Sentence = str | Promise

#: What a person can say about a file, as `Import.answers` names it.
ANSWER_NAMES: Mapping[str, Sentence] = {
    "sheet": _("Sheet"),
    "encoding": _("Encoding"),
    "delimiter": _("Cells are separated by"),
    "date_order": _("Dates"),
    "decimal_sign": _("Decimals are marked by"),
    "default_currency": _("Orders without a currency"),
    "time_zone": _("Dates without a time zone"),
}

DECIMAL_SIGNS: Mapping[str, Sentence] = {".": _("point (1,234.56)"), ",": _("comma (1.234,56)")}

ENCODINGS: Mapping[str, Sentence] = {
    "utf-8": "UTF-8",
    "cp1252": _("Windows, Western Europe (cp1252)"),
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "iso8859-15": _("Western Europe with € (ISO 8859-15)"),
    "cp1250": _("Windows, Central Europe (cp1250)"),
    "mac-roman": _("Old Macintosh (Mac Roman)"),
}

DATE_ORDERS: Mapping[str, Sentence] = {"dmy": _("day, month, year"), "mdy": _("month, day, year")}

DELIMITERS: Mapping[str, Sentence] = {
    ",": _("comma ,"),
    ";": _("semicolon ;"),
    "\t": _("tab"),
    "|": _("bar |"),
}


#: Why an import cannot be taken back: what people did since with a row that it wrote.
UNDO_REASONS: Mapping[str, Sentence] = {
    "replaced": _("it was reordered"),
    "commented": _("it has a comment"),
    "has_files": _("it has a file"),
    "joined": _("an AliExpress order was joined to it"),
    "reimported": _("another import changed it"),
    "edited": _("a person changed it"),
    "overwritten": _("what this import wrote was changed again"),
}


#: What `Import.format` is called.
FORMAT_NAMES: Mapping[str, Sentence] = {
    "shopify_orders": _("Shopify order export"),
    "woo_analytics": _("WooCommerce Analytics orders report"),
    "woo_webtoffee": _("WooCommerce order export (WebToffee)"),
    "woo_advanced_export": _("WooCommerce order export (Advanced Order Export)"),
    "dsers_upload": _("DSers order upload template"),
    "aliexpress_inventory": _("AliExpress orders (Shopper Inventory extension)"),
    "aliexpress_inventory_json": _("AliExpress orders (Shopper Inventory extension, JSON)"),
    "aliexpress_bulk_exporter": _("AliExpress orders (Bulk Order Exporter script)"),
    "aliexpress_bulk_exporter_json": _("AliExpress orders (Bulk Order Exporter script, JSON)"),
    "aliexpress_order_list": _("AliExpress orders (list without products)"),
    "aliexpress_backup": _("AliExpress orders (personal data backup)"),
    "order_links": _("Store orders and their AliExpress numbers"),
    "mapped_store_orders": _("Store orders, columns named by you"),
    "mapped_aliexpress_orders": _("AliExpress orders, columns named by you"),
    "mapped_order_links": _("Orders and AliExpress numbers, columns named by you"),
}


def undo_reason(code: str) -> str:
    """Why an import cannot be taken back; later apps have reasons of their own."""
    for extension in extensions():
        if code in extension.undo_reasons:
            return str(extension.undo_reasons[code])
    return str(UNDO_REASONS[code])
