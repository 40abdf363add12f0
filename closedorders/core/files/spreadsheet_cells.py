"""Texts made safe for spreadsheets, which run cells that look like formulas."""

from __future__ import annotations

import re
from datetime import date, datetime

# A cell that starts like this is a formula to Excel, LibreOffice or Google Sheets; the full-width twins count too.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Where Excel splits at semicolons, as in Spain, or a person says tabs, a cell begins in the middle of another one. By
# then nobody looks at the quotation marks, and those of a file stand before what the cell holds.
_BEGINS_INSIDE = r"""([;\t\r\n|]["\s]*+)"""
_FORMULA_INSIDE = re.compile(_BEGINS_INSIDE + r"(?=[=+\-@＝＋－＠])")
_TO_GUARD_INSIDE = re.compile(_BEGINS_INSIDE + r"(?='*[=+\-@＝＋－＠])")
_GUARDED_INSIDE = re.compile(_BEGINS_INSIDE + r"'(?='*[=+\-@＝＋－＠])")
# Of sixteen digits it keeps fifteen, and of zeros in front none.
_LOSES_DIGITS = re.compile(r"0\d+|\d{16,}", re.ASCII)


def neutral(cell: object) -> str:
    """The cell as text, with an apostrophe in front where a spreadsheet would take it, or part of it, for a formula."""
    if isinstance(cell, date):
        return written(cell)
    text = _FORMULA_INSIDE.sub(r"\1'", "" if cell is None else str(cell))
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def written(day: date) -> str:
    """A day or a moment as every spreadsheet reads it, a moment to the minute and in the zone it is in."""
    return day.strftime("%Y-%m-%d %H:%M") if isinstance(day, datetime) else day.isoformat()


def guarded(text: str) -> str:
    """`neutral`, for a file that comes back: `'=1` gets an apostrophe too, so that `unguarded` knows its own.

    So does a number of which a spreadsheet that saves the file would lose digits.
    """
    text = _TO_GUARD_INSIDE.sub(r"\1'", text)
    return "'" + text if _has_guard(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given. A spreadsheet that read a CSV file saves the apostrophe as it found it."""
    if text[:1] == "'" and _has_guard(text):
        text = text[1:]
    return _GUARDED_INSIDE.sub(r"\1", text)


def _has_guard(text: str) -> bool:
    bare = text.lstrip("'")
    return bare.startswith(FORMULA_STARTS) or _LOSES_DIGITS.fullmatch(bare) is not None
