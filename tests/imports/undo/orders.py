"""The files that are imported and undone, and all that is stored, to compare."""

from __future__ import annotations

from typing import Any

from closedorders.accounts.models import Membership
from closedorders.imports import actions as import_actions
from closedorders.imports import tasks
from closedorders.imports.models import Import
from closedorders.orderfiles.samples import aliexpress_extension_csv, link_csv, shopify_csv
from closedorders.orders.models import (
    Customer,
    StoreOrder,
    Supplier,
    SupplierOrder,
)
from tests.imports.files import START

NUMBER = "8201447122035519"


def undo(source: Import, *, by: Membership) -> Import:
    import_actions.undo_import(source=source, by=by)
    tasks.undo_import(source.pk)
    source.refresh_from_db()
    return source


def dump() -> dict[str, list[tuple[Any, ...]]]:
    """Every column of every row that imports write, keys too; not when it was last written."""
    tables: dict[str, list[tuple[Any, ...]]] = {}
    for model in (Customer, StoreOrder, Supplier, SupplierOrder):
        names = [each.attname for each in model._meta.concrete_fields if each.attname != "updated_at"]
        rows = model._default_manager.values_list(*names)
        tables[model.__name__] = sorted(rows, key=repr)
    return tables


def files(*, changed: bool = False) -> list[bytes]:
    """Three files about the same orders; `changed` has more of them, otherwise priced and in other states."""
    orders, seed = (60, 7) if changed else (40, 3)
    return [
        shopify_csv(orders=orders, start=START, seed=seed),
        aliexpress_extension_csv(orders=orders, start=START, seed=seed),
        link_csv(orders=orders, start=START, seed=seed),
    ]
