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
    "broken_quotes": _(
        "A quote inside a cell is not doubled, so the cells cannot be told apart. Write it twice."
    ),
    "first_row_rejected": _(
        "Belongs to the order on line %(first_line)s, which has a mistake. Mend that line."
    ),
    "order_without_first_row": _(
        "A further product of an order whose first row is not next to it. Sort by order."
    ),
    "order_repeated": _(
        "Line %(first_line)s tells this order with other values. Make the two agree, or keep the one that is right."
    ),
    "order_apart": _(
        "The rows of this order are not together: it begins on line %(first_line)s. Sort the file by order number and "
        "import it again; if the order is there twice, keep the one that is right."
    ),
    "too_many_lines": _("One order has more than %(limit)s rows. Check the order number column."),
    "missing_value": _("This cell must not be blank. Fill it in."),
    # A file of bad rows that came back
    "missing_cell": _("The row had too few cells, and this one is still missing. Fill it in, or empty it."),
    "masked_address": _(
        "Part of this address is hidden from you. Type it whole, or ask a merchant of your team to mend the row."
    ),
    "hidden_cell": _(
        "This cell is hidden from you. Type what it says, or ask a merchant of your team to mend the row."
    ),
    "still_undecided": _("Not decided yet. Empty the cell “%(column)s” to take this row, or delete the row."),
    "refund_row": _(
        "This row is a refund, and its order is not in this file. Export a period that has the order in it, too."
    ),
    "invalid_line_item": _("A product must name itself and its quantity, like name:Mug|quantity:2."),
    # Numbers of orders
    "scientific_notation": _(
        "A spreadsheet rounded this number and the last digits are lost. Export again and keep the column as text."
    ),
    "invalid_order_number": _(
        "Not an order number: it is too long, or has a line break or hidden character in it. Copy it again from the "
        "shop."
    ),
    "invalid_aliexpress_number": _(
        "An AliExpress order number has 8 to 20 digits and nothing else. Copy it again from AliExpress."
    ),
    "unknown_store_order": _("No order of this store has this number. Import the store's orders first."),
    "joined_to_another": _(
        "This AliExpress order already belongs to order %(order)s. Change it there if that is wrong."
    ),
    # Amounts
    "invalid_amount": _("Not an amount of money. Write it like 1234.50."),
    "negative_amount": _(
        "An amount below zero, where there can be none. Write it without the minus, or empty the cell."
    ),
    "too_many_decimals": _(
        "%(currency)s has %(decimals)s decimals; this amount has more. Round it, or look at the currency. If the sign "
        "before its last digits marks thousands, read the file again with the other one before decimals."
    ),
    "ambiguous_amount": _(
        "It is unclear whether this is a thousand and more, or has decimals. Write it like 1234.00, or "
        "say for the whole file what marks decimals."
    ),
    "amount_too_large": _("Too large for the amount of an order. Look for a missing decimal sign."),
    "unknown_currency": _("Not a currency code. Write it like EUR or USD."),
    "sign_of_other_currencies": _(
        "The amount is marked %(sign)s, which is no sign of %(currency)s. If the file names no currency, say which one "
        "its orders are in, and read it again."
    ),
    "currency_mismatch": _(
        "The amount is marked %(other)s, but its order is in %(currency)s. Correct the one that is wrong."
    ),
    "invalid_quantity": _("A quantity is a whole number above zero. Write it like 2."),
    # Dates
    "invalid_date": _("Not a date we can read. Write it like 2026-04-03 18:30."),
    "no_such_day": _("The calendar has no such day. Look the date up in the shop."),
    "date_out_of_range": _(
        "A date before %(earliest)s or after %(latest)s cannot be right. Look it up in the shop."
    ),
    "excel_serial_date": _(
        "A spreadsheet's day count in place of a date. Show the column as a date and save again."
    ),
    "ambiguous_date": _(
        "Day and month could be either way round. Write it like 2026-04-03, or say for the whole file which is first."
    ),
    "date_order_conflict": _(
        "Does not fit the order of day and month chosen for this file. Write it like 2026-04-03."
    ),
    # People
    "invalid_email": _("Not an e-mail address. Write it like ana@example.com, or empty the cell."),
    "email_hidden_character": _(
        "An invisible character (%(character)s) is inside the address. Type it anew."
    ),
    "email_has_newline": _("A line break is inside the address. Write it on one line."),
    "email_two_addresses": _("More than one address in the cell. Keep one."),
    "name_has_newline": _("A line break is inside the name. Write it on one line."),
    "name_too_long": _(
        "Longer than %(limit)s characters, which no name is. Shorten it, or look for cells that ran together."
    ),
    "unknown_country": _(
        "Neither a two-letter country code nor the name of a country. Write it like ES, or empty the cell."
    ),
}


def issue_text(code: str, params: Mapping[str, Any]) -> str:
    """Why a row was not taken."""
    return filled(ISSUE_TEXTS.get(code, code), readable(params))
