"""The file of bad rows that we hand out: how it is written, and how it is read when it comes back mended.

It has the header and the cells of the merchant's own file, and two columns at the end: the line, and what is wrong.
Whoever mends a cell and imports the file again gets that row and no other: a row that nobody mended is refused again,
for the same reason or because it still carries one of the marks below.

* Every cell that a spreadsheet could run, or would take digits from, has an apostrophe in front (`guarded`), taken off
  again here.
* A row with too few cells has `MISSING` in those that were not there: padded with blanks it would look whole.
* A row with too many has the rest after our two columns, so that it still has too many.
* A row that needs a decision, not a repair, has `UNDECIDED` in front of its reason until somebody empties the cell.
* A masked address (`m•••@h•••.com`), which an assistant is shown, is never taken for an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from closedorders.core.files.spreadsheet_cells import guarded, unguarded

from .issues import RowIssue, row_issue
from .records import Item

#: Language -> the two columns at the end. Not in the catalogues: a file written in one language comes back in another.
TITLES: Mapping[str, tuple[str, str]] = {
    "en": ("Line", "What is wrong"),
    "es": ("Línea", "Qué está mal"),
}
MISSING: Mapping[str, str] = {"en": "(missing)", "es": "(falta)"}
UNDECIDED = "? "

_LINES = frozenset(line for line, _ in TITLES.values())
_REASONS = frozenset(reason for _, reason in TITLES.values())
_MISSING = frozenset(MISSING.values())
_MASKED = re.compile(r".?•••$|•••@")
#: An amount or a code that assistants do not see.
_HIDDEN = "•••"


def keep_together(items: list[Item], block: Sequence[tuple[int, list[str]]]) -> None:
    """Give an order's first bad row the rows of it that were taken: without them, mending it would lose them."""
    taken = {line for item in items if not isinstance(item, RowIssue) for line in item.source_lines}
    beside = tuple((line, tuple(row)) for line, row in block if line in taken)
    for at, item in enumerate(items):
        if isinstance(item, RowIssue):
            items[at] = replace(item, order_rows=beside)
            return


def mending_header(header: Sequence[str], language: str) -> list[str]:
    return [*map(guarded, header), *TITLES.get(language, TITLES["en"])]


def mending_row(
    cells: Sequence[str], *, width: int, line: int, reason: str, language: str, undecided: bool = False
) -> list[str]:
    """A row as it is handed out. `width` is the number of columns of the header; no cells at all stay blank."""
    missing = MISSING.get(language, MISSING["en"]) if cells else ""
    shown = [*map(guarded, cells[:width]), *[missing] * (width - len(cells))]
    rest = list(map(guarded, cells[width:]))
    return [*shown, str(line) if line else "", (UNDECIDED if undecided else "") + reason, *rest]


class Mended:
    """A file of bad rows that came back. `header` is what it was before our columns were added."""

    def __init__(self, header: Sequence[str], reason_at: int) -> None:
        self._reason_at = reason_at
        self._reason_title = header[reason_at].strip()
        ours = {reason_at}
        if reason_at and header[reason_at - 1].strip() in _LINES:
            ours.add(reason_at - 1)
        self._ours = ours
        self._width = len(header) - len(ours)
        self.header = tuple(self._without_ours([unguarded(title) for title in header]))
        self._not_mended: dict[int, RowIssue] = {}

    @classmethod
    def of(cls, header: Sequence[str]) -> Mended | None:
        """None for every other file."""
        found = [at for at, title in enumerate(header) if title.strip() in _REASONS]
        return cls(header, found[-1]) if found else None

    def restored(
        self, rows: Iterable[tuple[int, list[str] | None]]
    ) -> Iterator[tuple[int, list[str] | None]]:
        """The rows without our columns and apostrophes. `issue_of` tells which of them nobody mended."""
        for line, row in rows:
            if row is None:
                yield line, None
                continue
            reason = row[self._reason_at].strip() if self._reason_at < len(row) else ""
            cells = self._without_ours([unguarded(cell) for cell in row])
            if reason.startswith(UNDECIDED.strip()):
                self._not_mended[line] = row_issue(
                    line, cells, "still_undecided", {"column": self._reason_title}
                )
            else:
                self._look_for_marks(line, cells)
            yield line, cells

    def issue_of(self, line: int) -> RowIssue | None:
        """Why the row just handed over cannot be taken, whatever its cells say."""
        return self._not_mended.pop(line, None)

    def _look_for_marks(self, line: int, cells: list[str]) -> None:
        for at, cell in enumerate(cells[: self._width]):
            text = cell.strip()
            if text in _MISSING:
                code = "missing_cell"
            elif text == _HIDDEN:
                code = "hidden_cell"
            elif "•" in text and _MASKED.search(text):
                code = "masked_address"
            else:
                continue
            self._not_mended[line] = row_issue(line, cells, code, column=self.header[at], value=text)
            return

    def _without_ours(self, cells: list[str]) -> list[str]:
        return [cell for at, cell in enumerate(cells) if at not in self._ours]
