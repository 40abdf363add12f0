"""What can be wrong with a row, and what the parsers of all cells share."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping, Sequence

#: What each row issue means. The sentence a person reads is made elsewhere, from the code, column, value and params.
ISSUES: Mapping[str, str] = {
    # The row
    "ragged_row": "More or fewer cells than the header. Params: expected, found.",
    "cut_off": "The file ends in the middle of this row.",
    "broken_quotes": "Text follows a closing quote: a quote inside a cell was not doubled.",
    "first_row_rejected": "This row belongs to an order whose first row was rejected. Params: first_line.",
    "order_without_first_row": "A further line of an order whose first row is not next to it.",
    "order_repeated": "The order is in this file twice, with other values. Params: first_line, differs.",
    "order_apart": "Rows of an order that are not next to its first one: products, or it again. Params: first_line.",
    "too_many_lines": "More lines in one order than we read. Params: limit.",
    "missing_value": "A cell that must not be blank is blank.",
    # A file of bad rows that came back, see `bad_rows`
    "missing_cell": "A cell that the file did not have, still marked as missing.",
    "masked_address": "An address masked for an assistant (m•••@h•••.com).",
    "hidden_cell": "An amount or a code hidden from an assistant (•••).",
    "still_undecided": "Marked as needing a decision, and the mark is still there.",
    "refund_row": "A refund of an order that is not in the file.",
    "invalid_line_item": "A product's cell that lacks its name or quantity.",
    # Numbers of orders
    "scientific_notation": "A spreadsheet rounded the number (8.19E+15); export again and keep the column as text.",
    "invalid_order_number": "Not an order number: too long, or with a line end or control character in it.",
    "invalid_aliexpress_number": "An AliExpress order number has 8 to 20 digits and nothing else.",
    # Amounts
    "invalid_amount": "Not an amount of money.",
    "negative_amount": "An amount below zero where there can be none.",
    "too_many_decimals": "More decimals than the currency has. Params: currency, decimals.",
    "ambiguous_amount": "The separator could be a decimal point or a thousands mark. Params: currency.",
    "amount_too_large": "Too large to be an order's amount.",
    "unknown_currency": "Not a currency code.",
    "sign_of_other_currencies": "The amount's sign is of none but other currencies. Params: currency, sign.",
    "currency_mismatch": "The amount's sign and the currency column disagree. Params: currency, other.",
    "invalid_quantity": "A quantity is a whole number above zero.",
    # Dates
    "invalid_date": "Not a date we can read.",
    "no_such_day": "The calendar has no such day.",
    "date_out_of_range": "Before 2005 or in the future. Params: earliest, latest.",
    "excel_serial_date": "A spreadsheet's day count in place of a date; show the column as a date and save again.",
    "ambiguous_date": "Day and month could be either way round, and nothing in the file tells.",
    "date_order_conflict": "Does not fit the order of day and month chosen for this file. Params: date_order.",
    # People
    "invalid_email": "Not an e-mail address.",
    "email_hidden_character": "An invisible character inside the address. Params: character.",
    "email_has_newline": "A line end inside the address.",
    "email_two_addresses": "More than one address in the cell.",
    "name_has_newline": "A line end inside the name.",
    "name_too_long": "Longer than a name can be. Params: limit.",
    "unknown_country": "Neither a two-letter country code nor a country's name.",
}


class BadValue(Exception):
    """The cell cannot be read. `code` is a key of `ISSUES`."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


#: Unicode's categories of characters that do not show.
INVISIBLE_CATEGORIES = frozenset({"Cf", "Cc", "Cs", "Co", "Zl", "Zp"})


#: A number as a spreadsheet shows one that it has no room for: most of its digits are lost.
SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+?\d+", re.ASCII)


def without_rounded(texts: list[str]) -> list[str]:
    """The texts, with "" in place of numbers that a spreadsheet rounded (`5,73E+11`): nobody has those."""
    if not any("e" in text or "E" in text for text in texts):
        return texts
    return ["" if SCIENTIFIC.fullmatch(text) else text for text in texts]


#: In an address as assistants see it, and in no other text.
MASKED = "•••@"


_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});", re.ASCII)


def decoded(text: str) -> str:
    """The text with the characters that entities of web pages are for: `O&#39;Brien &amp; Söhne`."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text) if "&" in text else text


def unmasked_text(text: str) -> str:
    """`clean_text` with entities decoded; refuses an address as assistants see it: it would replace the whole one."""
    text = decoded(text)
    if MASKED in text:
        raise BadValue("masked_address")
    return clean_text(text)


def unmasked_texts(texts: Sequence[str]) -> list[str]:
    """`unmasked_text` of each; where one is bad the error does not say which."""
    return [
        text if text.isascii() and "&" not in text else unmasked_text(text) for text in map(str.strip, texts)
    ]


def clean_text(text: str) -> str:
    """Trimmed, in NFC, no-break spaces as spaces; otherwise verbatim (`=HYPERLINK(…)` too: exports neutralise)."""
    text = text.strip()
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", text.replace("\u00a0", " ").replace("\u202f", " ")).strip()
