"""Refuse an Excel workbook that would not fit into memory, before it is handed to the library that reads it.

That library (calamine) keeps a whole sheet in memory and makes room for every cell between the first and the last one,
so a file of a few kilobytes could ask for all there is. Hence the archive is unpacked here once, piece by piece, and
what a sheet asks for is counted.

Every part of the archive is counted as if it were a sheet, whatever it is called: which part the library takes for a
sheet depends on how it reads names, relations and the archive itself, and no second reader agrees in all of that. A
part that is not XML (a picture, a macro) is none, unless a relation says it is. The XML is read by expat; where expat
finds it well-formed, encoded in UTF-8 and without a document type, the library sees the same tags.

What is still missed here ends at the memory limit of the process that reads (`workbook_table`).
"""

from __future__ import annotations

import zipfile
from string import ascii_letters
from typing import BinaryIO
from xml.parsers import expat
from zlib import error as ZlibError

from .base import FileRefused

#: Unpacked, all parts of the archive together.
MAX_UNPACKED_BYTES = 128 * 1024 * 1024
#: Rows times columns of one sheet, blank cells included. A million take about 90 MB while they are read.
MAX_CELLS = 1_000_000
MAX_PARTS = 2_000
_CHUNK = 256 * 1024
#: Elements within elements, of which a workbook has about ten. The parser remembers each.
_MAX_DEPTH = 256
_NO_MEMORY = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]


def check_size(file: BinaryIO) -> None:
    """Unpack the archive once, keeping nothing; raise `FileRefused` if it is too large or damaged."""
    not_xml: set[str] = set()
    sheets: set[str] = set()
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS:
                raise FileRefused("workbook_damaged")
            unpacked = 0
            for part in parts:
                counted = _Extent()
                # What the archive says of its sizes is not to be trusted: only what comes out counts.
                with archive.open(part) as stream:
                    while chunk := stream.read(_CHUNK):
                        unpacked += len(chunk)
                        if unpacked > MAX_UNPACKED_BYTES:
                            raise too_large(size=unpacked)
                        counted.read(chunk)
                counted.end()
                if not counted.is_xml:
                    not_xml.add(_last_name(part.filename))
                sheets |= counted.sheets
    except (zipfile.BadZipFile, ZlibError, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        # RuntimeError: a password; NotImplementedError: a way of packing that workbooks do not use.
        raise FileRefused("workbook_damaged") from error
    if sheets & not_xml:
        raise FileRefused("workbook_damaged")


def too_large(**found: int) -> FileRefused:
    return FileRefused("workbook_too_large", **found, limit=MAX_UNPACKED_BYTES, cell_limit=MAX_CELLS)


def _last_name(path: str) -> str:
    """A relation's target may be absolute, relative or written in other letters; its last name stays."""
    return path.replace("\\", "/").rpartition("/")[2].lower()


class _NotXml(Exception):
    pass


class _Extent:
    """How far the cells of a sheet reach, from its XML in pieces; and the sheets that it names, if it lists relations.

    A row without a number follows the one before; so does a cell without a place, in the row it is in. A cell with
    nothing in it takes no room.
    """

    def __init__(self) -> None:
        self.is_xml = True
        self.sheets: set[str] = set()
        self._depth = 0
        self._row, self._column = 1, 0
        self._last_row = self._last_column = 0
        self._columns: dict[str, int] = {}  # By their letters.
        self._cell_row = 0  # Of a cell in which nothing was seen yet; else 0.
        # The library reads UTF-8, whatever a part says of its encoding.
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._stop
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, chunk: bytes) -> None:
        self._parse(chunk, is_last=False)

    def end(self) -> None:
        self._parse(b"", is_last=True)
        # The parser and its handlers refer to each other: memory would stay until Python looks for such circles.
        del self._parser

    def _parse(self, chunk: bytes, *, is_last: bool) -> None:
        if b"\0" in chunk:  # UTF-16, which expat reads without being asked.
            self.is_xml = False
        if self.is_xml:
            try:
                self._parser.Parse(chunk, is_last)
            except expat.ExpatError as error:
                if error.code == _NO_MEMORY:
                    raise MemoryError from error
                self.is_xml = False
            except _NotXml:
                self.is_xml = False

    def _doctype(self, *about: object) -> None:
        # It could define entities, which expat would put in the place of their names.
        raise _NotXml

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _NotXml
        if self._cell_row:
            # Something inside of a cell, mostly its value: the cell takes room.
            if self._cell_row > self._last_row or self._column > self._last_column:
                self._reach(self._cell_row, self._column)
            self._cell_row = 0
        local = name if ":" not in name else name.rpartition(":")[2]
        if local == "c":
            place = attributes.get("r")
            if place is None:
                self._column += 1
                self._cell_row = self._row
            else:
                letters = place.rstrip("0123456789")
                self._column = self._columns.get(letters) or self._column_of(letters)
                self._cell_row = self._number(place[len(letters) :])
        elif local == "row":
            if place := attributes.get("r"):
                self._row = self._number(place.lstrip(ascii_letters))
        elif local == "Relationship" and "sheet" in attributes.get("Type", "").lower():
            self.sheets.add(_last_name(attributes.get("Target", "")))

    def _stop(self, name: str) -> None:
        self._depth -= 1
        local = name if ":" not in name else name.rpartition(":")[2]
        if local == "c":
            self._cell_row = 0
        elif local == "row":
            self._row += 1
            self._column = 0

    def _reach(self, row: int, column: int) -> None:
        self._last_row = max(self._last_row, row)
        self._last_column = max(self._last_column, column)
        if self._last_row * self._last_column > MAX_CELLS:
            raise too_large(cells=self._last_row * self._last_column)

    def _column_of(self, letters: str) -> int:
        if not (1 <= len(letters) <= 4 and letters.isascii() and letters.isalpha()):
            raise FileRefused("workbook_damaged")
        column = 0
        for letter in letters.upper():
            column = column * 26 + ord(letter) - ord("A") + 1
        self._columns[letters] = column
        return column

    def _number(self, digits: str) -> int:
        if not (1 <= len(digits) <= 8 and digits.isascii() and digits.isdigit() and digits > "0"):
            raise FileRefused("workbook_damaged")
        return int(digits)
