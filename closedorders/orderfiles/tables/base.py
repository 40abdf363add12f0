"""What the three kinds of files have in common once they are opened: rows of text under a header.

`csv_table`, `json_table` and `workbook_table` each open one kind and refuse what cannot be trusted as a whole
(`FileRefused`, with a code of `REFUSALS`). `opening.open_rows` tells which kind a file is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Protocol

MAX_BYTES = 512 * 1024 * 1024
MAX_ROWS = 1_500_000
MAX_COLUMNS = 400
MAX_FIELD_CHARACTERS = 64 * 1024
#: A line end must come within this many bytes (of UTF-8); keeps one endless line out of memory.
MAX_LINE_BYTES = 1024 * 1024
#: Of a workbook's sheet; Excel's own end at 31 characters.
LONGEST_SHEET_NAME = 100

#: What each refusal means. The sentence a person reads is made elsewhere, from the code and its params.
REFUSALS: Mapping[str, str] = {
    "empty_file": "The file has no content.",
    "no_rows": "The file has a header but no rows under it.",
    "no_header": "The first row already looks like an order: the header row is missing.",
    "unknown_format": "The header belongs to no known export. Params: columns.",
    "list_of_carts": 'Carts that nobody paid. Params of all lists: shop (whose export it is, or "").',
    "list_of_payments": "Payments or transactions.",
    "list_of_payouts": "What was paid out to the shop's bank.",
    "list_of_customers": "Customers.",
    "list_of_products": "Products or their stock.",
    "list_of_drafts": "Orders that were never placed.",
    "list_of_refunds": "Refunds or disputes.",
    "list_of_sums": "A report of sums by day or month.",
    "missing_column": "A column the format cannot do without is missing. Params: column, format.",
    "duplicate_column": "The header names a column we read twice. Params: column.",
    "header_repeated": "The header row comes again further down. Params: line.",
    "file_has_nul": "The file contains NUL characters: it is damaged or not text. Params: offset.",
    "file_is_binary": "The file is not text.",
    "file_is_xlsx": "An Excel workbook, and no sheet of it has a row of titles with rows beneath.",
    "no_such_sheet": "No worksheet of the workbook has the name that was asked for. Params: sheet, known (names).",
    "sheet_without_titles": "The sheet that was asked for has no row of titles with rows beneath. Params: sheet.",
    "file_is_docx": "A text document of Word.",
    "file_is_ods": "A spreadsheet of LibreOffice or OpenOffice.",
    "file_is_numbers": "A spreadsheet of Numbers.",
    "file_is_rtf": "A text document (RTF).",
    "file_is_xml": "An XML file.",
    "file_is_eml": "An e-mail saved as a file.",
    "file_is_html_table": "A web page's table, as some programs save under a name that ends in .xls.",
    "file_is_xls": "An old Excel workbook: save it as CSV first.",
    "file_is_zip": "A zip archive: unpack it first.",
    "file_is_gzip": "A gzip archive: unpack it first.",
    "file_is_pdf": "A PDF.",
    "file_is_html": "A web page, often a sign-in page saved in place of the export.",
    "file_is_json": "A JSON file, and no list of objects with orders in it.",
    "json_damaged": "Not well-formed JSON, from this entry of the list on. Params: line (the entry).",
    "workbook_too_large": "A workbook larger than we read. Params: size or cells, limit (bytes), cell_limit.",
    "workbook_takes_memory": "A workbook that takes more memory to read than we allow. Params: limit (bytes).",
    "workbook_takes_time": "A workbook that takes longer to read than we allow. Params: seconds.",
    "workbook_damaged": "An Excel workbook that cannot be opened.",
    "file_too_large": "Larger than we read. Params: size, limit (bytes).",
    "too_many_rows": "More rows than we read. Params: limit.",
    "too_many_columns": "More columns than we read. Params: columns, limit.",
    "field_too_long": "One cell is longer than we read, mostly a quote never closed. Params: line, limit (characters).",
    "line_too_long": "No line end for very long: not a CSV file. Params: limit (bytes).",
    "unclosed_quote": "A quote is opened and never closed, so rows run into each other. Params: line.",
    "undecodable_bytes": "Bytes that fit no encoding we know. Params: offset.",
}


class FileRefused(Exception):
    """The whole file is refused. `code` is a key of `REFUSALS`; `params` fill its sentence.

    `how` is `Layout.how` of what was being read, where another way of reading may mend it.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params
        self.how: Mapping[str, Mapping[str, object]] = {}


