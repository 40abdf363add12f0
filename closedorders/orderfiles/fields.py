"""The fields that files have of an order: how the cells of each are read.

A new column of a known export is a line here and a line in the format's table (`formats`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .cells import (
    parse_aliexpress_number,
    parse_aliexpress_numbers,
    parse_country,
    parse_currency,
    parse_email,
    parse_emails,
    parse_external_id,
    parse_external_ids,
    parse_order_number,
    parse_order_numbers,
    parse_person_name,
    parse_person_names,
    parse_phone,
    parse_phones,
    parse_quantity,
    parse_tracking_number,
    unmasked_text,
    unmasked_texts,
)


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a column can have of an order.

    `parse` reads a cell that is not blank, or is what the file decides: an amount in the order's currency, a moment in
    its zone. `many` reads cells at once, blank ones too, and may raise `BadValue` without saying for which; without it
    values are remembered by their text. `blank` is the value of a blank cell; a `required` one may not be blank.
    """

    name: str
    parse: Callable[[str], Any] | Literal["amount", "moment"] = unmasked_text
    many: Callable[[Sequence[str]], Sequence[Any]] | None = None
    blank: Any = ""
    required: bool = False


#: What a script writes for something it did not find on the page.
UNDEFINED = frozenset({"undefined", "null"})


def parse_scraped_quantity(text: str) -> int | None:
    return None if text in UNDEFINED else parse_quantity(text.lstrip("xX×"))


def _registry(*fields: Field) -> Mapping[str, Field]:
    return {field.name: field for field in fields}


def _amount(name: str) -> Field:
    return Field(name, "amount", blank=None)


def _moment(name: str) -> Field:
    return Field(name, "moment", blank=None)


STORE_ORDER_FIELDS = _registry(
    Field("number", parse_order_number, parse_order_numbers, required=True),
    Field("currency", parse_currency),
    Field("note", many=unmasked_texts),
    Field("order_notes", many=unmasked_texts),
    Field("tags"),
    Field("note_attributes", many=unmasked_texts),
    Field("aliexpress", parse_aliexpress_numbers, blank=()),
    Field("products"),
    Field("line_name"),
    Field("line_variation"),
    Field("line_product"),
    Field("line_quantity", parse_quantity, blank=None),
    Field("line_quantity_left", parse_quantity, blank=None),
    Field("line_sku"),
    Field("line_vendor"),
    Field("external_id", parse_external_id, parse_external_ids),
    Field("email", parse_email, parse_emails),
    Field("phone", parse_phone, parse_phones),
    Field("customer_name", parse_person_name, parse_person_names),
    Field("customer_last_name", parse_person_name, parse_person_names),
    Field("ship_name", parse_person_name, parse_person_names),
    Field("ship_last_name", parse_person_name, parse_person_names),
    Field("country", parse_country),
    _amount("total"),
    _amount("subtotal"),
    _amount("line_price"),
    _amount("shipping"),
    _amount("refunded"),
    _moment("placed_at"),
    _moment("paid_at"),
    _moment("cancelled_at"),
    Field("financial_status"),
    Field("fulfillment_status"),
    Field("payment_method"),
)

SUPPLIER_ORDER_FIELDS = _registry(
    Field("number", parse_aliexpress_number, required=True),
    Field("currency", parse_currency),
    Field("status"),
    Field("end_reason"),
    Field("frozen"),
    Field("tracking", parse_tracking_number),
    Field("line_name"),
    Field("line_quantity", parse_scraped_quantity, blank=None),
    Field("price_info"),
    Field("line_sku"),
    _moment("placed_at"),
    Field("supplier_name"),
    Field("supplier_url"),
    _amount("cost"),
    _amount("price"),
    Field("store_order", parse_order_number),
)

LINK_FIELDS = _registry(
    Field("number", parse_order_number, parse_order_numbers, required=True),
    Field("aliexpress", parse_aliexpress_numbers, blank=(), required=True),
)
