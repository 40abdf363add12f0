"""How the bytes of a CSV file are laid out: its encoding, its delimiter, and what a spreadsheet put around its rows."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO, NamedTuple

from ..cells.cards import LONGEST_RUN, may_have_cards
from .base import MAX_BYTES, MAX_FIELD_CHARACTERS, MAX_LINE_BYTES, FileRefused, Layout

DELIMITERS = (",", ";", "\t", "|")
#: Encodings a person may name where the bytes mislead: Python codec names. `utf-16` takes its byte order from the file.
ENCODINGS = ("utf-8", "cp1252", "utf-16", "iso8859-15", "cp1250", "mac-roman")

_CHUNK = MAX_LINE_BYTES  # No longer, so that only lines reaching over the end of a chunk need measuring.
_HEAD = 4096
_BLANK_LINES_BEFORE_HEADER = 200
_LINES_IN_HEADER = 20


_PAGE = (b"<!doctype html", b"<!doctype>", b"<html", b"<head", b"<table", b"<body", b"<!doctype", b"<!--")
_MAIL_HEADER = re.compile(
    rb"^(?:return-path|received|delivered-to|from|to|subject|date|message-id|mime-version|content-type"
    rb"|dkim-signature|authentication-results|reply-to|x-[a-z0-9-]+|arc-[a-z-]+): ",
    re.IGNORECASE | re.MULTILINE,
)


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
        parts = (
            (b"xl/", "file_is_xlsx"), (b"word/", "file_is_docx"), (b"opendocument.spreadsheet", "file_is_ods"),
            (b"Index/Document.iwa", "file_is_numbers"), (b"Index/Tables/", "file_is_numbers"),
        )  # fmt: skip
        raise FileRefused(next((code for part, code in parts if part in around), "file_is_zip"))
    for magic, code in (
        (b"\xd0\xcf\x11\xe0", "file_is_xls"),
        (b"\x1f\x8b", "file_is_gzip"),
        (b"%PDF", "file_is_pdf"),
        (b"{\\rtf", "file_is_rtf"),
    ):
        if head.startswith(magic):
            raise FileRefused(code)
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:200].lower()
    if start.startswith(_PAGE) or (start.startswith(b"<?xml") and b"<html" in head.lower()):
        table = re.search(rb"<t[dh][\s>]", head, re.IGNORECASE) and not re.search(
            rb"<form[\s>]|<input[\s>]", head, re.IGNORECASE
        )
        raise FileRefused("file_is_html_table" if table else "file_is_html")
    if start.startswith(b"<?xml") or re.match(rb"<[a-z][\w:.-]*(?:\s[^<>]*)?>", start):
        raise FileRefused("file_is_xml")
    if len(_MAIL_HEADER.findall(head)) > 2 and _MAIL_HEADER.match(
        head.removeprefix(codecs.BOM_UTF8).lstrip()
    ):
        raise FileRefused("file_is_eml")
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
        return _scanned(layout, scan)
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
    return _scanned(layout, scan)


def _scanned(layout: Layout, scan: _Scan) -> Layout:
    return replace(layout, long_lines=scan.long_lines, long_digits=scan.long_digits, ends_open=scan.ends_open)


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
    long_digits: bool = True
    ends_open: bool = False


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
    long_digits = False
    end = b"\n"  # Of what was looked at so far.
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
            long_lines = long_lines or since_line_end > MAX_FIELD_CHARACTERS
            return _Scan(-1, seen_accents, long_lines, long_digits, not end.endswith((b"\n", b"\r")))
        nul = plain.find(b"\0")
        if nul >= 0:
            raise FileRefused("file_has_nul", offset=offset + (nul * 2 if wide else nul))
        long_digits = long_digits or may_have_cards(end + plain)
        end = plain[-LONGEST_RUN:]
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
    text = open_text(file, layout)
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
        cells = texts_of(_cells(record, outer))
        if record.lstrip().startswith('"') and len(cells) == 1 and len(_cells(cells[0], ",")) > 1:
            return ",", outer
    best = told if len(texts_of(_cells(record, told))) > 1 else ""
    if not best:
        best = max(DELIMITERS, key=lambda each: len(texts_of(_cells(record, each))))
    width = len(texts_of(_cells(record, best)))
    if best == "," and width > 1:
        if record.rstrip("\n").endswith(";"):
            return ",", ";"
        if following.startswith('"'):
            for outer in (";", ","):
                cells = texts_of(_cells(following, outer))
                if len(cells) == 1 and cells[0].count(",") >= width - 1 and "\n" not in cells[0]:
                    return ",", outer
    return best, ""


def _cells(text: str, delimiter: str) -> list[str]:
    if not delimiter:
        return []
    try:
        return next(csv.reader(ended_lines(text), delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def ended_lines(text: str) -> list[str]:
    # Not splitlines(): it also breaks at U+2028, vertical tabs and the like, which are text in a cell.
    return [line + "\n" for line in text.removesuffix("\n").split("\n")]


def texts_of(cells: list[str]) -> list[str]:
    return [cell for cell in cells if cell.strip()]


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


def open_text(
    file: BinaryIO, layout: Layout, *, count: Callable[[int], None] | None = None
) -> io.TextIOWrapper:
    # newline=None turns CR, LF and CRLF, mixed as they may be, into LF at C speed, inside cells too.
    raw = _CountingBytes(file, layout.body_offset, count)
    return io.TextIOWrapper(raw, encoding=layout.encoding, errors="strict", newline=None)
