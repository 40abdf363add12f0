"""What is wrong with a row, what was taken for granted, and what a person must answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_MAX_VALUE_SHOWN = 200

#: What we took for granted, for the preview to say.
ASSUMPTIONS: Mapping[str, str] = {
    "encoding": "The bytes only suggest the encoding: names with accents should be looked at. Params: encoding.",
    "delimiter": "Cells are separated by something other than a comma. Params: delimiter.",
    "unwrapped": "A spreadsheet had put each row into one cell; they were taken apart again.",
    "sheet": "Of a workbook one sheet is read. Params: sheet, sheets (those to choose from).",
    "date_order": "The order of day and month follows from dates in the file. Params: date_order, line, value.",
    "decimal_sign": "Whether 1,234 has decimals follows from other amounts. Params: decimal_sign, line, value.",
    "time_zone": "Dates without an offset are in the team's time zone. Params: zone.",
    "no_email_column": "A list of a shop's orders without a column for addresses.",
    "no_total_column": "A list of a shop's orders without a column for totals.",
    "card_numbers": "Payment cards' numbers are left out. Params: line of the first.",
    "cut_off": "The file ends in the middle of its last row. Params: line.",
    "no_email": "Orders whose cell for the e-mail is blank are taken. Params: line, column of the first.",
    "currency": "Orders without a currency are in the store's. Params: currency.",
    "dollars": "Amounts marked `$` alone are of the USA, where the shop has no dollars. Params: line of the first.",
    "no_total": "No column is known for the orders' totals, in a report that has one in every language.",
}
#: What a person must answer, once per file; reading again with the answer takes the rows refused for it.
QUESTIONS: Mapping[str, str] = {
    "date_order": "Is 03/04/2025 the third of April (dmy) or the fourth of March (mdy)? Params: line, column, value.",
    "decimal_sign": "Is 1,234 a thousand and more ('.') or one and a bit (',')? Params: line, column, value.",
}

#: An order's rows that stand twice or apart: which of them are right is for a person to decide.
ORDER_AGAIN = frozenset({"order_repeated", "order_apart"})


@dataclass(frozen=True, slots=True)
class RowIssue:
    """Why a row was not taken. `column` is the file's own header, "" for the row as a whole; `value` may be cut.

    One row can have several issues. `cells` is the row as the file has it, for the file of rows to mend; it is empty
    where broken quotes hide the cells. `order_rows` are the (line, cells) of the same order that were taken, with the
    first of its bad rows. `code` is a key of `cells.ISSUES`.
    """

    line: int
    column: str
    value: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)
    cells: tuple[str, ...] = ()
    order_rows: tuple[tuple[int, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Assumption:
    """`code` is a key of `ASSUMPTIONS`."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """`code` is a key of `QUESTIONS`; the params are the first cell that raised it."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)


def row_issue(
    line: int,
    row: Sequence[str],
    code: str,
    params: Mapping[str, object] | None = None,
    *,
    column: str = "",
    value: str = "",
) -> RowIssue:
    return RowIssue(line, column, value[:_MAX_VALUE_SHOWN], code, params or {}, tuple(row))
