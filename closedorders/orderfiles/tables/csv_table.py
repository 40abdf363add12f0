"""From a seekable binary file to rows of text: what is refused, what is mended, what is assumed.

A file comes from a store, a browser extension, or a merchant's spreadsheet, so almost everything about it is
unsure: encoding, delimiter, line ends, quoting. `CsvRows` settles these once and then streams rows; memory does
not grow with the file.

* A file that cannot be trusted as a whole raises `FileRefused(code, params)`; `REFUSALS` says what each code means.
  Most refusals come from the constructor. Those that show only on the way (`unclosed_quote`, `header_repeated`,
  `too_many_rows`, `field_too_long`) are raised while iterating: read a file once before writing anything from it.
* A row whose quotes are broken is handed over as `None` in place of its cells; the rows after it go on.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO, NamedTuple

MAX_BYTES = 512 * 1024 * 1024
MAX_ROWS = 1_500_000
MAX_COLUMNS = 400
MAX_FIELD_CHARACTERS = 64 * 1024
#: A line end must come within this many bytes (of UTF-8); keeps one endless line out of memory.
MAX_LINE_BYTES = 1024 * 1024

DELIMITERS = (",", ";", "\t", "|")
#: Encodings a person may name where the bytes mislead: Python codec names. `utf-16` takes its byte order from the file.
ENCODINGS = ("utf-8", "cp1252", "utf-16", "iso8859-15", "cp1250", "mac-roman")

#: Of a workbook's sheet; Excel's own end at 31 characters.
LONGEST_SHEET_NAME = 100

_CHUNK = MAX_LINE_BYTES  # No longer, so that only lines reaching over the end of a chunk need measuring.
_HEAD = 4096
_BLANK_LINES_BEFORE_HEADER = 200
_LINES_IN_HEADER = 20

#: What each refusal means. The sentence a person reads is made elsewhere, from the code and its params.
REFUSALS: Mapping[str, str] = {
    "empty_file": "The file has no content.",
    "no_rows": "The file has a header but no rows under it.",
    "no_header": "The first row already looks like an order: the header row is missing.",
    "unknown_format": "The header belongs to no known export. Params: columns.",
    "missing_column": "A column the format cannot do without is missing. Params: column, format.",
    "duplicate_column": "The header names a column we read twice. Params: column.",
    "header_repeated": "The header row comes again further down. Params: line.",
    "file_has_nul": "The file contains NUL characters: it is damaged or not text. Params: offset.",
    "file_is_binary": "The file is not text.",
    "file_is_xlsx": "An Excel workbook, and no sheet of it has a row of titles with rows beneath.",
    "no_such_sheet": "No worksheet of the workbook has the name that was asked for. Params: sheet, known (names).",
    "sheet_without_titles": "The sheet that was asked for has no row of titles with rows beneath. Params: sheet.",
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


class CsvRows:
    """Rows of a CSV file. Iterating yields `(line, cells)`; `line` counts the file's lines from 1.

    `cells` is a list as long as the row is in the file, or None where quotes are broken. Blank lines and rows without
    any text are skipped. Iterate once; the file stays open and its position is not kept.
    """

    def __init__(self, file: BinaryIO, *, layout: Layout | None = None) -> None:
        self._file = file
        self.layout = layout or inspect(file)
        self.bytes_read = 0
        self._raw_line = ""
        text = _open_text(file, self.layout, count=self._count_bytes)
        for _ in range(self.layout.lines_before_header):
            next(text)
        self._lines: Iterator[str] = text
        self._outer: _Unwrapped | None = None
        if self.layout.wrapped_in:
            self._lines = self._outer = _Unwrapped(text, self.layout.wrapped_in)
        elif self.layout.delimiter == "\t":
            self._lines = self._remember_line(text)
        self._reader = csv.reader(self._lines, delimiter=self.layout.delimiter, strict=True)
        try:
            self._raw_header = next(self._reader)
        except csv.Error as error:
            raise _refusal_for(error, line=self.layout.lines_before_header + 1) from error
        self.header = list(self._raw_header)
        while self.header and not self.header[-1].strip():
            self.header.pop()
        if len(self.header) > MAX_COLUMNS:
            raise FileRefused("too_many_columns", columns=len(self.header), limit=MAX_COLUMNS)
        self.header_line = self._last_line()

    def __iter__(self) -> Iterator[tuple[int, list[str] | None]]:
        reader, header = self._reader, self._raw_header
        first_header = header[0]
        offset = self.layout.lines_before_header
        outer = self._outer
        measured = self.layout.long_lines or outer is not None
        end = self._last_line()
        count = 0
        while True:
            try:
                for row in reader:
                    start = end + 1
                    end = (reader.line_num if outer is None else outer.line_num) + offset
                    if not row or (not row[0].strip() and not "".join(row).strip()):
                        continue
                    if row[0] == first_header and row == header:
                        raise FileRefused("header_repeated", line=start)
                    if end != start:
                        self._check_swallowed_rows(row, line=start)
                    # Summing lengths costs a tenth of parsing, and a row within one short line has no long cell.
                    if (
                        (measured or end != start)
                        and sum(map(len, row)) > MAX_FIELD_CHARACTERS
                        and max(map(len, row)) > MAX_FIELD_CHARACTERS
                    ):
                        raise FileRefused("field_too_long", line=start, limit=MAX_FIELD_CHARACTERS)
                    count += 1
                    if count > MAX_ROWS:
                        raise FileRefused("too_many_rows", limit=MAX_ROWS)
                    yield start, row
            except csv.Error as error:
                start, end = end + 1, self._last_line()
                # A quote that swallowed line ends may have swallowed good rows with them: nothing after it is safe.
                if end != start or not _is_stray_quote(error):
                    raise _refusal_for(error, line=start) from error
                count += 1
                yield start, self._split_plainly()
            else:
                return

    def close(self) -> None:
        """Nothing is open but the file, which is the caller's."""

    def _last_line(self) -> int:
        lines = self._reader.line_num if self._outer is None else self._outer.line_num
        return lines + self.layout.lines_before_header

    def _count_bytes(self, number: int) -> None:
        self.bytes_read += number

    def _remember_line(self, text: Iterator[str]) -> Iterator[str]:
        for line in text:
            self._raw_line = line
            yield line

    def _split_plainly(self) -> list[str] | None:
        """Scripts that write tabs wrap titles in quotes without doubling the ones inside (`"10" cable"`)."""
        if self.layout.delimiter != "\t":
            return None
        cells = [
            cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
            for cell in self._raw_line.rstrip("\n").split("\t")
        ]
        return cells if len(cells) == len(self._raw_header) else None

    def _check_swallowed_rows(self, row: list[str], *, line: int) -> None:
        width = len(self.header)
        if len(row) == len(self._raw_header) or width < 3:
            return
        for cell in row:
            if "\n" in cell and any(
                part.count(self.layout.delimiter) >= width - 1 for part in cell.split("\n")[1:]
            ):
                raise FileRefused("unclosed_quote", line=line)


