"""Cells that a spreadsheet shows and never runs."""

from __future__ import annotations

# A cell that starts like this is a formula to Excel, LibreOffice or Google Sheets; the full-width twins count too.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def neutral(cell: object) -> str:
    """The cell as text, with an apostrophe in front where a spreadsheet would take it for a formula."""
    text = "" if cell is None else str(cell)
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def guarded(text: str) -> str:
    """`neutral`, for a file that comes back: `'=1` gets an apostrophe too, so that `unguarded` knows its own."""
    return "'" + text if text.lstrip("'").startswith(FORMULA_STARTS) else text


def unguarded(text: str) -> str:
    """What `guarded` was given. A spreadsheet that read a CSV file saves the apostrophe as it found it."""
    return text[1:] if text[:1] == "'" and text.lstrip("'").startswith(FORMULA_STARTS) else text
