"""Where a file keeps the fields of a format: headers, compared in one spelling."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence


def normalised_header(text: str) -> str:
    """A header as it is compared: lower case, no accents, anything but letters and digits as one space."""
    plain = unicodedata.normalize("NFKD", text.replace("\ufeff", "")).casefold()
    return " ".join(
        "".join(
            each if each.isalnum() else "" if unicodedata.combining(each) else " " for each in plain
        ).split()
    )


class Columns:
    """Where a file keeps each field of a format.

    `table` maps a field to its sources, best first; a source is the spellings of one column, normalised. The first
    source with text in a row wins (billing name, else shipping name).
    """

    def __init__(
        self,
        table: Mapping[str, Sequence[Sequence[str]]],
        header: Sequence[str],
        *,
        keys: Sequence[str] = (),
    ) -> None:
        """`keys` are the spellings to look for, one per column, where they are not the normalised titles."""
        self.header = header
        positions: dict[str, int] = {}
        repeated: dict[str, int] = {}
        for index, key in enumerate(keys or map(normalised_header, header)):
            if positions.setdefault(key, index) != index:
                repeated[key] = index
        self.sources: dict[str, tuple[int, ...]] = {}
        self.twice = ""
        for name, sources in table.items():
            found: list[int] = []
            for spellings in sources:
                at = next((positions[each] for each in spellings if each in positions), None)
                if at is not None and at not in found:
                    found.append(at)
                for each in spellings:
                    if each in repeated:
                        self.twice = header[repeated[each]]
            if found:
                self.sources[name] = tuple(found)
        self.fields = frozenset(self.sources)
        self.used = tuple(sorted({index for indexes in self.sources.values() for index in indexes}))
        self._firsts: dict[tuple[str, ...], tuple[int, ...]] = {}

    def first(self, name: str) -> int:
        """The index of the field's best column, -1 without one."""
        return self.sources.get(name, (-1,))[0]

    def firsts(self, names: tuple[str, ...]) -> tuple[int, ...]:
        """The indexes of the best columns of those fields the file has."""
        found = self._firsts.get(names)
        if found is None:
            found = tuple(self.sources[name][0] for name in names if name in self.sources)
            self._firsts[names] = found
        return found

    def all(self, name: str) -> tuple[int, ...]:
        return self.sources.get(name, ())

    def cell(self, row: Sequence[str], name: str) -> tuple[str | None, int]:
        """The field's text in this row and the column it came from; (None, -1) when the file does not have it."""
        indexes = self.sources.get(name)
        if indexes is None:
            return None, -1
        for index in indexes:
            text = row[index].strip()
            if text:
                return text, index
        return "", indexes[0]
