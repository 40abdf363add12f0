"""The formats we know, and which of them a header is of."""

from __future__ import annotations

from collections.abc import Sequence

from ..columns import Columns
from ..tables.base import FileRefused
from .aliexpress import AliExpressInventory, AliExpressUserscript
from .aliexpress_lists import (
    AliExpressBackup,
    AliExpressInventoryJson,
    AliExpressOrderList,
    AliExpressUserscriptJson,
)
from .base import Format
from .dsers import DsersUpload
from .links import OrderLinks
from .other_lists import refuse_other_list
from .shopify import ShopifyOrders
from .woocommerce import WooAdvancedExport, WooAnalytics, WooWebToffee

FORMATS: tuple[Format, ...] = (
    ShopifyOrders(),
    WooAnalytics(),
    WooWebToffee(),
    WooAdvancedExport(),
    DsersUpload(),
    AliExpressInventory(),
    AliExpressInventoryJson(),
    AliExpressUserscript(),
    AliExpressUserscriptJson(),
    AliExpressOrderList(),
    AliExpressBackup(),
    OrderLinks(),
)


def recognise(header: Sequence[str]) -> tuple[Format, Columns]:
    """The format whose columns a header has most of, or `FileRefused` with the best reason why there is none."""
    refuse_other_list(header)
    candidates = [(each, each.columns(header)) for each in FORMATS]
    best, columns = max(candidates, key=lambda pair: pair[0].score(pair[1]))
    # A few columns of one format, and twice as many of another that say too little to be sure of it: neither is told.
    most = max(
        len(its.used) for each, its in candidates if its.fields.issuperset(each.required[:1]) or each is best
    )
    if best.score(columns) and most < 2 * len(columns.used):
        if columns.twice:
            raise FileRefused("duplicate_column", column=columns.twice)
        return best, columns
    if any(_is_a_value(title) for title in header):
        raise FileRefused("no_header")
    for each, its_columns in candidates:
        if missing := each.missing(its_columns):
            raise FileRefused("missing_column", column=missing, format=each.key)
    raise FileRefused("unknown_format", columns=", ".join(title.strip()[:40] for title in header[:8]))


def _is_a_value(text: str) -> bool:
    text = text.strip().strip("'")
    return (
        (text[:1] == "#" and text[1:2].isalnum())
        or ("@" in text and "." in text)
        or (
            len(text) > 3
            and text.replace(".", "").replace("-", "").replace("/", "").replace(":", "").isdigit()
        )
    )