def inspect(file: BinaryIO, *, encoding: str = "", delimiter: str = "") -> Layout:
    """Read the bytes once: refuse what is no CSV text, and settle encoding, delimiter and wrapping.

    `encoding` (of `ENCODINGS`) and `delimiter` (of `DELIMITERS`) are what a person said; blank ones are found out.
    """
    if encoding not in ("", *ENCODINGS) or delimiter not in ("", *DELIMITERS):
        raise ValueError(f"no such encoding or delimiter: {encoding!r}, {delimiter!r}")
    size = file.seek(0, io.SEEK_END)
    if size == 0:
        raise FileRefused("empty_file")
    if size > MAX_BYTES:
        raise FileRefused("file_too_large", size=size, limit=MAX_BYTES)
    file.seek(0)
    head = file.read(_HEAD)
    _refuse_other_kinds(file, head, size)
    layout = _told_encoding(file, head, size, encoding) if encoding else _settle_encoding(file, head, size)
    return _settle_delimiter(file, layout, delimiter)


def _refuse_other_kinds(file: BinaryIO, head: bytes, size: int) -> None:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        file.seek(max(0, size - 64 * 1024))
        around = head + file.read(64 * 1024)
        raise FileRefused("file_is_xlsx" if b"xl/" in around else "file_is_zip")
    for magic, code in (
        (b"\xd0\xcf\x11\xe0", "file_is_xls"),
        (b"\x1f\x8b", "file_is_gzip"),
        (b"%PDF", "file_is_pdf"),
    ):
        if head.startswith(magic):
            raise FileRefused(code)
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:200].lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<table", b"<body")):
        raise FileRefused("file_is_html")
    if start.startswith((b"{", b"[{", b"[\n", b"[\r")):
        raise FileRefused("file_is_json")


