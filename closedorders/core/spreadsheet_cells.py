"""Cells that a spreadsheet shows and never runs."""

from __future__ import annotations

import re

# A cell that starts like this is a formula to Excel, LibreOffice or Google Sheets; the full-width twins count too.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Where Excel splits at semicolons, as in Spain, or a person says tabs, a cell begins in the middle of another one; its
# quotation marks are not looked at by then, and stand before what the cell holds.
_NEXT_CELL = re.compile(r"""([;\t\r\n|]["'\s]*+)(?=[=+\-@＝＋－＠])""")


def neutral(cell: object) -> str:
    """The cell as text, with an apostrophe in front where a spreadsheet would take it, or part of it, for a formula."""
    text = _NEXT_CELL.sub(r"\1'", "" if cell is None else str(cell))
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def guarded(text: str) -> str:
    """`neutral`, for a file that comes back: `'=1` gets an apostrophe too, so that `unguarded` knows its own."""
    return "'" + text if text.lstrip("'").startswith(FORMULA_STARTS) else text


def unguarded(text: str) -> str:
    """What `guarded` was given. A spreadsheet that read a CSV file saves the apostrophe as it found it."""
    return text[1:] if text[:1] == "'" and text.lstrip("'").startswith(FORMULA_STARTS) else text
