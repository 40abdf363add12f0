"""Which rows are one order, and what becomes of each of them: accepted, rejected, or a duplicate.

The rules are here once, for all formats. A format says which row of an order leads, and whether the others repeat it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from .bad_rows import keep_together
from .cell_columns import CellColumns, CellParsers, Row
from .cells import BadValue
from .formats.aliexpress import AliExpressOrders
from .formats.base import Format
from .formats.links import OrderLinks
from .formats.store_orders import StoreOrders
from .issues import RowIssue, row_issue
from .records import Item, ParsedLine, ParsedStoreOrder, ParsedSupplierOrder
from .refund_rows import RefundRows
from .seen_orders import SeenOrders

#: Line -> why its row cannot be read at all: it has another length than the header, or nobody mended it.
Unreadable = Mapping[int, RowIssue]


@dataclass(slots=True)
class Outcome:
    """What some rows came to. Every row is counted in exactly one of the three."""

    items: list[Item] = field(default_factory=list)
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0


@dataclass(slots=True)
class _Draft:
    """A store order in the making: its rows, what is used of each, and what is wrong with which line."""

    rows: list[Row]
    used: list[tuple[str, ...]]
    refused: dict[int, list[RowIssue]]
    #: Which row is read for the order, -1 where none can be; and which others are for their products.
    head: int = -1
    further: Sequence[int] = ()
    order: ParsedStoreOrder | None = None
    duplicates: int = 0

    def refuse_others(self, code: str, **params: object) -> None:
        """Refuse every row that is not refused for a reason of its own."""
        for line, row in self.rows:
            if line not in self.refused:
                self.refused[line] = [row_issue(line, row, code, params)]


class Assembler:
    """Makes the items of a file from blocks of rows, each an order's (`assemble`)."""

    def __init__(self, format: Format, parsers: CellParsers, refunds: RefundRows | None = None) -> None:
        self._refunds = refunds
        self._parsers = parsers
        self._used = parsers.used_cells
        self._conventions = parsers.conventions
        self._seen = SeenOrders()
        self.assemble: Callable[[Sequence[list[Row]], Unreadable], Outcome]
        if isinstance(format, StoreOrders):
            columns = parsers.columns
            self._store_format = format
            self._own = format.own_columns(columns)
            self._marks = format.first_row_columns(columns)
            self._totals = columns.firsts(("total", "subtotal"))
            self._repeats_order = format.repeats_order
            self._is_marked = format.always_marked and bool(self._marks)
            self._has_products = not format.line_fields.isdisjoint(columns.fields)
            self.assemble = self._store_orders
        elif isinstance(format, AliExpressOrders):
            self._supplier_format = format
            self.assemble = self._supplier_orders
        elif isinstance(format, OrderLinks):
            self._link_format = format
            self.assemble = self._links
        else:
            raise TypeError(format)

    def refuse(self, outcome: Outcome, issues: Sequence[RowIssue]) -> None:
        """Count a row as rejected, for these reasons."""
        outcome.rejected += 1
        outcome.items.extend(issues)
        for issue in issues:
            self._conventions.ask(issue)

    def _first_line_of(self, number: str, cells: Iterable[tuple[str, ...]], line: int) -> int:
        """`line` for a new order, 0 for one that the file had with the same rows, else the line of the other one."""
        digest = hash(tuple(cells))
        seen_digest, seen_line = self._seen.first(number, digest, line)
        if seen_line == line:
            return line
        return 0 if seen_digest == digest & 0xFFFFFFFF else seen_line

    # Store orders

    def _store_orders(self, blocks: Sequence[list[Row]], unreadable: Unreadable) -> Outcome:
        used = list(map(self._used, [row for block in blocks for _, row in block]))
        ends = accumulate(map(len, blocks))
        drafts = [
            self._draft(block, used[end - len(block) : end], unreadable)
            for block, end in zip(blocks, ends, strict=True)
        ]
        led = [draft for draft in drafts if draft.head >= 0]
        if led:
            cells = self._cells([(draft, draft.head) for draft in led])
            orders = self._store_format.orders(cells)
            for draft, order, issues in zip(led, orders, cells.issues(), strict=True):
                line = order.source_lines[0]
                if issues:
                    draft.refused[line] = issues
                    draft.refuse_others("first_row_rejected", first_line=line)
                else:
                    self._place(draft, order, line)
        further = [(draft, at) for draft in drafts for at in draft.further]
        products: dict[int, tuple[ParsedLine, ...]] = {}
        if further:
            cells = self._cells(further)
            codes = [draft.order.currency if draft.order else "" for draft, _ in further]
            lines = self._store_format.lines(cells, codes)
            for (draft, _), (line, _), found, issues in zip(
                further, cells.rows, lines, cells.issues(), strict=True
            ):
                if issues:
                    draft.refused[line] = issues
                else:
                    products[line] = found
        outcome = Outcome()
        for draft in drafts:
            self._finish(draft, products, outcome)
        return outcome

    def _cells(self, places: Sequence[tuple[_Draft, int]]) -> CellColumns:
        rows = [draft.rows[at] for draft, at in places]
        return CellColumns(self._parsers, rows, [draft.used[at] for draft, at in places])

    def _draft(self, block: list[Row], used: list[tuple[str, ...]], unreadable: Unreadable) -> _Draft:
        refused: dict[int, list[RowIssue]] = {}
        if unreadable:
            refused = {line: [unreadable[line]] for line, _ in block if line in unreadable}
        draft = _Draft(block, used, refused)
        head = 0
        if self._repeats_order:
            if len(block) > 1 or refused:
                head = self._fullest(block, refused)
        elif self._marks and not self._has_mark(block[0][1]):
            marked = (at for at, (_, row) in enumerate(block) if self._has_mark(row))
            head = next(marked, -1 if self._is_marked else 0)
            if head < 0 and refused:
                head = next(at for at, (line, _) in enumerate(block) if line in refused)
        if head < 0:
            draft.refuse_others("order_without_first_row")
        elif block[head][0] in refused:
            draft.refuse_others("first_row_rejected", first_line=block[head][0])
        else:
            draft.head = head
        return draft

    def _fullest(self, block: list[Row], refused: Mapping[int, object]) -> int:
        """The readable row that fills most of what is the order's own; the first one if none is readable."""
        readable = [at for at, (line, _) in enumerate(block) if line not in refused]
        return max(readable, key=lambda at: sum(bool(block[at][1][i].strip()) for i in self._own), default=0)

    def _has_mark(self, row: list[str]) -> bool:
        for mark in self._marks:  # noqa: SIM110 - asked of every row, and a generator takes three times as long
            if row[mark].strip():
                return True
        return False

    def _place(self, draft: _Draft, order: ParsedStoreOrder, head_line: int) -> None:
        """Whether the file had the order before, and what else its rows are."""
        if order.email == "" and not self._repeats_order:
            column = self._parsers.columns.first("email")
            self._conventions.assume("no_email", line=head_line, column=self._parsers.columns.header[column])
        # With and without `#` it is one number.
        first_line = self._first_line_of(order.number.removeprefix("#"), draft.used, head_line)
        if first_line == 0:
            draft.duplicates = len(draft.rows) - len(draft.refused)
        elif first_line != head_line:
            # Where nothing marks a first row, one that was sorted away from it looks like the order again.
            again = "order_repeated" if self._is_marked or not self._store_format.grouped else "order_apart"
            draft.refuse_others(again, first_line=first_line)
        else:
            draft.order = order
            if len(draft.rows) > 1:
                self._sort_out_further(draft)

    def _sort_out_further(self, draft: _Draft) -> None:
        """Which of the further rows are duplicates, which contradict the order, and which are more products."""
        rows, used, refused = draft.rows, draft.used, draft.refused
        others = [at for at in range(len(rows)) if at != draft.head]
        with_mark = {at for at in others if self._has_mark(rows[at][1])}
        if self._is_marked and not with_mark:
            draft.further = [at for at in others if rows[at][0] not in refused]
            return
        head_line, head = rows[draft.head]
        marked = with_mark
        if with_mark and any(head[at].strip() for at in self._totals):
            # Some repeat the status and the currency on each product, and the totals on none: those are no other order.
            marked = {at for at in with_mark if any(rows[at][1][total].strip() for total in self._totals)}
        head_used = used[draft.head]
        may_repeat = not self._is_marked
        # Two identical further rows are two products, unless the order's first row is repeated too.
        once = (
            self._repeats_order
            or (may_repeat and not self._has_products)
            or any(used[at] == head_used for at in marked)
        )
        seen = {head_used}
        further = []
        for at in others:
            line, row = rows[at]
            if line in refused:
                continue
            if once and used[at] in seen:
                draft.duplicates += 1
                continue
            seen.add(used[at])
            differing = [row[i].strip() for i in self._own if row[i].strip() != head[i].strip()]
            # A blank cell in a continuation row does not contradict the first row.
            if differing and (at in marked or (any(differing) and (may_repeat or at in with_mark))):
                about: dict[str, object] = {"first_line": head_line}
                if any(row[total].strip() not in ("", head[total].strip()) for total in self._totals[:1]):
                    about["differs"] = "total"
                refused[line] = [row_issue(line, row, "order_repeated", about)]
            else:
                further.append(at)
        draft.further = further

    def _finish(
        self, draft: _Draft, products: Mapping[int, tuple[ParsedLine, ...]], outcome: Outcome
    ) -> None:
        order, refused = draft.order, draft.refused
        outcome.duplicate += draft.duplicates
        if order is not None:
            if draft.further:
                lines = {order.source_lines[0]: order.lines}
                lines |= {line: products[line] for line, _ in draft.rows if line in products}
                sources = tuple(sorted(lines))
                every = tuple([each for line in sources for each in lines[line]])
                order = ParsedStoreOrder._make((sources, *order[1:-1], every))
            outcome.accepted += len(order.source_lines)
        if self._refunds is not None and (order is not None or refused):
            order = self._with_refund(self._refunds, draft, order, outcome)
        if order is not None and not refused:
            outcome.items.append(order)
            return
        own = Outcome(items=[] if order is None else [order])
        for line, _ in draft.rows:
            if line in refused:
                self.refuse(own, refused[line])
        outcome.rejected += own.rejected
        if order is not None:
            keep_together(own.items, draft.rows)
        outcome.items += own.items

    def _with_refund(
        self, refunds: RefundRows, draft: _Draft, order: ParsedStoreOrder | None, outcome: Outcome
    ) -> ParsedStoreOrder | None:
        """The order with what rows of its own say was refunded; those rows are refused where the order is."""
        rows = draft.rows
        refund = refunds.take(rows[0][1])
        if refund is None:
            return order
        code: str = "first_row_rejected"
        params: Mapping[str, object] = {"first_line": rows[0][0]}
        if order is not None:
            try:
                amount = order.refunded or refund.amount(self._conventions, order.currency)
            except BadValue as error:
                code, params = error.code, error.params
            else:
                outcome.accepted += len(refund.lines)
                return order._replace(refunded=amount, source_lines=(*order.source_lines, *refund.lines))
        for line in refund.lines:
            self.refuse(outcome, [row_issue(line, (), code, params)])
        return order

    # AliExpress orders

    def _supplier_orders(self, blocks: Sequence[list[Row]], unreadable: Unreadable) -> Outcome:
        rows: list[Row] = []
        for block in blocks:
            distinct = {
                self._used(row): (line, row) for line, row in reversed(block) if line not in unreadable
            }
            rows += sorted(distinct.values())
        if not rows:
            parsed = {}
        else:
            cells = CellColumns(self._parsers, rows)
            orders = self._supplier_format.orders(cells)
            parsed = {
                order.source_lines[0]: (order, issues)
                for order, issues in zip(orders, cells.issues(), strict=True)
            }
        outcome = Outcome()
        for block in blocks:
            own = self._supplier_order(block, unreadable, parsed)
            if own.accepted and own.rejected:
                keep_together(own.items, block)
            outcome.items += own.items
            outcome.accepted += own.accepted
            outcome.rejected += own.rejected
            outcome.duplicate += own.duplicate
        return outcome

    def _supplier_order(
        self,
        block: list[Row],
        unreadable: Unreadable,
        parsed: Mapping[int, tuple[ParsedSupplierOrder, list[RowIssue]]],
    ) -> Outcome:
        """A row is a product of the order, complete in itself: what is wrong with one does not touch the others."""
        format, outcome = self._supplier_format, Outcome()
        order: ParsedSupplierOrder | None = None
        taken: list[ParsedSupplierOrder] = []
        cells: list[tuple[str, ...]] = []
        for line, row in block:
            if line in unreadable:
                self.refuse(outcome, [unreadable[line]])
                continue
            if line not in parsed:
                outcome.duplicate += 1
                continue
            further, issues = parsed[line]
            if order is not None and format.contradicts(further, order):
                first = order.source_lines[0]
                issues = [*issues, row_issue(line, row, "order_repeated", {"first_line": first})]
            if issues:
                self.refuse(outcome, issues)
                continue
            order = further if order is None else format.joined(order, further)
            taken.append(further)
            cells.append(tuple(row))
        if order is None:
            return outcome
        used = [self._used(row) for _, row in block]
        first_line = self._first_line_of(order.number, used, order.source_lines[0])
        if first_line == 0:
            outcome.duplicate += len(taken)
        elif first_line != order.source_lines[0]:
            rows = dict(block)
            for each in taken:
                line = each.source_lines[0]
                self.refuse(outcome, [row_issue(line, rows[line], "order_apart", {"first_line": first_line})])
        else:
            whole = format.whole(order, taken, cells, complete=not outcome.rejected)
            outcome.accepted += len(taken)
            outcome.items.insert(0, whole)
        return outcome

    # Links

    def _links(self, blocks: Sequence[list[Row]], unreadable: Unreadable) -> Outcome:
        outcome = Outcome()
        rows = [row for block in blocks for row in block]
        read = [row for row in rows if row[0] not in unreadable]
        links = {}
        if read:
            cells = CellColumns(self._parsers, read)
            links = {
                link.source_lines[0]: (link, issues)
                for link, issues in zip(self._link_format.links(cells), cells.issues(), strict=True)
            }
        for line, _ in rows:
            if line in unreadable:
                self.refuse(outcome, [unreadable[line]])
                continue
            link, issues = links[line]
            number = "\n".join((link.store_order_number, *sorted(link.aliexpress_numbers)))
            if issues:
                self.refuse(outcome, issues)
            elif self._first_line_of(number, (), line) != line:
                outcome.duplicate += 1
            else:
                outcome.accepted += 1
                outcome.items.append(link)
        return outcome
