"""DSers's template for uploading a shop's orders."""

from __future__ import annotations

from collections.abc import Sequence

from closedorders.orderfiles.cells import (
    find_aliexpress_numbers,
    parse_aliexpress_numbers,
    parse_country,
    parse_email,
    parse_order_number,
    parse_person_name,
    parse_phone,
    parse_quantity,
)

from ..columns import ALIEXPRESS_NUMBER_HEADERS
from ..records import ParsedLine, ParsedStoreOrder
from ..row_reader import RowReader
from .rows_of_order import RowsOfOrder


class DsersUpload(RowsOfOrder):
    """The order upload template (2026): a row a product, no amounts, products by number and SKU only.

    Its eight columns of identity numbers are blanked before anything reads a row, see `sources`.
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
        "aliexpress": (ALIEXPRESS_NUMBER_HEADERS,),
        "line_product": (("product id",),),
        "line_sku": (("sku",),),
        "line_quantity": (("product count",),),
    }
    required = ("number",)
    telling = frozenset({"phone", "customer_name", "note", "line_product", "line_quantity"})
    telling_needed = 3
    line_fields = frozenset({"line_product", "line_sku", "line_quantity"})
    date_fields = ("placed_at",)

    def order(self, reader: RowReader) -> ParsedStoreOrder:
        note = reader.text("note")
        numbers = reader.value("aliexpress", parse_aliexpress_numbers) or ()
        found = find_aliexpress_numbers(note=note or "")
        return ParsedStoreOrder(
            source_lines=(reader.line,),
            number=reader.value("number", parse_order_number, required=True) or "",
            external_id=None,
            email=reader.string("email", parse_email),
            phone=reader.string("phone", parse_phone),
            customer_name=reader.string("customer_name", parse_person_name),
            country=reader.string("country", parse_country),
            currency=reader.reading.currency_or_default(""),
            currency_told=False,
            subtotal=None,
            shipping=None,
            total=None,
            refunded=None,
            placed_at=reader.moment("placed_at"),
            paid_at=None,
            cancelled_at=None,
            financial_status=None,
            fulfillment_status=None,
            payment_method=None,
            tags=None,
            note=note,
            aliexpress_numbers=tuple(dict.fromkeys((*numbers, *found))),
            lines=(),
        )

    def lines(self, reader: RowReader, currency: str) -> Sequence[ParsedLine]:
        sku, product = reader.text("line_sku"), reader.text("line_product")
        quantity = reader.value("line_quantity", parse_quantity)
        # The template has no name: the SKU stands for it, and `merging` lets it replace no name that is known.
        code = sku or product or ""
        if not code and quantity is None:
            return ()
        return (ParsedLine(code, code, None, quantity or 1, None),)
