"""What every format is: the table of its columns, how it is told by a header, and how rows become items."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from ..columns import Columns
from ..issues import RowIssue
from ..records import Item

if TYPE_CHECKING:
    from ..quick_orders import QuickOrders
    from ..reader import Reading

Row = tuple[int, list[str]]


@dataclass(slots=True)
class Outcome:
    """What a block of rows came to. Every row is counted in exactly one of the three."""

    items: list[Item] = field(default_factory=list)
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0

    def reject(self, issues: Sequence[RowIssue]) -> None:
        self.rejected += 1
        self.items.extend(issues)


class Format(ABC):
    """One kind of file. Subclass, fill the tables, write `build`, and add an instance to `FORMATS`."""

    key: ClassVar[str]
    title: ClassVar[str]
    #: Field -> its columns, best first, each in all its (normalised) spellings.
    table: Mapping[str, Sequence[Sequence[str]]]
    #: Fields without which the file is of no use; the first names the order.
    required: ClassVar[tuple[str, ...]]
    #: Fields that speak for this format, and how many of them a file must have.
    telling: ClassVar[frozenset[str]]
    telling_needed: ClassVar[int] = 1
    #: Whether rows next to each other with the same first required cell are one order.
    grouped: ClassVar[bool] = True
    #: The order of day and month where the program that writes the file always uses one.
    date_order: ClassVar[str] = ""
    date_fields: ClassVar[tuple[str, ...]] = ()
    #: Fields whose amounts tell whether the file writes decimals with a point or a comma.
    amount_fields: ClassVar[tuple[str, ...]] = ()
    #: Fields that a blank cell takes from an order that is stored; "lines" for the SKU and vendor of its products. Of
    #: any other it says nothing.
    erasable: ClassVar[frozenset[str]] = frozenset()
    #: The fields whose amounts carry a currency's sign where the file has no column for it.
    sign_in: tuple[str, ...] = ()

    def columns(self, header: Sequence[str]) -> Columns:
        """Where a file with this header keeps the fields."""
        return Columns(self.table, header)

    def score(self, columns: Columns) -> int:
        """How well a header fits: the number of columns read, 0 where it is another kind of file."""
        if not columns.fields.issuperset(self.required):
            return 0
        return len(columns.used) if len(columns.fields & self.telling) >= self.telling_needed else 0

    def missing(self, columns: Columns) -> str:
        """The required column that a header otherwise clearly of this format lacks, "" if it is not."""
        if len(columns.fields & self.telling) < max(3, self.telling_needed):
            return ""
        return next((self.table[name][0][0] for name in self.required if name not in columns.fields), "")

    def quick_orders(self, reading: Reading) -> QuickOrders | None:
        """What reads well-formed rows of this file at speed, None where there is no such thing."""
        return None

    def continues(self, row: Sequence[str], columns: Columns) -> bool:
        """Whether a row that names no order is a further one of the order above it."""
        return False

    @abstractmethod
    def build(self, block: list[Row], ragged: Mapping[int, RowIssue], reading: Reading) -> Outcome:
        """Turn the rows of one order into items. `ragged` holds the issues of rows of the wrong length, by line."""
