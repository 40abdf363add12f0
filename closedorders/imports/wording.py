"""Sentences for the codes of the pure reading modules: `cells.ISSUES`, `csv_table.REFUSALS`, `issues.ASSUMPTIONS`.

A sentence says what is wrong and what to do. Placeholders are the params that the code's own table names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from closedorders.core.templatetags.look import count, file_size

Sentence = str | Promise

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
        "A refund, not an order. The order it belongs to has a row of its own; leave this one out."
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
    "no_store": (_("The import names no store."), _("Upload the file again and choose the store.")),
    "file_gone": (_("The uploaded file is no longer there."), _("Upload it again.")),
    "gave_up": (
        _("Reading stopped halfway %(attempts)s times, for a reason of ours."),
        _("Upload the file again. If it stops once more, tell whoever runs this site."),
    ),
}

ASSUMPTION_TEXTS: Mapping[str, Sentence] = {
    "encoding": _("The text is read as %(encoding)s. Look at names with accents below: do they read well?"),
    "delimiter": _("Cells are separated by: %(delimiter)s"),
    "unwrapped": _("A spreadsheet had put each row into one cell; we took them apart again."),
    "sheet": _("Only the sheet “%(sheet)s” is read."),
    "date_order": _("Dates are read as %(date_order)s, because line %(line)s says %(value)s."),
    "decimal_sign": _(
        "Amounts such as 1,234 are read with “%(decimal_sign)s” before decimals, because line %(line)s says %(value)s."
    ),
    "time_zone": _("Dates without a time zone are taken as %(zone)s."),
    "no_email": _(
        "Line %(line)s has no address in “%(column)s”. Such orders are taken, but their customers cannot be written "
        "to: fill the address in and import the file again, or type it at the order."
    ),
    "currency": _("Orders that name no currency are taken as %(currency)s."),
    "dollars": _(
        "Amounts marked $ and nothing else, as in line %(line)s, are read as US dollars: so AliExpress writes them."
    ),
    "no_total": _(
        "No column of this report is known as the orders' total, so none is read: known totals stay, and new orders "
        "have none. To have them, set your own language in WooCommerce to English and export again."
    ),
}

QUESTION_TEXTS: Mapping[str, Sentence] = {
    "date_order": _("Line %(line)s says %(value)s. Which comes first in this file, the day or the month?"),
    "decimal_sign": _(
        "Line %(line)s says %(value)s. Is the mark in it for thousands, or for decimals? No amount in the file tells."
    ),
}

#: What a person can say about a file, as `Import.answers` names it.
ANSWER_NAMES: Mapping[str, Sentence] = {
    "sheet": _("Sheet"),
    "encoding": _("Encoding"),
    "delimiter": _("Cells are separated by"),
    "date_order": _("Dates"),
    "decimal_sign": _("Decimals are marked by"),
    "default_currency": _("Orders without a currency"),
    "time_zone": _("Dates without a time zone"),
}

DECIMAL_SIGNS: Mapping[str, Sentence] = {".": _("point (1,234.56)"), ",": _("comma (1.234,56)")}

ENCODINGS: Mapping[str, Sentence] = {
    "utf-8": "UTF-8",
    "cp1252": _("Windows, Western Europe (cp1252)"),
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "iso8859-15": _("Western Europe with € (ISO 8859-15)"),
    "cp1250": _("Windows, Central Europe (cp1250)"),
    "mac-roman": _("Old Macintosh (Mac Roman)"),
}

DATE_ORDERS: Mapping[str, Sentence] = {"dmy": _("day, month, year"), "mdy": _("month, day, year")}

DELIMITERS: Mapping[str, Sentence] = {
    ",": _("comma ,"),
    ";": _("semicolon ;"),
    "\t": _("tab"),
    "|": _("bar |"),
}


#: What `Import.format` is called.
#: Why an import cannot be taken back: what people did since with a row that it wrote.
UNDO_REASONS: Mapping[str, Sentence] = {
    "closed": _("a closure is logged"),
    "told": _("its customer was mailed"),
    "refunds": _("a refund is on the worklist"),
    "replaced": _("it was re-placed"),
    "commented": _("it has a comment"),
    "has_files": _("it has a file"),
    "joined": _("an AliExpress order was joined to it"),
    "reimported": _("another import changed it"),
    "edited": _("a person changed it"),
    "overwritten": _("what this import wrote was changed again"),
}

FORMAT_NAMES: Mapping[str, Sentence] = {
    "shopify_orders": _("Shopify order export"),
    "woo_analytics": _("WooCommerce Analytics orders report"),
    "woo_webtoffee": _("WooCommerce order export (WebToffee)"),
    "woo_advanced_export": _("WooCommerce order export (Advanced Order Export)"),
    "dsers_upload": _("DSers order upload template"),
    "aliexpress_inventory": _("AliExpress orders (Shopper Inventory extension)"),
    "aliexpress_inventory_json": _("AliExpress orders (Shopper Inventory extension, JSON)"),
    "aliexpress_bulk_exporter": _("AliExpress orders (Bulk Order Exporter script)"),
    "aliexpress_bulk_exporter_json": _("AliExpress orders (Bulk Order Exporter script, JSON)"),
    "aliexpress_order_list": _("AliExpress orders (list without products)"),
    "aliexpress_backup": _("AliExpress orders (personal data backup)"),
    "order_links": _("Store orders and their AliExpress numbers"),
    "mapped_store_orders": _("Store orders, columns named by you"),
    "mapped_aliexpress_orders": _("AliExpress orders, columns named by you"),
    "mapped_order_links": _("Orders and AliExpress numbers, columns named by you"),
}


#: Params that count something, and refusals whose limit counts bytes.
_NUMBERS = frozenset({"limit", "size", "cell_limit", "columns", "found", "expected"})
_LIMITS_IN_BYTES = frozenset(
    {"file_too_large", "line_too_long", "workbook_takes_memory", "workbook_too_large"}
)


def issue_text(code: str, params: Mapping[str, Any]) -> str:
    """Why a row was not taken."""
    return _filled(ISSUE_TEXTS.get(code, code), _readable(params))


def refusal_texts(code: str, params: Mapping[str, Any]) -> tuple[str, str]:
    """Why a file was refused, and what to do."""
    happened, todo = REFUSAL_TEXTS.get(code, (code, ""))
    return _filled(happened, _readable(params, in_bytes=code in _LIMITS_IN_BYTES)), str(todo)


def assumption_text(code: str, params: Mapping[str, Any]) -> str:
    return _filled(ASSUMPTION_TEXTS.get(code, code), _readable(params))


def question_text(code: str, params: Mapping[str, Any]) -> str:
    return _filled(QUESTION_TEXTS.get(code, code), params)


def warning_texts(samples: Mapping[str, Any]) -> list[str]:
    """What looks as if a spreadsheet had spoilt the file, though each row by itself can be imported."""
    found = []
    if number := samples.get("rounded_numbers", 0):
        text = _now(
            "All %(count)s AliExpress numbers in this file end in 0, which is what a spreadsheet does to long numbers. "
            "Compare one with AliExpress: if it differs, export the file again and do not open it before the import."
        )
        found.append(text % {"count": count(number)})
    names, line = samples.get("lost_letters", (0, 0))
    if names:
        text = ngettext(
            "%(count)s customer's name has question marks in place of letters, on line %(line)s. A spreadsheet that "
            "saves as plain CSV does that. Export the file again, or save it as “CSV UTF-8”.",
            "%(count)s customers' names have question marks in place of letters, the first on line %(line)s. A "
            "spreadsheet that saves as plain CSV does that. Export the file again, or save it as “CSV UTF-8”.",
            names,
        )
        found.append(text % {"count": count(names), "line": line})
    return found


def _readable(params: Mapping[str, Any], *, in_bytes: bool = False) -> dict[str, Any]:
    """The params as a person reads them; `in_bytes` says that the limit is a size. Line numbers stay as they are."""
    readable = dict(params)
    for name in _NUMBERS & readable.keys():
        if isinstance(readable[name], int):
            written = file_size if in_bytes and name in ("limit", "size") else count
            readable[name] = written(readable[name])
    if "date_order" in readable:
        readable["date_order"] = DATE_ORDERS.get(readable["date_order"], readable["date_order"])
    if "delimiter" in readable:
        readable["delimiter"] = DELIMITERS.get(readable["delimiter"], readable["delimiter"])
    return readable


class _Forgiving(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return _now("(not given)")


def _filled(sentence: Sentence, params: Mapping[str, Any]) -> str:
    return str(sentence) % _Forgiving(params)
