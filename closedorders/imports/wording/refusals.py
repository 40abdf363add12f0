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
        _("The file has column titles, but no orders under them."),
        _("Export again with a period that has orders in it."),
    ),
    "no_header": (
        _("The first row is already an order: the row of column titles is missing."),
        _("Export again, or put the row of titles back."),
    ),
    "unknown_format": (
        _("We don't recognise this file. Its columns begin: %(columns)s."),
        _(
            "If the columns ran together, choose below what separates them. If not, export your "
            "orders again from your shop or AliExpress, and upload that file."
        ),
    ),
    "missing_column": (
        _("The column “%(column)s” is missing. Without it we can't see which row is which order."),
        _("Export again with all columns, or put this one back."),
    ),
    "duplicate_column": (
        _("The column “%(column)s” is there twice, and we can't see which one is right."),
        _("Remove or rename one of the two."),
    ),
    "header_repeated": (
        _("The row of titles comes again on line %(line)s: two files seem to have been put together."),
        _("Upload them one by one, or delete the second row of titles."),
    ),
    "file_has_nul": (_("The file is damaged."), _("Export it again and upload it as it comes.")),
    "file_is_binary": (
        _("This is no order file: it may be a picture or a program."),
        _("Export as CSV and upload that file."),
    ),
    "file_is_xlsx": (
        _("This is an Excel file, but none of its sheets has a row of column titles with orders under it."),
        _("Give each column a title, in one of the first twenty rows, and upload the file again."),
    ),
    "no_such_sheet": (
        _("There is no sheet “%(sheet)s” in this file. Its sheets: %(known)s"),
        _("Choose one of the sheets that the file has."),
    ),
    "sheet_without_titles": (
        _("The sheet “%(sheet)s” has no row of column titles with orders under it."),
        _(
            "Choose another sheet. Or give each column a title, in one of the first twenty rows, "
            "and upload the file again."
        ),
    ),
    "file_is_docx": (_("This is a Word document."), _("Export your orders as CSV and upload that file.")),
    "file_is_ods": (
        _("This is a LibreOffice spreadsheet (ODS)."),
        _("Open it, choose Save as, pick “Text CSV”, and upload that file."),
    ),
    "file_is_numbers": (
        _("This is a spreadsheet of Apple Numbers."),
        _("Open it, choose File, Export to, CSV, and upload that file."),
    ),
    "file_is_rtf": (
        _("This is a text document (RTF)."),
        _("Export your orders as CSV and upload that file."),
    ),
    "file_is_xml": (_("This is an XML file."), _("Export your orders as CSV and upload that file.")),
    "file_is_eml": (
        _("This is an e-mail."),
        _("Save the file that is attached to it, and upload that."),
    ),
    "file_is_html_table": (
        _("This is a table of a web page, though its name may end in .xls."),
        _("Open it in a spreadsheet, choose Save as, pick “CSV UTF-8”, and upload that file."),
    ),
    "file_is_xls": (
        _("This is a file of an old Excel (.xls)."),
        _("Open it, choose Save as, and pick “CSV UTF-8”. Better still, upload the export as it came."),
    ),
    "file_is_zip": (_("This is a compressed file (zip)."), _("Unpack it and upload the CSV file inside.")),
    "file_is_gzip": (_("This is a compressed file (gzip)."), _("Unpack it and upload the CSV file inside.")),
    "file_is_pdf": (_("This is a PDF."), _("Export as CSV and upload that file.")),
    "file_is_html": (
        _("This is a web page, not an export. Often it is the sign-in page, saved by mistake."),
        _("Sign in to the shop first, then export again."),
    ),
    "file_is_json": (
        _("This is a JSON file, but not a list of orders."),
        _("Choose CSV when you export, or save the list itself."),
    ),
    "json_damaged": (
        _("The file is cut off or damaged at entry %(line)s."),
        _("Export it again: the download may have been cut off."),
    ),
    "workbook_too_large": (
        _(
            "This Excel file is too large: we read up to %(cell_limit)s cells in a sheet, and "
            "%(limit)s unpacked."
        ),
        _("Save the sheet as “CSV UTF-8” and upload that: such files may be far larger."),
    ),
    "workbook_takes_memory": (
        _("This Excel file takes more than %(limit)s of memory to read, so we stopped."),
        _("Save the sheet as “CSV UTF-8” and upload that: such files may be far larger."),
    ),
    "workbook_takes_time": (
        _("This Excel file takes longer than %(seconds)s seconds to read, so we stopped."),
        _("Save the sheet as “CSV UTF-8” and upload that: such files may be far larger."),
    ),
    "workbook_damaged": (
        _("This Excel file cannot be opened: it is damaged, or has a password."),
        _("Save it again without a password, or export again."),
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
        _(
            "A cell on line %(line)s is longer than %(limit)s characters. Often a closing quote "
            '(") is missing there.'
        ),
        _("Look at that line, or export again."),
    ),
    "line_too_long": (
        _("This is not a CSV file: there is no new row within %(limit)s."),
        _("Export as CSV and upload that file."),
    ),
    "unclosed_quote": (
        _(
            'A quote (") on line %(line)s is never closed, so the rows after it run together. The'
            " download may have been cut off."
        ),
        _("Export it again, or close the quote on that line."),
    ),
    "undecodable_bytes": (
        _("We can't read the letters of this file: it was damaged, or saved in an unusual way."),
        _("Export again and upload the file as it comes, or save it as “CSV UTF-8”."),
    ),
    "other_store": (
        _(
            "Order %(number)s is in “%(store)s” already, with another customer and another date, and so are most "
            "orders of this file that are there. They seem to be of another shop."
        ),
        _("Choose below which store they belong to."),
    ),
    "no_store": (
        _("We don't know which store this file is of."),
        _("Upload the file again and choose the store."),
    ),
    "file_gone": (_("The uploaded file is no longer there."), _("Upload it again.")),
    "gave_up": (
        _("Reading stopped %(attempts)s times. The fault is ours, not your file's."),
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
