"""How a file is read: what was assumed, what is asked, what looks spoilt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from closedorders.core.text.formatting import count

from .names import Sentence
from .sentences import filled, readable

ASSUMPTION_TEXTS: Mapping[str, Sentence] = {
    "encoding": _("The text is read as %(encoding)s. Look at names with accents below: do they read well?"),
    "delimiter": _("Cells are separated by: %(delimiter)s"),
    "unwrapped": _("A spreadsheet had put each row into one cell. We have separated them again."),
    "sheet": _("Only the sheet “%(sheet)s” is read."),
    "date_order": _("Dates are read as %(date_order)s, because line %(line)s says %(value)s."),
    "decimal_sign": _(
        "Amounts such as 1,234 are read with “%(decimal_sign)s” before decimals, because line %(line)s says %(value)s."
    ),
    "time_zone": _("Dates without a time zone are taken as %(zone)s."),
    "no_email": _(
        "Line %(line)s has no e-mail address in “%(column)s”. Such orders are imported, but "
        "you cannot write to their customers: add the address and import the file again, or "
        "type it on the order's page."
    ),
    "no_email_column": _(
        "The file has no column of e-mail addresses, so you cannot write to the customers of its new orders. To do so, "
        "export it with that column."
    ),
    "no_total_column": _(
        "The file has no column of totals, so its new orders have none. To have them, export it with that column."
    ),
    "card_numbers": _(
        "The file has numbers of payment cards (line %(line)s is the first). We left them out. Delete the file where "
        "you do not need it."
    ),
    "cut_off": _(
        "The file ends in the middle of line %(line)s, so orders after it may be missing. Export it again."
    ),
    "currency": _("Orders that name no currency are taken as %(currency)s."),
    "dollars": _(
        "Amounts marked $ and nothing else, as in line %(line)s, are read as US dollars: so AliExpress writes them."
    ),
    "no_total": _(
        "We don't recognise the column of totals in this report: new orders will have no "
        "total, and known ones keep theirs. To have them, set your language in WooCommerce to"
        " English and export again."
    ),
}

QUESTION_TEXTS: Mapping[str, Sentence] = {
    "date_order": _("Line %(line)s says %(value)s. Which comes first in this file, the day or the month?"),
    "decimal_sign": _(
        "Line %(line)s says %(value)s. Is the mark in it for thousands, or for decimals? No amount in the file tells."
    ),
}


def assumption_text(code: str, params: Mapping[str, Any]) -> str:
    return filled(ASSUMPTION_TEXTS.get(code, code), readable(params))


def question_text(code: str, params: Mapping[str, Any]) -> str:
    return filled(QUESTION_TEXTS.get(code, code), params)


def warning_texts(samples: Mapping[str, Any]) -> list[str]:
    """What looks as if a spreadsheet had spoilt the file, though each row by itself can be imported."""
    found = []
    if number := samples.get("rounded_numbers", 0):
        sentence = _(
            "All %(count)s AliExpress numbers in this file end in 0, which is what a spreadsheet does to long numbers. "
            "Compare one with AliExpress: if it differs, export the file again and do not open it before the import."
        )
        found.append(str(sentence) % {"count": count(number)})
    undoing, number = samples.get("undoing", (0, ""))
    if undoing:
        text = ngettext(
            "This file is older than what is here: it would take back a refund, shipment or cancellation of %(count)s "
            "order (%(number)s). Export again, or save it if the file is right.",
            "This file is older than what is here: it would take back refunds, shipments or cancellations of %(count)s "
            "orders (the first is %(number)s). Export again, or save it if the file is right.",
            undoing,
        )
        found.append(text % {"count": count(undoing), "number": number})
    names, line = samples.get("other_names", (0, 0))
    if names:
        text = ngettext(
            "%(count)s order has the e-mail address of an order with another name (line %(line)s). Each order has "
            "its own name; messages go to the shared address.",
            "%(count)s orders have the e-mail address of an order with another name (the first on line %(line)s). "
            "Each order has its own name; messages go to the shared address.",
            names,
        )
        found.append(text % {"count": count(names), "line": line})
    names, line = samples.get("lost_letters", (0, 0))
    if names:
        text = ngettext(
            "%(count)s order has “?” or “�” in place of letters (line %(line)s): a spreadsheet lost the accents. "
            "Export the file again, or save it as “CSV UTF-8”.",
            "%(count)s orders have “?” or “�” in place of letters (the first on line %(line)s): a spreadsheet lost the "
            "accents. Export the file again, or save it as “CSV UTF-8”.",
            names,
        )
        found.append(text % {"count": count(names), "line": line})
    return found
