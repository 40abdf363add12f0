"""From a cell of an import to a typed value, or to the reason why not.

Every parser takes the cell's text and returns the value, or raises `BadValue(code, params)` with a code of `ISSUES`.
Nothing is guessed: a number that a spreadsheet rounded or a date that reads two ways is refused, not repaired.
A blank cell is for the caller to handle, except where a parser says otherwise.
"""

from __future__ import annotations

from .amounts import (
    CURRENCY_DECIMALS,
    DOLLARS,
    MAX_QUANTITY,
    AmbiguousAmount,
    decimal_sign_of,
    is_in_bare_dollars,
    is_in_cents,
    parse_amount,
    parse_currency,
    parse_price_info,
    parse_priced_currency,
    parse_quantity,
    sign_of_amount,
)
from .base import ISSUES, BadValue, clean_text, decoded, unmasked_text, unmasked_texts
from .dates import (
    EARLIEST_YEAR,
    AmbiguousDate,
    DateRules,
    date_order_of,
    date_rules,
    has_offset,
    is_date_only,
    parse_datetime,
)
from .numbers import (
    ALIEXPRESS_NUMBER,
    MAX_ORDER_NUMBER_CHARACTERS,
    SEVERAL_PARCELS,
    USUAL_ALIEXPRESS_NUMBER,
    find_aliexpress_numbers,
    is_aliexpress_number,
    is_usual_aliexpress_number,
    joined_parcels,
    may_hold_numbers,
    parcels_within,
    parse_aliexpress_number,
    parse_aliexpress_numbers,
    parse_external_id,
    parse_external_ids,
    parse_order_number,
    parse_order_numbers,
    parse_tracking_number,
)
from .people import (
    MAX_NAME_CHARACTERS,
    parse_country,
    parse_email,
    parse_emails,
    parse_person_name,
    parse_person_names,
    parse_phone,
    parse_phones,
)
from .shoppers import parse_discount_code, parse_language

__all__ = [
    "ALIEXPRESS_NUMBER", "CURRENCY_DECIMALS", "DOLLARS", "EARLIEST_YEAR", "ISSUES", "MAX_NAME_CHARACTERS",
    "MAX_ORDER_NUMBER_CHARACTERS", "MAX_QUANTITY", "SEVERAL_PARCELS", "USUAL_ALIEXPRESS_NUMBER",
    "AmbiguousAmount", "AmbiguousDate", "BadValue", "DateRules", "clean_text", "date_order_of", "date_rules",
    "decimal_sign_of", "decoded", "find_aliexpress_numbers", "has_offset", "is_aliexpress_number", "is_date_only",
    "is_in_bare_dollars", "is_in_cents", "is_usual_aliexpress_number", "joined_parcels", "may_hold_numbers",
    "parcels_within", "parse_aliexpress_number", "parse_aliexpress_numbers", "parse_amount", "parse_country",
    "parse_currency", "parse_datetime", "parse_discount_code", "parse_email", "parse_emails", "parse_external_id",
    "parse_external_ids", "parse_language", "parse_order_number", "parse_order_numbers", "parse_person_name",
    "parse_person_names", "parse_phone", "parse_phones", "parse_price_info", "parse_priced_currency",
    "parse_quantity", "parse_tracking_number", "sign_of_amount", "unmasked_text", "unmasked_texts",
]  # fmt: skip
