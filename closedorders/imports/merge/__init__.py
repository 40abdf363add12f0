"""Parsed orders compared with what is stored: what is new, what changed, and how to save it.

    batch = compare_with_stored(orders, target=target, fields=reading.fields, erasable=reading.erasable)
    batch.results   # one `Result` per order, in their order: for the preview
    batch.save()    # writes exactly what the results say: for the commit, inside a transaction

The preview and the commit take the same way, so what is saved is what was shown. A batch costs a handful of queries
however many orders it has. The rules:

* What the file has no column for is left alone, what is blank in it too but for `erasable` fields, the time of an order
  of which the file has the day alone, and every field named in `edited_fields`: a person typed it.
  Where the file says otherwise, `Result.kept_by_user` has both; `overrides` names the fields for which a person chose
  the file's value, which then is no longer a typed one.
* A customer carries the words of their newest order; older orders only fill blanks. Otherwise a customer who wrote
  her name in two ways would change back and forth at each import.
* An order moves to another customer only when the file gives another e-mail and nobody typed the one it has.
* An AliExpress order stays with the store order it was joined to first. A row that names both and says otherwise is
  refused, an order of which only the notes do is taken, and `Result.linked_to_another_order` tells it.
"""

from __future__ import annotations

from collections.abc import Sequence

from closedorders.orderfiles.records import ParsedLink, ParsedOrder, ParsedStoreOrder, ParsedSupplierOrder

from .base import Batch, Change, FileOverrides, Result, Target
from .links import REFUSALS, LinkBatch
from .store_orders import StoreOrderBatch
from .supplier_orders import SupplierOrderBatch

__all__ = [
    "REFUSALS",
    "Change",
    "FileOverrides",
    "Result",
    "StoreOrderBatch",
    "Target",
    "compare_with_stored",
]


NO_OVERRIDES = FileOverrides()


def compare_with_stored(
    orders: Sequence[ParsedOrder],
    *,
    target: Target,
    fields: frozenset[str],
    erasable: frozenset[str],
    lock: bool = False,
    overrides: FileOverrides = NO_OVERRIDES,
) -> Batch:
    """Compare orders of one kind, of which the file has these fields; see `Format.erasable`.

    `lock` keeps the rows that may be changed until the transaction ends.
    """
    if store_orders := [each for each in orders if isinstance(each, ParsedStoreOrder)]:
        return StoreOrderBatch(
            store_orders, target=target, fields=fields, erasable=erasable, lock=lock, overrides=overrides
        )
    if supplier_orders := [each for each in orders if isinstance(each, ParsedSupplierOrder)]:
        return SupplierOrderBatch(
            supplier_orders, target=target, fields=fields, lock=lock, overrides=overrides
        )
    return LinkBatch([each for each in orders if isinstance(each, ParsedLink)], target=target, lock=lock)
