"""Why a row is bad: a sentence for each code of `cells.ISSUES`, of `issues` and of `merge`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from .names import Sentence
from .sentences import filled, readable

ISSUE_TEXTS: Mapping[str, Sentence] = {
    # The row
    "ragged_row": _(
        "This row has %(found)s cells, the header %(expected)s. Look for a stray separator or quote."
    ),
    "cut_off": _("The file ends in the middle of this row: the download was cut off. Export it again."),
    "broken_quotes": _(
        'There is a single " inside a cell, so we cannot see where the cell ends. Write it '
        'twice ("") or remove it.'
    ),
    "first_row_rejected": _(
        "This row belongs to the order on line %(first_line)s, which has a mistake. Correct that line."
    ),
    "order_without_first_row": _(
        "This row is a product, but the order it belongs to is not above it. Sort the file by order number."
    ),
    "order_repeated": _(
        "Line %(first_line)s has the same order number but other values. Keep the right row "
        "and delete the other."
    ),
    "order_apart": _(
        "The rows of this order are not together: it begins on line %(first_line)s. Sort the "
        "file by order number and import it again. If the order is there twice, delete the "
        "wrong one."
    ),
    "too_many_lines": _("This order has more than %(limit)s rows. Check the column of order numbers."),
    "missing_value": _("This cell is empty. Fill it in."),
    # A file of bad rows that came back
    "missing_cell": _("This cell was missing and still is. Fill it in, or leave it empty."),
    "masked_address": _(
        "Part of this address is hidden from you. Type all of it, or ask a merchant of your "
        "team to correct the row."
    ),
    "hidden_cell": _(
        "This cell is hidden from you. Type what it says, or ask a merchant of your team to correct the row."
    ),
    "still_undecided": _(
        "You have not decided yet. To import this row, empty its cell “%(column)s”; if not, delete the row."
    ),
    "refund_row": _(
        "This row is a refund, and its order is not in this file. Export a period that has the order in it, too."
    ),
    "invalid_line_item": _("This product has no name or no quantity. Write it like name:Mug|quantity:2."),
    # Numbers of orders
    "scientific_notation": _(
        "A spreadsheet rounded this number, and its last digits are lost. Export again, and "
        "upload the file without opening it."
    ),
    "invalid_order_number": _(
        "This is no order number: it is too long, or has a line break or hidden character in "
        "it. Copy it again from the shop."
    ),
    "invalid_aliexpress_number": _(
        "An AliExpress order number has 8 to 20 digits and nothing else. Copy it again from AliExpress."
    ),
    "unknown_store_order": _("No order of this store has this number. Import the store's orders first."),
    "joined_to_another": _(
        "This AliExpress order already belongs to order %(order)s. Change it there if that is wrong."
    ),
    # Amounts
    "invalid_amount": _("This is not an amount. Write it like 1234.50."),
    "negative_amount": _(
        "This amount is below zero. If the row is a refund, delete it; if not, look the "
        "amount up in the shop."
    ),
    "too_many_decimals": _(
        "%(currency)s has %(decimals)s decimals; this amount has more. Round it, or look at the currency. If the sign "
        "before its last digits marks thousands, read the file again with the other one before decimals."
    ),
    "ambiguous_amount": _(
        "We can't see whether this is in thousands or has decimals. Write it like 1234.00, or say for the whole file "
        "what marks decimals."
    ),
    "amount_too_large": _("This is too much for one order. Perhaps the decimal point is missing."),
    "unknown_currency": _("This is not a currency. Write it like EUR or USD."),
    "sign_of_other_currencies": _(
        "The amount is marked %(sign)s, which is no sign of %(currency)s. If the file names no currency, say which one "
        "its orders are in, and read it again."
    ),
    "currency_mismatch": _(
        "The amount is marked %(other)s, but its order is in %(currency)s. Correct the one that is wrong."
    ),
    "invalid_quantity": _("A quantity is a whole number from 1. Write it like 2."),
    # Dates
    "invalid_date": _("We can't read this date. Write it like 2026-04-03 18:30."),
    "no_such_day": _("This day does not exist. Look the date up in the shop."),
    "date_out_of_range": _(
        "A date before %(earliest)s or after %(latest)s cannot be right. Look it up in the shop."
    ),
    "excel_serial_date": _(
        "A spreadsheet put a number in place of the date. Format the column as a date and save again."
    ),
    "ambiguous_date": _(
        "We can't see which is the day and which the month. Write it like 2026-04-03, or say for the whole file which "
        "is first."
    ),
    "date_order_conflict": _(
        "This date has day and month the other way round than you said. Write it like 2026-04-03."
    ),
    # People
    "invalid_email": _("This is not an e-mail address. Write it like ana@example.com, or empty the cell."),
    "email_hidden_character": _(
        "The address has an invisible character in it (%(character)s). Delete it and type it again."
    ),
    "email_has_newline": _("The address has a line break in it. Write it on one line."),
    "email_two_addresses": _("There is more than one address in this cell. Keep one."),
    "name_has_newline": _("The name has a line break in it. Write it on one line."),
    "name_too_long": _(
        "No name is longer than %(limit)s characters. Shorten it, or see whether two cells ran together."
    ),
    "unknown_country": _("We don't know this country. Write it like ES, or empty the cell."),
}


#: (code, its param `differs`) -> the sentence where that is known.
_IN_MORE_DETAIL: Mapping[tuple[str, str], Sentence] = {
    ("order_repeated", "total"): _(
        "Line %(first_line)s has the same order number but another total. Keep the right row and delete the other."
    ),
}


def issue_text(code: str, params: Mapping[str, Any]) -> str:
    """Why a row was not taken."""
    sentence = _IN_MORE_DETAIL.get((code, params.get("differs", ""))) or ISSUE_TEXTS.get(code, code)
    return filled(sentence, readable(params))
