"""The file of an import's bad rows: the merchant's own header and cells, and what is wrong with each row.

Mended and imported again it brings exactly the rows that were mended; how that is made sure stands in
`orderfiles.bad_rows`. An assistant sees addresses masked, and a row with a masked address is refused until it is whole.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from django.utils.translation import gettext as _

from closedorders.orderfiles.bad_rows import mending_header, mending_row
from closedorders.orderfiles.issues import ORDER_AGAIN
from closedorders.orders.masking import Sight

from .models import Import, ImportIssue
from .wording.issues import issue_text

_ISSUES_PER_READ = 50


@dataclass(frozen=True, slots=True)
class ShownIssue:
    """One issue of a bad row, its cell as a person may read it."""

    line: int
    column: str
    value: str
    reason: str


def first_issues(source: Import, sight: Sight, most: int) -> list[ShownIssue]:
    """The first issues of the file, in its order."""
    return [
        ShownIssue(
            line=issue.line,
            column=sight.words(issue.column),
            value=sight.cell(
                column=issue.column, code=issue.code, value=issue.value, refunds=source.refund_column
            ),
            reason=issue_text(issue.code, sight.params(issue.params)),
        )
        for issue in source.issues.order_by("line", "pk")[:most]
    ]


def delimiter_to_mend(source: Import) -> str:
    """That of the merchant's own file: their spreadsheet is known to take it apart. A comma where it was no text."""
    return str(source.assumptions.get("delimiter", {}).get("delimiter") or ",")


def rows_to_mend(source: Import, *, sight: Sight, language: str) -> Iterator[list[str]]:
    """The header, then one row for each bad row that was kept, in the file's order; streamed.

    Rows of an order of which only some were bad stand beside them, so that the order comes back whole.
    """
    width = len(source.header)
    language = language.partition("-")[0]

    def row(line: int, cells: Sequence[str], issues: Sequence[ImportIssue], reason: str) -> list[str]:
        codes = {issue.column: issue.code for issue in issues}
        shown = [
            sight.cell(column=column, code=codes.get(column, ""), value=cell, refunds=source.refund_column)
            for column, cell in zip([*source.header, *[""] * (len(cells) - width)], cells, strict=False)
        ]
        undecided = any(issue.code in (*ORDER_AGAIN, "still_undecided") for issue in issues)
        if undecided:
            reason += " " + _("When you have decided, empty this cell.")
        return mending_row(
            shown, width=width, line=line, reason=reason, language=language, undecided=undecided
        )

    yield mending_header([sight.words(title) for title in source.header], language)
    beside: list[tuple[int, list[str]]] = []
    kept = source.issues.order_by("line", "pk").iterator(chunk_size=_ISSUES_PER_READ)
    for line, group in groupby(kept, key=attrgetter("line")):
        issues = list(group)
        for good_line, cells in issues[0].order_rows:
            heapq.heappush(beside, (good_line, cells))
        while beside and beside[0][0] < line:
            yield row(*heapq.heappop(beside), (), _good())
        yield row(line, issues[0].cells, issues, _reason(issues, sight))
    while beside:
        yield row(*heapq.heappop(beside), (), _good())


def _reason(issues: Sequence[ImportIssue], sight: Sight) -> str:
    reasons = []
    for issue in issues:
        text = issue_text(issue.code, sight.params(issue.params))
        reasons.append(f"{sight.words(issue.column)}: {text}" if issue.column else text)
    if not issues[0].cells:
        reasons.append(_("Correct this row in your own file: it could not be copied here."))
    return " ".join(dict.fromkeys(reasons))


def _good() -> str:
    return _(
        "Nothing: this row is good. It is here because another row of its order has a "
        "mistake. Keep them together."
    )
