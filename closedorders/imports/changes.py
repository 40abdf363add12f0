"""What an import makes of rows that were there before, kept so that it can be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models

from closedorders.orders.models import Customer, StoreOrder, Supplier, SupplierOrder

from .models import Import, ImportChange

THINGS: dict[type[StoreOrder | SupplierOrder | Customer], ImportChange.Thing] = {
    StoreOrder: ImportChange.Thing.STORE_ORDER,
    SupplierOrder: ImportChange.Thing.SUPPLIER_ORDER,
    Customer: ImportChange.Thing.CUSTOMER,
}
_CHANGES_PER_INSERT = 1_000


class Trace:
    """The rows that one batch changes, with the values they had.

    Tell it a row's fields (by column: `customer_id`) before they are set; what they are in the end is read from the
    row itself by `save`. Rows that are new are told by their `came_with` alone.
    """

    def __init__(self) -> None:
        self._noted: dict[tuple[ImportChange.Thing, int], tuple[Any, int, dict[str, Any]]] = {}

    def note(self, row: StoreOrder | SupplierOrder | Customer, line: int, *names: str) -> None:
        if not row.pk:
            return
        _, _, before = self._noted.setdefault((THINGS[type(row)], row.pk), (row, line, {}))
        for name in names:
            before.setdefault(name, getattr(row, name))

    def save(self, source: Import, *, new_suppliers: Iterable[Supplier] = ()) -> None:
        """Write it down, in the transaction of the rows and after they have their keys."""
        changes = [
            ImportChange(
                source=source, thing=ImportChange.Thing.SUPPLIER, thing_id=each.pk, after={"name": each.name}
            )
            for each in new_suppliers
        ]
        for (thing, pk), (row, line, before) in self._noted.items():
            after = {name: getattr(row, name) for name, old in before.items() if getattr(row, name) != old}
            if after:
                changes.append(
                    ImportChange(
                        source=source,
                        thing=thing,
                        thing_id=pk,
                        line=line,
                        before={name: _plain(before[name]) for name in after},
                        after={name: _plain(value) for name, value in after.items()},
                    )
                )
        ImportChange.objects.bulk_create(changes, batch_size=_CHANGES_PER_INSERT)


def told(model: type[StoreOrder | SupplierOrder | Customer], name: str, value: Any) -> Any:
    """A value of a change as the field itself has it."""
    return _field(model, name).to_python(value)


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise TypeError(name)
    return field


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
