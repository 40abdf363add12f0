"""Rows without the numbers of payment cards, whatever column they are in but those of orders' numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..cells.cards import may_be_cards_column, without_cards
from .base import Rows

_MANY_DIGITS = re.compile(r"\d{14}|\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}|\d{4}[ -]\d{6}[ -]\d{4}", re.ASCII)


class RowsWithoutCards:
    """The rows, with `[card]` in place of such numbers; `first_line` is that of the first of them, 0 where none is."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.header = rows.header
        self.layout = rows.layout
        self.first_line = 0
        self._never = frozenset(at for at, title in enumerate(rows.header) if not may_be_cards_column(title))

    @property
    def bytes_read(self) -> int:
        return self._rows.bytes_read

    def close(self) -> None:
        self._rows.close()

    def __iter__(self) -> Iterator[tuple[int, list[str] | None]]:
        width = len(self.header)
        for line, cells in self._rows:
            if cells is not None and _MANY_DIGITS.search("\n".join(cells)):
                # In a row of another length its cells are not those of the titles.
                never = self._never if len(cells) == width else frozenset()
                for at, cell in enumerate(cells):
                    if at not in never and (new := without_cards(cell)) != cell:
                        cells[at] = new
                        self.first_line = self.first_line or line
            yield line, cells
