"""A file of no known kind, and the names a person gives its columns."""

from __future__ import annotations

from closedorders.accounts.models import Membership
from closedorders.imports import tasks
from closedorders.imports.columns import name_columns
from closedorders.imports.models import Import
from closedorders.orders.models import Store
from tests.imports.files import preview

UNKNOWN = (
    "Ref;Cuándo;Contacto;Importe;AE;Interno\n"
    "#1001;03/10/2026;ana@example.com;25,00;8201447122035519;x\n"
    "#1002;31/10/2026;bo@example.net;9,50;;y\n"
)
BOOK_TITLES: list[object] = ["Ref", "Cuándo", "Contacto", "Importe", "AE", "Interno"]
FIELDS = {"number": "ref", "placed_at": "cuando", "email": "contacto", "total": "importe", "aliexpress": "ae"}
CHOICES = {
    "kind": "store_orders",
    "column-0": "number",
    "column-1": "placed_at",
    "column-2": "email",
    "column-3": "total",
    "column-4": "aliexpress",
    "column-5": "",
}


def unmapped(store: Store, by: Membership, content: str = UNKNOWN) -> Import:
    source = preview(content.encode(), store=store, by=by)
    assert source.state == Import.State.UNMAPPED
    return source


def read(source: Import) -> Import:
    tasks.read_import(source.pk)
    source.refresh_from_db()
    return source


def mapped(store: Store, by: Membership, content: str = UNKNOWN) -> Import:
    source = unmapped(store, by, content)
    name_columns(source=source, kind="store_orders", fields=FIELDS, by=by)
    return read(source)
