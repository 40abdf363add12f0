"""Order files on their way through the product's own code: uploaded, read, saved."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from closedorders.accounts.models import Membership
from closedorders.imports import actions, tasks
from closedorders.imports.models import Import
from closedorders.orderfiles.cells import ISSUES, BadValue
from closedorders.orderfiles.issues import ASSUMPTIONS, QUESTIONS, RowIssue
from closedorders.orderfiles.reader import Reading, read_orders
from closedorders.orderfiles.records import Item, ParsedLink, ParsedStoreOrder, ParsedSupplierOrder
from closedorders.orderfiles.tables.csv_table import FileRefused
from closedorders.orders.models import BuyerAccount, Customer, Store, StoreOrder, Supplier, SupplierOrder

START = date(2026, 10, 1)
#: Where and when a file is read that no team uploaded.
MADRID = ZoneInfo("Europe/Madrid")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def read(content: str | bytes, **answers: Any) -> tuple[Reading, list[Item]]:
    """Read to the end, checking what holds for every file. `answers` are those of `read_orders`."""
    raw = content.encode() if isinstance(content, str) else content
    reading = read_orders(io.BytesIO(raw), zone=MADRID, now=NOW, **answers)
    items = []
    for item in reading:
        items.append(item)
        assert reading.rows_read == reading.rows_accepted + reading.rows_rejected + reading.rows_duplicate
    issues = [item for item in items if isinstance(item, RowIssue)]
    assert {issue.code for issue in issues} <= set(ISSUES)
    assert len({issue.line for issue in issues}) == reading.rows_rejected
    assert {each.code for each in reading.assumptions} <= set(ASSUMPTIONS)
    assert {each.code for each in reading.questions} <= set(QUESTIONS)
    return reading, items


def counts(reading: Reading) -> tuple[int, int, int, int]:
    return reading.rows_read, reading.rows_accepted, reading.rows_rejected, reading.rows_duplicate


def store_orders(items: list[Item]) -> list[ParsedStoreOrder]:
    return [item for item in items if isinstance(item, ParsedStoreOrder)]


def supplier_orders(items: list[Item]) -> list[ParsedSupplierOrder]:
    return [item for item in items if isinstance(item, ParsedSupplierOrder)]


def links(items: list[Item]) -> list[ParsedLink]:
    return [item for item in items if isinstance(item, ParsedLink)]


def issues(items: list[Item]) -> list[tuple[int, str, str, str]]:
    return [(item.line, item.column, item.value, item.code) for item in items if isinstance(item, RowIssue)]


def refusal(content: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        list(read_orders(io.BytesIO(content), zone=MADRID, now=NOW))
    return caught.value


def code_of(parse: Callable[[str], object], text: str) -> str:
    """Why a cell is refused."""
    with pytest.raises(BadValue) as caught:
        parse(text)
    assert caught.value.code in ISSUES
    return caught.value.code


def upload(
    content: bytes, *, store: Store, by: Membership, account: BuyerAccount | None = None, name: str = "o.csv"
) -> Import:
    return actions.upload_import(
        team=store.team, upload=SimpleUploadedFile(name, content), store=store, buyer_account=account, by=by
    )


def preview(content: bytes, *, store: Store, by: Membership, account: BuyerAccount | None = None) -> Import:
    source = upload(content, store=store, by=by, account=account)
    tasks.read_import(source.pk)
    source.refresh_from_db()
    return source


def save(source: Import, *, by: Membership) -> Import:
    actions.save_import(source=source, by=by)
    tasks.commit_import(source.pk)
    source.refresh_from_db()
    return source


def import_file(
    content: bytes, *, store: Store, by: Membership, account: BuyerAccount | None = None
) -> Import:
    source = preview(content, store=store, by=by, account=account)
    if source.refusal.get("code") == "other_store":
        # Made-up orders of one number may have other Ids, customers and dates.
        actions.choose_store(source=source, store=store, by=by)
        tasks.read_import(source.pk)
        source.refresh_from_db()
    return save(source, by=by)


def csv_file(rows: Iterable[Mapping[str, str]]) -> bytes:
    """A file whose header is the keys of the first row."""
    listed = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, listed[0].keys(), lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue().encode()


def shopify_row(**cells: str) -> dict[str, str]:
    """One order of one product; keyword names are Shopify's with `_` for a space."""
    row = {
        "Name": "#1001",
        "Email": "maria@example.com",
        "Financial Status": "paid",
        "Currency": "EUR",
        "Subtotal": "20.00",
        "Total": "25.00",
        "Created at": "2026-10-07 09:50:26 +0200",
        "Lineitem quantity": "1",
        "Lineitem name": "Lamp",
        "Lineitem price": "20.00",
        "Billing Name": "María García",
        "Shipping Country": "ES",
        "Notes": "",
        "Phone": "",
    }
    return row | {name.replace("_", " "): value for name, value in cells.items()}


def ali_row(**cells: str) -> dict[str, str]:
    row = {
        "Order Date": "Oct 8, 2026",
        "Order ID": "8201447122035519",
        "Title": "Lamp",
        "Qty": "1",
        "Price": "US $9.50",
        "Store": "Good Night Lamp Store",
        "Price Info": "US $9.50|9|50",
        "Currency": "USD",
        "Status": "Awaiting delivery",
        "Product Url": "https://www.aliexpress.com/item/1.html",
    }
    return row | {name.replace("_", " "): value for name, value in cells.items()}


def text(response: Any) -> str:
    """A page or download as text. The test client's responses have no public type."""
    if response.streaming:
        return b"".join(response.streaming_content).decode()
    return str(response.content.decode())


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All that imports write, without keys and times of writing: equal when two databases tell the same."""
    return {
        "customers": sorted(Customer.objects.values_list("key", "name", "email", "phone", "country")),
        "orders": sorted(
            StoreOrder.objects.values_list(
                "number",
                "customer__key",
                "currency",
                "total",
                "placed_at",
                "financial_status",
                "note",
                "tags",
                "lines",
            )
        ),
        "suppliers": sorted(Supplier.objects.values_list("name", "url")),
        "bought": sorted(
            (number, *(str(value) for value in rest))
            for number, *rest in SupplierOrder.objects.values_list(
                "number", "store_order__number", "cost", "currency", "status", "status_code", "title"
            )
        ),
    }