def _settle_encoding(file: BinaryIO, head: bytes, size: int) -> Layout:
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise FileRefused("undecodable_bytes", offset=0)
    if head.startswith(codecs.BOM_UTF8):
        layout = Layout("utf-8", False, 3, size)
    elif head.startswith(codecs.BOM_UTF16_LE):
        layout = Layout("utf-16-le", False, 2, size)
    elif head.startswith(codecs.BOM_UTF16_BE):
        layout = Layout("utf-16-be", False, 2, size)
    else:
        layout = Layout(_utf16_by_nul_pattern(head) or "utf-8", False, 0, size)
        if layout.encoding != "utf-8":
            layout = Layout(layout.encoding, True, 0, size)
    if layout.encoding == "utf-8" and _is_binary(head):
        raise FileRefused("file_is_binary")
    scan = _scan(file, layout)
    if scan.failed_at < 0:
        return replace(layout, long_lines=scan.long_lines)
    # Text that was good UTF-8 with accents until here is damaged UTF-8, not another encoding.
    if layout.encoding != "utf-8" or layout.body_offset or scan.accents_before:
        raise FileRefused("undecodable_bytes", offset=scan.failed_at)
    return _decodable(file, Layout("cp1252", True, 0, size))


def _told_encoding(file: BinaryIO, head: bytes, size: int, encoding: str) -> Layout:
    offset = 0
    if encoding == "utf-16":
        if 0 not in head:
            # Its separators and line ends have a zero each. Other text read so is noise in which no address is found,
            # and whoever knows how turns it back.
            raise FileRefused("undecodable_bytes", offset=0)
        big = head.startswith(codecs.BOM_UTF16_BE) or _utf16_by_nul_pattern(head) == "utf-16-be"
        encoding = "utf-16-be" if big else "utf-16-le"
        offset = 2 if head.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)) else 0
    elif encoding == "utf-8" and head.startswith(codecs.BOM_UTF8):
        offset = 3
    return _decodable(file, Layout(encoding, False, offset, size))


def _decodable(file: BinaryIO, layout: Layout) -> Layout:
    scan = _scan(file, layout)
    if scan.failed_at >= 0:
        raise FileRefused("undecodable_bytes", offset=scan.failed_at)
    return replace(layout, long_lines=scan.long_lines)


def _utf16_by_nul_pattern(head: bytes) -> str:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    if odd > half * 0.6 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.05:
        return "utf-16-be"
    return ""


