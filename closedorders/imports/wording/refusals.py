"""Why a file is refused, and what to do: two sentences for each code of the reader's `FileRefused`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from .lists import LISTS, where_orders_are
from .names import Sentence
from .sentences import filled, readable

#: Code -> (what happened, what to do).
REFUSAL_TEXTS: Mapping[str, tuple[Sentence, Sentence]] = {
    "empty_file": (_("The file is empty."), _("Export it again: the download may have been cut off.")),
    "no_rows": (
        _("The file has a header, but no orders under it."),
        _("Export again with a period that has orders in it."),
    ),
    "no_header": (
        _("The first row is already an order: the header row is missing."),
        _("Export again, or put the header row back."),
    ),
    "unknown_format": (
        _("The columns belong to no export we know. They begin: %(columns)s."),
        _(
            "If the columns ran together, choose below what separates the cells. Else upload an order export of "
            "Shopify, WooCommerce, DSers or AliExpress, or any table with a header row and at least two columns."
        ),
    ),
    "missing_column": (
        _("The column “%(column)s” is missing, and the orders cannot be told apart without it."),
        _("Export again with all columns, or put this one back."),
    ),
    "duplicate_column": (
        _("The column “%(column)s” is there twice, so it is unclear which one to read."),
        _("Remove or rename one of the two."),
    ),
    "header_repeated": (
        _("The header row comes again on line %(line)s: two files seem to have been put together."),
        _("Upload them one by one, or remove the second header."),
    ),
    "file_has_nul": (_("The file is damaged, or not text."), _("Export it again and upload it as it comes.")),
    "file_is_binary": (_("The file is not text."), _("Export as CSV and upload that file.")),
    "file_is_xlsx": (
        _("This is an Excel workbook, and no sheet of it has a row of column titles with rows beneath it."),
        _(
            "Give each column a title in words, in one of the first twenty rows, and upload the workbook again."
        ),
    ),
    "no_such_sheet": (
        _("There is no sheet “%(sheet)s” in this file. Its sheets: %(known)s"),
        _("Choose one of the sheets that the file has."),
    ),
    "sheet_without_titles": (
        _("The sheet “%(sheet)s” has no row of column titles with rows beneath it."),
        _(
            "Choose another sheet. Or give each column a title in words, in one of the first twenty rows, and upload "
            "the workbook again."
        ),
    ),
    "file_is_xls": (
        _("This is an old Excel workbook."),
        _("Open it, choose Save as, and pick “CSV UTF-8”. Better still, upload the export as it came."),
    ),
    "file_is_zip": (_("This is a zip archive."), _("Unpack it and upload the CSV file inside.")),
    "file_is_gzip": (_("This is a gzip archive."), _("Unpack it and upload the CSV file inside.")),
    "file_is_pdf": (_("This is a PDF."), _("Export as CSV and upload that file.")),
    "file_is_html": (
        _("This is a web page, not an export. Often it is a sign-in page saved by mistake."),
        _("Sign in to the shop first, then export again."),
    ),
    "file_is_json": (
        _("This is a JSON file, but not a list of orders."),
        _("Choose CSV when you export, or save the list itself."),
    ),
    "json_damaged": (
        _("The JSON file is cut off or damaged at entry %(line)s of its list."),
        _("Export it again: the download may have been cut off."),
    ),
    "workbook_too_large": (
        _(
            "The workbook is larger than we read: up to %(cell_limit)s cells in a sheet, and %(limit)s unpacked."
        ),
        _("Save the sheet as “CSV UTF-8” and upload that: such files may be far larger."),
    ),
    "workbook_takes_memory": (
        _("Reading this workbook takes more than %(limit)s of memory, so we stopped reading it."),
        _("Save the sheet as “CSV UTF-8” and upload that: such files may be far larger."),
    ),
    "workbook_takes_time": (
        _("Reading this workbook takes longer than %(seconds)s seconds, so we stopped reading it."),
        _("Save the sheet as “CSV UTF-8” and upload that: such files may be far larger."),
    ),
    "workbook_damaged": (
        _("The Excel workbook cannot be opened: it is damaged, or protected with a password."),
        _("Save it anew without a password, or export again."),
    ),
    "file_too_large": (
        _("The file has %(size)s, and we read up to %(limit)s."),
        _("Export a shorter period, in several files."),
    ),
    "too_many_rows": (
        _("The file has more than %(limit)s rows."),
        _("Export a shorter period, in several files."),
    ),
    "too_many_columns": (
        _("The file has %(columns)s columns, and we read up to %(limit)s."),
        _("Upload the export as it came from the shop."),
    ),
    "field_too_long": (
        _("A cell on line %(line)s is longer than %(limit)s characters. Mostly a quote was never closed."),
        _("Look at that line, or export again."),
    ),
    "line_too_long": (
        _("There is no line end within %(limit)s: this is not a CSV file."),
        _("Export as CSV and upload that file."),
    ),
    "unclosed_quote": (
        _("A quote is opened on line %(line)s and never closed, so the rows after it run into each other."),
        _("Close the quote on that line, or export again."),
    ),
    "undecodable_bytes": (
        _("The file's text is in an encoding we cannot read, or was damaged on the way."),
        _("Export again and upload the file as it comes, or save it as “CSV UTF-8”."),
    ),
    "other_store": (
        _(
            "Order %(number)s is in “%(store)s” already, with another customer and another date, and so are most "
            "orders of this file that are there. They seem to be of another shop."
        ),
        _("Choose below which store they belong to."),
    ),
    "no_store": (_("The import names no store."), _("Upload the file again and choose the store.")),
    "file_gone": (_("The uploaded file is no longer there."), _("Upload it again.")),
    "gave_up": (
        _("Reading stopped halfway %(attempts)s times, for a reason of ours."),
        _("Upload the file again. If it stops once more, tell whoever runs this site."),
    ),
}


#: Refusals whose limit counts bytes.
_LIMITS_IN_BYTES = frozenset(
    {"file_too_large", "line_too_long", "workbook_takes_memory", "workbook_too_large"}
)


def refusal_texts(code: str, params: Mapping[str, Any]) -> tuple[str, str]:
    """Why a file was refused, and what to do."""
    if code in LISTS:
        return str(LISTS[code]), where_orders_are(params)
    happened, todo = REFUSAL_TEXTS.get(code, (code, ""))
    return filled(happened, readable(params, in_bytes=code in _LIMITS_IN_BYTES)), str(todo)
