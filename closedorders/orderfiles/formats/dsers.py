"""DSers's template for uploading a shop's orders."""

from __future__ import annotations

from collections.abc import Sequence

from ..cell_columns import CellColumns
from ..fields import ALIEXPRESS_NUMBER_TITLES
from ..records import ParsedLine
from .store_orders import StoreOrders


class DsersUpload(StoreOrders):
    """The order upload template (2026): a row a product, no amounts, products by number and SKU only.

    Its eight columns of identity numbers are blanked before anything reads a row, see `tables`.
    """

    key = "dsers_upload"
    title = "DSers order upload template"
    table = {
        "number": (("order number",),),
        "placed_at": (("date",),),
        "country": (("country short name of country", "country"),),
        "email": (("email optional", "email"),),
        "phone": (("mobile no",),),
        "customer_name": (("contact person",),),
        "note": (("order memo",),),
        "aliexpress": (ALIEXPRESS_NUMBER_TITLES,),
        "line_product": (("product id",),),
        "line_sku": (("sku",),),
        "line_quantity": (("product count",),),
    }
    required = ("number",)
    telling = frozenset({"phone", "customer_name", "note", "line_product", "line_quantity"})
    telling_needed = 3
    line_fields = frozenset({"line_product", "line_sku", "line_quantity"})
    repeats_order = True

    def lines(self, cells: CellColumns, codes: Sequence[str]) -> Sequence[tuple[ParsedLine, ...]]:
        # The template has no name: the SKU stands for it, and `merging` lets it replace no name that is known.
        rows = zip(*map(cells.read, ("line_sku", "line_product", "line_quantity")), strict=True)
        return [
            (ParsedLine(sku or product or "", sku or product or "", None, quantity or 1, None),)
            if sku or product or quantity is not None
            else ()
            for sku, product, quantity in rows
        ]
