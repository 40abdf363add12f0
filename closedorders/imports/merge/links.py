"""Which AliExpress order was bought for which store order, compared with what is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from closedorders.orderfiles.records import ParsedLink
from closedorders.orders.models import SupplierOrder
from closedorders.orders.status import refresh_status as refresh_status

from ..changes import Trace
from .base import (
    Batch,
    Change,
    Result,
    Target,
    join,
    known_supplier_orders,
    other_order,
    save_links,
    save_trace,
    store_orders_by_spelling,
)

#: Why a row is refused by what is stored, not by what stands in it.
REFUSALS = ("unknown_store_order", "joined_to_another")


class LinkBatch(Batch):
    def __init__(self, links: Sequence[ParsedLink], *, target: Target, lock: bool) -> None:
        self._target = target
        self._trace = Trace()
        self._orders = store_orders_by_spelling(target, {link.store_order_number for link in links})
        numbers = {number for link in links for number in link.aliexpress_numbers}
        self._suppliers = known_supplier_orders(target.team, numbers, lock)
        self._links: list[SupplierOrder] = []
        self.results = [self._compare(link) for link in links]

    def _compare(self, link: ParsedLink) -> Result:
        order = self._orders.get(link.store_order_number)
        if order is None:
            return Result(link, "rejected", refusal=("unknown_store_order", link.store_order_number, {}))
        for number in link.aliexpress_numbers:
            if (other := other_order(self._suppliers, number, order)) is not None:
                params: dict[str, object] = {"order": other.number}
                return Result(link, "rejected", refusal=("joined_to_another", number, params))
        changes, stubs = [], 0
        for number in link.aliexpress_numbers:
            stubs += number not in self._suppliers
            line = link.source_lines[0]
            if join(self._suppliers, number, order, self._target, trace=self._trace, line=line):
                self._links.append(self._suppliers[number])
                changes.append(Change("aliexpress_number", "", number))
        if not changes:
            return Result(link, "unchanged")
        return Result(link, "new" if stubs == len(link.aliexpress_numbers) else "changed", changes)

    def save(self, *, meanwhile: Callable[[], None] | None = None) -> None:
        save_links(self._links)
        save_trace(self._trace, self._target)
        refresh_status(order.store_order_id for order in self._links)
