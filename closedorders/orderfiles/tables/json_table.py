"""From a JSON list of objects to rows of text: the objects' keys are the header.

Browser extensions and scripts save such lists. An object inside an object gives its keys as `outer.inner`; deeper
ones, and lists of objects, have no place in a row and are left out. Numbers keep the digits they have in the file.
The file is read twice, the first time for its keys and to see that it is whole, and no further than one object ahead.
"""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterator
from itertools import count
from typing import Any, BinaryIO

from .base import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, FileRefused, Layout, checked_cells, number_text

#: One object may not be longer than this, in characters.
MAX_OBJECT_CHARACTERS = 1024 * 1024
_CHUNK = 64 * 1024
_SPACE = " \t\n\r"


def looks_like_json(head: bytes) -> bool:
    """Whether a file that begins like this is JSON; a CSV header may begin with a bracket, but not with these."""
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if start.startswith(b"{"):
        return not start.startswith(b"{\\rtf")
    return start.startswith(b"[") and start[1:].lstrip()[:1] in (b"", b"{", b"[", b"]")


class JsonRows:
    """Rows of a JSON list of objects. Iterate once; `line` counts the objects from 1."""

    def __init__(self, file: BinaryIO, *, layout: Layout | None = None) -> None:
        self._file = file
        self.bytes_read = 0
        self.layout = layout or _layout_of(file)
        self.header = self._keys()
        self.bytes_read = 0

    def _keys(self) -> list[str]:
        keys: dict[str, None] = {}
        for line, entry in self._objects():
            if line > MAX_ROWS:
                raise FileRefused("too_many_rows", limit=MAX_ROWS)
            keys.update(dict.fromkeys(entry))
            if len(keys) > MAX_COLUMNS:
                raise FileRefused("too_many_columns", columns=len(keys), limit=MAX_COLUMNS)
        if not keys:
            raise FileRefused("no_rows")
        return checked_cells(list(keys), line=1)

    def __iter__(self) -> Iterator[tuple[int, list[str] | None]]:
        header = self.header
        for line, entry in self._objects():
            cells = [entry.get(key, "") for key in header]
            if any(cell.strip() for cell in cells):
                yield line, checked_cells(cells, line=line)

    def close(self) -> None:
        """Nothing is open but the file, which is the caller's."""

    def _objects(self) -> Iterator[tuple[int, dict[str, str]]]:
        text = _Text(self._file, self.layout.body_offset)
        if text.next_mark() != "[":
            raise FileRefused("file_is_json")
        text.skip()
        if text.next_mark() == "]":
            return
        for line in count(1):
            if text.next_mark() != "{":
                # A list of other things is no list of orders; after the first object the file is cut off or damaged.
                raise FileRefused("file_is_json") if line == 1 else FileRefused("json_damaged", line=line)
            yield line, _flat(text.object(line))
            self.bytes_read = text.bytes_read
            mark = text.next_mark()
            if mark not in (",", "]"):
                raise FileRefused("json_damaged", line=line + 1)
            text.skip()
            if mark == "]":
                break
        if text.next_mark():
            raise FileRefused("json_damaged", line=line + 1)


class _Text:
    """The file's text, read ahead only as far as the next object needs."""

    def __init__(self, file: BinaryIO, offset: int) -> None:
        self._file = file
        self._position = offset
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._text = ""
        self._at = 0
        self._ended = False
        self.bytes_read = 0

    def next_mark(self) -> str:
        """The next character that is no space, "" at the end. It stays to be read."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._more(_CHUNK):
                return ""

    def skip(self) -> None:
        self._at += 1

    def object(self, line: int) -> dict[str, Any]:
        wanted = _CHUNK
        while True:
            try:
                found, self._at = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                # Cut off by what was read so far, or damaged: more text tells, up to the longest object we read.
                if len(self._text) - self._at > MAX_OBJECT_CHARACTERS:
                    raise FileRefused("field_too_long", line=line, limit=MAX_OBJECT_CHARACTERS) from error
                if not self._more(wanted):
                    raise FileRefused("json_damaged", line=line) from error
                wanted *= 2
            except RecursionError as error:
                raise FileRefused("json_damaged", line=line) from error
            else:
                return dict(found)

    def _more(self, wanted: int) -> bool:
        if self._ended:
            return False
        self._file.seek(self._position)
        chunk = self._file.read(wanted)
        self._ended = not chunk
        try:
            text = self._decoder.decode(chunk, final=self._ended)
        except UnicodeDecodeError as error:
            raise FileRefused("undecodable_bytes", offset=self._position + error.start) from error
        self._position += len(chunk)
        self.bytes_read += len(chunk)
        self._text = self._text[self._at :] + text
        self._at = 0
        return not self._ended


def _layout_of(file: BinaryIO) -> Layout:
    size = file.seek(0, io.SEEK_END)
    if size > MAX_BYTES:
        raise FileRefused("file_too_large", size=size, limit=MAX_BYTES)
    file.seek(0)
    offset = 3 if file.read(3) == codecs.BOM_UTF8 else 0
    return Layout("utf-8", False, offset, size, kind="json")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise FileRefused("duplicate_column", column=next(key for key in keys if keys.count(key) > 1)[:40])
    return found


def _digits(text: str) -> str:
    # A script counts with doubles: above 2**53 it has rounded already, as a spreadsheet does.
    return text if abs(int(text[:40])) < 2**53 else number_text(int(text[:40]))


def _decimals(text: str) -> str:
    return number_text(float(text))


_DECODER = json.JSONDecoder(
    object_pairs_hook=_each_key_once, parse_int=_digits, parse_float=_decimals, parse_constant=str
)


def _flat(entry: dict[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in entry.items():
        if isinstance(value, dict):
            for inner, inner_value in value.items():
                flat[f"{key}.{inner}"] = _text_of(inner_value)
        else:
            flat[key] = _text_of(value)
    return flat


def _text_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(each, (dict, list)) for each in value):
        return ", ".join(_text_of(each) for each in value)
    return ""