def _is_binary(head: bytes) -> bool:
    control = len(head) - len(head.translate(None, bytes(b for b in range(32) if b not in b"\t\n\r\f\x1b")))
    return control > max(8, len(head) // 50)


class _Scan(NamedTuple):
    """`failed_at`: offset of the first undecodable byte or -1. `accents_before`: whether accents come before it."""

    failed_at: int
    accents_before: bool
    long_lines: bool


def _scan(file: BinaryIO, layout: Layout) -> _Scan:
    """Decode everything once."""
    decoder = codecs.getincrementaldecoder(layout.encoding)("strict")
    wide = layout.encoding.startswith("utf-16")
    file.seek(layout.body_offset)
    offset = layout.body_offset
    since_line_end = 0
    seen_accents = False
    long_lines = False
    pending = False
    while True:
        chunk = file.read(_CHUNK)
        if wide or pending or not chunk.isascii() or not chunk:
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                accents = seen_accents or not error.object[: error.start].isascii()
                return _Scan(offset + error.start, accents, True)
            # Its bytes in UTF-8, so that line ends and NULs are found the same way in every encoding.
            plain = text.encode("utf-8", "surrogatepass") if wide else chunk
            seen_accents = seen_accents or not text.isascii()
            pending = bool(decoder.getstate()[0])
        else:
            plain = chunk
        if not chunk:
            return _Scan(-1, seen_accents, long_lines or since_line_end > MAX_FIELD_CHARACTERS)
        nul = plain.find(b"\0")
        if nul >= 0:
            raise FileRefused("file_has_nul", offset=offset + (nul * 2 if wide else nul))
        first = min((at for at in (plain.find(b"\n"), plain.find(b"\r")) if at >= 0), default=-1)
        if first < 0:
            since_line_end += len(plain)
        else:
            since_line_end += first
        if since_line_end > MAX_LINE_BYTES:
            raise FileRefused("line_too_long", limit=MAX_LINE_BYTES)
        long_lines = long_lines or since_line_end > MAX_FIELD_CHARACTERS or _has_long_line(plain)
        if first >= 0:
            since_line_end = len(plain) - max(plain.rfind(b"\n"), plain.rfind(b"\r")) - 1
        offset += len(chunk)


def _has_long_line(text: bytes) -> bool:
    """Whether line ends in `text` are anywhere further apart than a cell may be long: a few looks, not one a line."""
    at, last = 0, len(text) - MAX_FIELD_CHARACTERS
    while at < last:
        reach = at + MAX_FIELD_CHARACTERS
        end = max(text.rfind(b"\n", at, reach), text.rfind(b"\r", at, reach))
        if end < 0:
            return True
        at = end + 1
    return False


def _settle_delimiter(file: BinaryIO, layout: Layout, answer: str = "") -> Layout:
    text = _open_text(file, layout)
    skipped = 0
    told = ""
    record = ""
    for line in text:
        bare = line.strip().strip('"').strip()
        if bare[:4].lower() == "sep=" and not told and bare[4:5] in (*DELIMITERS, ""):
            told = bare[4:5] or "\t"
        elif line.strip(" \n\t,;|"):
            record = line
            break
        skipped += 1
        if skipped > _BLANK_LINES_BEFORE_HEADER:
            raise FileRefused("no_header")
    if not record:
        raise FileRefused("empty_file")
    for _ in range(_LINES_IN_HEADER):
        if record.count('"') % 2 == 0:
            break
        record += next(text, "")
    else:
        raise FileRefused("unclosed_quote", line=skipped + 1)
    following = next((line for line in text if line.strip(" \n\t,;|")), "")
    delimiter, wrapped_in = (answer, "") if answer else _delimiter_of(record, following, told)
    return replace(layout, delimiter=delimiter, wrapped_in=wrapped_in, lines_before_header=skipped)


def _delimiter_of(record: str, following: str, told: str) -> tuple[str, str]:
    """(delimiter, delimiter around whole rows or "") from the header's text and the first row's first line.

    A spreadsheet that expects `;` puts a whole comma row into one cell, quotes it when it holds a quote, and ends it
    with `;`. Its header often has no quotes, so the row under it is looked at as well.
    """
    for outer in (";", ",", "\t"):
        cells = _texts(_cells(record, outer))
        if record.lstrip().startswith('"') and len(cells) == 1 and len(_cells(cells[0], ",")) > 1:
            return ",", outer
    best = told if len(_texts(_cells(record, told))) > 1 else ""
    if not best:
        best = max(DELIMITERS, key=lambda each: len(_texts(_cells(record, each))))
    width = len(_texts(_cells(record, best)))
    if best == "," and width > 1:
        if record.rstrip("\n").endswith(";"):
            return ",", ";"
        if following.startswith('"'):
            for outer in (";", ","):
                cells = _texts(_cells(following, outer))
                if len(cells) == 1 and cells[0].count(",") >= width - 1 and "\n" not in cells[0]:
                    return ",", outer
    return best, ""


def _cells(text: str, delimiter: str) -> list[str]:
    if not delimiter:
        return []
    try:
        return next(csv.reader(_ended_lines(text), delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def _ended_lines(text: str) -> list[str]:
    # Not splitlines(): it also breaks at U+2028, vertical tabs and the like, which are text in a cell.
    return [line + "\n" for line in text.removesuffix("\n").split("\n")]


def _texts(cells: list[str]) -> list[str]:
    return [cell for cell in cells if cell.strip()]


class _Unwrapped:
    """The lines a comma file had before a spreadsheet put each of them into one cell.

    The spreadsheet split a line at its own delimiter without minding quotes, so joining the cells by it restores the
    line exactly, line feeds inside cells included: they became rows, and become lines again.
    """

    def __init__(self, text: Iterator[str], outer: str) -> None:
        self._reader = csv.reader(text, delimiter=outer, strict=True)
        self._outer = outer
        self._waiting: list[str] = []

    @property
    def line_num(self) -> int:
        return self._reader.line_num

    def __iter__(self) -> _Unwrapped:
        return self

    def __next__(self) -> str:
        if self._waiting:
            return self._waiting.pop()
        cells = next(self._reader)
        texts = _texts(cells)
        if self._outer == "," and len(texts) > 1:
            line = ",".join('"' + cell.replace('"', '""') + '"' if cell else "" for cell in cells)
        elif self._outer == ",":  # The blank cells after it are the spreadsheet's, those within it the row's.
            line = texts[0] if texts else ""
        else:
            line = self._outer.join(cells).rstrip(self._outer)
        first, *rest = _ended_lines(line)
        self._waiting = rest[::-1]
        return first


class _CountingBytes(io.BufferedIOBase):
    """Sequential reads of a shared file, each at its own position, so two readers can take turns."""

    def __init__(self, file: BinaryIO, position: int, count: Callable[[int], None] | None) -> None:
        self._file = file
        self._position = position
        self._count = count

    @property
    def name(self) -> str:
        return "import"

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        self._file.seek(self._position)
        chunk = self._file.read(-1 if size is None else max(size, 64 * 1024) if size >= 0 else -1)
        self._position += len(chunk)
        if self._count is not None:
            self._count(len(chunk))
        return chunk

    def read1(self, size: int = -1, /) -> bytes:
        return self.read(size)


def _open_text(
    file: BinaryIO, layout: Layout, *, count: Callable[[int], None] | None = None
) -> io.TextIOWrapper:
    # newline=None turns CR, LF and CRLF, mixed as they may be, into LF at C speed, inside cells too.
    raw = _CountingBytes(file, layout.body_offset, count)
    return io.TextIOWrapper(raw, encoding=layout.encoding, errors="strict", newline=None)


def _is_stray_quote(error: csv.Error) -> bool:
    return "expected after" in str(error)


def _refusal_for(error: csv.Error, *, line: int) -> FileRefused:
    if "field limit" in str(error):
        return FileRefused("field_too_long", line=line, limit=MAX_FIELD_CHARACTERS)
    return FileRefused("unclosed_quote", line=line)