@dataclass(frozen=True, slots=True)
class Layout:
    """How the bytes are laid out: found once, before the first row.

    `encoding` is a Python codec name. `encoding_assumed` is true where the bytes only suggest it (cp1252, or UTF-16
    without a byte order mark). `wrapped_in` is the delimiter a spreadsheet put around whole rows, "" if none did.
    `kind` says which row source the layout belongs to: csv, json or workbook; `sheet` is the workbook's, and its
    blank rows count among `lines_before_header`. `sheets` are those a person can choose from.
    `long_digits` is false where no cell can have a payment card's number, and `ends_open` is true where the last line
    of a text file has no end.
    `long_lines` is false where no line is longer than a cell may be, so that cells need no measuring.
    """

    encoding: str
    encoding_assumed: bool
    body_offset: int
    size: int
    delimiter: str = ","
    wrapped_in: str = ""
    lines_before_header: int = 0
    kind: str = "csv"
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    long_lines: bool = True
    long_digits: bool = True
    ends_open: bool = False

    def how(self) -> dict[str, dict[str, object]]:
        """What can be read differently, each with its params: a JSON list or a workbook has one encoding only."""
        match self.kind:
            case "csv":
                return {
                    "encoding": {"encoding": self.encoding},
                    "delimiter": {"delimiter": self.delimiter},
                }
            case "workbook":
                return {"sheet": {"sheet": self.sheet[:LONGEST_SHEET_NAME], "sheets": list(self.sheets)}}
        return {}


class Rows(Protocol):
    """Iterate once for `(line, cells)`. `line` grows from row to row and is unique; `cells` is None where unreadable.

    `line` is where a person finds the row: the line of a text file, the row of a sheet, the entry of a JSON list.
    `layout` opens the same file again without another look at all of it; `bytes_read` grows up to `layout.size`.
    """

    header: list[str]
    layout: Layout

    @property
    def bytes_read(self) -> int: ...

    def __iter__(self) -> Iterator[tuple[int, list[str] | None]]: ...

    def close(self) -> None:
        """Let go of what reading takes; the file stays open. Needed where the rows are not read to their end."""


def checked_cells(cells: list[str], *, line: int) -> list[str]:
    """Text as a CSV file would have it: no NUL, no half of a character, LF for each line end, no endless cell."""
    if sum(map(len, cells)) > MAX_FIELD_CHARACTERS and max(map(len, cells)) > MAX_FIELD_CHARACTERS:
        raise FileRefused("field_too_long", line=line, limit=MAX_FIELD_CHARACTERS)
    text = "\n".join(cells)
    if text.isprintable():
        return cells
    if "\0" in text:
        raise FileRefused("file_has_nul", offset=0)
    if any("\ud800" <= each <= "\udfff" for each in text):
        raise FileRefused("undecodable_bytes", offset=0)
    if "\r" in text:
        return [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in cells]
    return cells


def number_text(number: int | float) -> str:
    """A number of a spreadsheet or script as text, in scientific notation where its last digits cannot be trusted.

    Spreadsheets keep fifteen digits and fill up with zeros, so 8190439416163290 may have been …3295; a sixteenth
    digit other than 0 was written by a program. Above 2**53 the number itself has no room for all digits.

    Three decimals get a fourth: a number has no mark for thousands, and `1.2340` cannot be taken to have one.
    """
    if not isfinite(number):
        return str(number)
    whole = int(number)
    if whole != number:
        text = format(number, ".15g")  # As spreadsheets show it: 19.99, not 19.989999999999998.
        return f"{text}0" if text[-4:-3] == "." else text
    if abs(whole) < 10**15 or (abs(whole) < 2**53 and whole % 10):
        return str(whole)
    return format(number, ".14E")
