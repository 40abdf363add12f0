"""The orders of a file in batches, which reading and saving share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from closedorders.orderfiles.issues import RowIssue
from closedorders.orderfiles.reader import Reading
from closedorders.orderfiles.records import ParsedLink, ParsedOrder, ParsedSupplierOrder
from closedorders.orders.models import Customer, StoreOrder, SupplierOrder

from ..merge import Result

ORDERS_PER_BATCH = 2_000
#: What imports fill and compare their files with.
TABLES = (StoreOrder, Customer, SupplierOrder)


class Batches(Iterator[list[ParsedOrder]]):
    """The orders of a file, `ORDERS_PER_BATCH` at once."""

    def __init__(self, orders: Iterator[ParsedOrder]) -> None:
        self._orders = orders
        self._ahead: list[ParsedOrder] = []
        self._wrong: Exception | None = None

    def read_ahead(self, most: int = ORDERS_PER_BATCH) -> None:
        """Read so many orders of the next batch before it is asked for; an error is raised only then."""
        if self._wrong is None:
            try:
                self._ahead += islice(self._orders, min(most, ORDERS_PER_BATCH - len(self._ahead)))
            except Exception as reason:
                self._wrong = reason

    def __next__(self) -> list[ParsedOrder]:
        self.read_ahead()
        if self._wrong is not None:
            raise self._wrong
        batch, self._ahead = self._ahead, []
        if not batch:
            raise StopIteration
        return batch


def issues_of(result: Result, reading: Reading) -> Iterable[RowIssue]:
    """An issue for each row of an order that what is stored refuses."""
    if result.refusal is None:
        return
    code, value, params = result.refusal
    order = result.order
    unknown = code == "unknown_store_order"
    rows: Sequence[tuple[str, ...]]
    if isinstance(order, ParsedSupplierOrder):
        said_in, rows = "store_order" if unknown else "number", order.cells
    elif isinstance(order, ParsedLink):
        said_in, rows = "number" if unknown else "aliexpress", [order.cells]
    else:
        raise TypeError(order)  # Nothing that is stored speaks against an order of the shop's own.
    column = reading.header[reading.columns.first(said_in)]
    for line, cells in zip(order.source_lines, rows, strict=True):
        yield RowIssue(line, column, value, code, params, cells)
