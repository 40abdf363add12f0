"""What the preview of an import adds up to and shows: numbers, the first orders of each kind, bad rows."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from closedorders.orderfiles.issues import ORDER_AGAIN, RowIssue
from closedorders.orderfiles.records import ParsedLink, ParsedOrder, ParsedStoreOrder, ParsedSupplierOrder
from closedorders.orderfiles.seen_orders import SeenOrders

from .merge import Change, Result
from .models import Import, ImportIssue

#: Bad rows that are kept to be looked at and downloaded; all are counted.
MAX_ISSUES = 10_000
#: Past that, bad rows of the order that was begun are kept to its end: as many as one order may have.
EXTRA_ISSUES_TO_FINISH_AN_ORDER = 5_000
#: A row of more characters is not kept whole: it is mended in the file it came from.
MAX_CHARACTERS_KEPT = 100_000
_ISSUES_PER_INSERT = 500
_CHARACTERS_PER_INSERT = 2_000_000
SAMPLES_OF_EACH_KIND = 5
#: What a person typed and the file says otherwise, and what belongs to another order: so many are shown, all counted.
MAX_CONFLICTS_SHOWN = 50
#: A spreadsheet keeps so many digits of a number and makes the others 0. So many numbers all end so by chance in one
#: file of 100,000. Whether AliExpress gives one buyer's numbers a common end is not known: it is a warning, no refusal.
_DIGITS_KEPT, _NUMBERS_THAT_TELL = 15, 5
#: What is left in a name of letters that a spreadsheet could not write: one alone may be a person's own.
_LOST_LETTER = "\ufffd"
_LOST_LETTERS = "??"
#: What is kept of a file's first rows for the page where a person names its columns.
ROWS_TO_NAME, CELL_CHARACTERS = 10, 120


@dataclass
class Tally:
    """What a preview of `source` adds up to, and what it shows. Bad rows are kept in the database as they come."""

    source: Import
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected_rows: int = 0
    issues: list[ImportIssue] = field(default_factory=list)
    issues_found: int = 0
    issues_kept: int = 0
    _last_issue: RowIssue | None = None
    _characters: int = 0
    samples: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {
            "new": [],
            "changed": [],
            "unchanged": [],
            "kept_by_user": [],
            "linked_to_another_order": [],
        }
    )
    kept_by_user: Counter[str] = field(default_factory=Counter)
    linked_to_another_order: int = 0
    #: Orders whose number is stored with another customer, date and Id, and the number of the first.
    of_another_shop: int = 0
    first_of_another_shop: str = ""
    #: AliExpress numbers of sixteen digits or more, and of these the ones that end in 0.
    long_numbers: int = 0
    long_and_round: int = 0
    #: Orders whose customer's name has lost letters, and the line of the first.
    names_without_letters: int = 0
    first_of_them: int = 0
    #: Orders whose address an order above them has with another name, and the line of the first.
    other_names: int = 0
    first_other_name: int = 0
    #: Orders of which a file would take back a refund, a shipment or a cancellation, and the number of the first.
    undoing: int = 0
    first_undoing: str = ""
    _name_of_address: SeenOrders = field(default_factory=SeenOrders)
    _kept_by_user_digest: Any = field(default_factory=hashlib.sha256)

    def add(self, results: Sequence[Result]) -> None:
        self._look_at_people([each.order for each in results if isinstance(each.order, ParsedStoreOrder)])
        for result in results:
            self._add(result)

    def _add(self, result: Result) -> None:
        order = result.order
        for change in result.kept_by_user:
            self.kept_by_user[change.field] += 1
            told = _kept_value(order, change)
            self._kept_by_user_digest.update(json.dumps(told, sort_keys=True).encode())
            if len(self.samples["kept_by_user"]) < MAX_CONFLICTS_SHOWN:
                self.samples["kept_by_user"].append(told)
        if isinstance(order, ParsedSupplierOrder):
            numbers: Sequence[str] = (order.number,)
        else:
            numbers = order.aliexpress_numbers
        for number in numbers:
            if len(number) > _DIGITS_KEPT:
                self.long_numbers += 1
                self.long_and_round += number[_DIGITS_KEPT:].strip("0") == ""
        if isinstance(order, ParsedStoreOrder):
            if result.changes and any(map(_undoes, result.changes)):
                self.undoing += 1
                self.first_undoing = self.first_undoing or order.number
            if result.is_another_shops:
                self.of_another_shop += 1
                self.first_of_another_shop = self.first_of_another_shop or order.number
        for number, other in result.linked_to_another_order:
            self.linked_to_another_order += 1
            if len(self.samples["linked_to_another_order"]) < MAX_CONFLICTS_SHOWN:
                self.samples["linked_to_another_order"].append(_link_conflict(order, number, other))
        if result.kind == "rejected":
            self.rejected_rows += len(order.source_lines)
            return
        setattr(self, result.kind, getattr(self, result.kind) + 1)
        shown = self.samples[result.kind]
        if len(shown) < SAMPLES_OF_EACH_KIND:
            shown.append(_sample(result))

    def _look_at_people(self, orders: Sequence[ParsedStoreOrder]) -> None:
        # Of all together first, as few files have lost letters.
        names = "\n".join([order.customer_name or "" for order in orders])
        products = "\n".join([product.name for order in orders for product in order.lines])
        if _LOST_LETTERS in names or _LOST_LETTER in names or _LOST_LETTER in products:
            lost = [order.source_lines[0] for order in orders if _has_lost_letters(order)]
            self.names_without_letters += len(lost)
            self.first_of_them = self.first_of_them or next(iter(lost), 0)
        known = [order for order in orders if order.customer_name and order.email]
        lines = self._name_of_address.differing(
            [order.email or "" for order in known],
            [hash((order.customer_name or "").casefold()) for order in known],
            [order.source_lines[0] for order in known],
        )
        self.other_names += len(lines)
        self.first_other_name = self.first_other_name or next(iter(lines), 0)

    @property
    def shown(self) -> dict[str, Any]:
        """As `Import.samples` has it."""
        return {
            **self.samples,
            "kept_by_user_counts": dict(self.kept_by_user),
            # Of all of them: the page shows the first.
            "kept_by_user_digest": self._kept_by_user_digest.hexdigest(),
            "linked_to_another_order_count": self.linked_to_another_order,
            "refused_rows": self.rejected_rows,
            "rounded_numbers": self._rounded_numbers,
            "other_names": [self.other_names, self.first_other_name],
            "undoing": [self.undoing, self.first_undoing],
            "lost_letters": [self.names_without_letters, self.first_of_them],
        }

    @property
    def is_of_another_shop(self) -> bool:
        """Whether most orders whose numbers are stored are others than those."""
        return self.of_another_shop * 2 > self.changed + self.unchanged

    @property
    def _rounded_numbers(self) -> int:
        """How many AliExpress numbers there are, where a spreadsheet seems to have rounded all of them; else 0."""
        all_round = self.long_and_round == self.long_numbers >= _NUMBERS_THAT_TELL
        return self.long_numbers if all_round else 0

    def add_issue(self, issue: RowIssue) -> None:
        self.issues_found += 1
        last = self._last_issue
        # Past the cap, an order begun is kept to its end: mended without its other rows it would lose them.
        goes_on = (
            last is not None
            and self.issues_kept < MAX_ISSUES + EXTRA_ISSUES_TO_FINISH_AN_ORDER
            and _belongs_to(issue, last)
        )
        if self.issues_kept < MAX_ISSUES or goes_on:
            self.issues_kept += 1
            again = last is not None and last.line == issue.line
            cells, order_rows = ([], []) if again else _whole_rows(issue)
            self._characters += sum(map(len, cells)) + sum(len(cell) for _, row in order_rows for cell in row)
            if issue.code != "first_row_rejected":
                self._last_issue = issue
            self.issues.append(
                ImportIssue(
                    source=self.source,
                    line=issue.line,
                    column=issue.column[:100],
                    value=issue.value[:200],
                    code=issue.code,
                    params=plain(issue.params),
                    cells=cells,
                    order_rows=order_rows,
                )
            )
        if len(self.issues) >= _ISSUES_PER_INSERT or self._characters > _CHARACTERS_PER_INSERT:
            self.save_issues()

    def save_issues(self) -> None:
        ImportIssue.objects.bulk_create(self.issues)
        self.issues = []
        self._characters = 0


def _has_lost_letters(order: ParsedStoreOrder) -> bool:
    name = order.customer_name or ""
    return (
        _LOST_LETTERS in name
        or _LOST_LETTER in name
        or any(_LOST_LETTER in product.name for product in order.lines)
    )


def _undoes(change: Change) -> bool:
    """Whether an older state of an order would take the place of a newer one."""
    old, new = change.old, change.new
    match change.field:
        case "refunded":
            return isinstance(old, Decimal) and old > (new if isinstance(new, Decimal) else 0)
        case "cancelled_at":
            return bool(old) and not new
        case "fulfillment_status":
            return old in ("fulfilled", "partial") and new in ("unfulfilled", "")
        case "financial_status":
            return old in ("refunded", "partially_refunded") and new not in ("refunded", "partially_refunded")
    return False


def _belongs_to(issue: RowIssue, last: RowIssue) -> bool:
    return (
        issue.line == last.line
        or (issue.code == "first_row_rejected" and issue.params.get("first_line") == last.line)
        or (issue.code == last.code and issue.code in ORDER_AGAIN and issue.params == last.params)
    )


def _whole_rows(issue: RowIssue) -> tuple[list[str], list[list[Any]]]:
    """The row and those beside it, as JSON; nothing of them where they are too long."""
    length = sum(map(len, issue.cells)) + sum(len(cell) for _, row in issue.order_rows for cell in row)
    if length > MAX_CHARACTERS_KEPT:
        return [], []
    return list(issue.cells), [[line, list(row)] for line, row in issue.order_rows]


def _sample(result: Result) -> dict[str, Any]:
    """What the preview shows of one order. E-mails are whole here: pages mask them by role."""
    order = result.order
    sample: dict[str, Any] = {"line": order.source_lines[0]}
    if isinstance(order, ParsedStoreOrder):
        sample |= {
            "number": order.number,
            "name": order.customer_name or "",
            "email": order.email or "",
            "amount": order.total,
            "currency": order.currency,
            "placed_at": order.placed_at,
            "items": [f"{line.quantity} × {line.name[:80]}" for line in order.lines[:3]],
            "aliexpress_numbers": _joined(result, order.aliexpress_numbers)[:5],
        }
    elif isinstance(order, ParsedSupplierOrder):
        sample |= {
            "number": order.store_order_number,
            "aliexpress_numbers": [order.number],
            "name": order.supplier_name or "",
            "amount": order.cost,
            "currency": order.currency,
            "placed_at": order.placed_at,
            "status": order.status or "",
            "items": [f"{line.quantity} × {line.name[:80]}" for line in order.lines[:3]],
        }
    elif isinstance(order, ParsedLink):
        sample |= {"number": order.store_order_number, "aliexpress_numbers": order.aliexpress_numbers[:5]}
    if result.kind == "changed":
        sample["changes"] = [_worded(change) for change in result.changes]
    return cast(dict[str, Any], plain(sample))


def _joined(result: Result, numbers: Sequence[str]) -> list[str]:
    others = {number for number, _ in result.linked_to_another_order}
    return [number for number in numbers if number not in others]


def _link_conflict(order: ParsedOrder, number: str, other: str) -> dict[str, Any]:
    own = order.number if isinstance(order, ParsedStoreOrder) else order.store_order_number
    return {"line": order.source_lines[0], "number": own, "aliexpress_number": number, "belongs_to": other}


def first_rows(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """A file's first rows as they are kept for the page where a person names its columns."""
    return [[cell[:CELL_CHARACTERS] for cell in row] for row in rows[:ROWS_TO_NAME]]


def _kept_value(order: ParsedOrder, change: Change) -> dict[str, Any]:
    number = order.store_order_number if isinstance(order, ParsedLink) else order.number
    currency = "" if isinstance(order, ParsedLink) else order.currency
    told: Mapping[str, Any] = {**_worded(change), "number": number, "currency": currency}
    return cast(dict[str, Any], plain({**told, "line": order.source_lines[0]}))


def _worded(change: Change) -> dict[str, Any]:
    return {"field": change.field, "old": change.old, "new": change.new}


def plain(value: Any) -> Any:
    """The value as JSON has it: moments and amounts as texts."""
    return json.loads(json.dumps(value, default=_text))


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
