"""Rows of a shop's own orders: what is common to all formats of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from closedorders.orderfiles.cells import find_aliexpress_numbers, may_hold_numbers

from ..cell_columns import CellColumns
from ..columns import Columns
from ..fields import STORE_ORDER_FIELDS
from ..records import ParsedLine, ParsedStoreOrder
from .base import Format

_AMOUNTS = ("subtotal", "shipping", "total", "refunded")
_READ_APART = frozenset(
    {"source_lines", "currency", "currency_told", "customer_name", "aliexpress_numbers", "lines"}
)
_AS_THEY_ARE = tuple(
    name for name in ParsedStoreOrder._fields if name not in _READ_APART and name not in _AMOUNTS
)
_NAMES = (("customer_name", "customer_last_name"), ("ship_name", "ship_last_name"))


class StoreOrders(Format):
    """A row is a product of an order. One row is read for what the order itself says, the others for their products.

    Which one that is, and what the others may say of the order, is the same for all rows of a file (`assembler`).
    """

    registry = STORE_ORDER_FIELDS
    #: Fields of the product; all others are the order's.
    line_fields: ClassVar[frozenset[str]] = frozenset(
        {"line_name", "line_quantity", "line_price", "line_sku", "line_vendor"}
    )
    #: Whether the rows of an order each repeat what is its own, or leave it blank; the fullest one is read for it. Such
    #: programs add quantities up, so that the same row again is no other product.
    repeats_order: ClassVar[bool] = False
    #: Fields of whose missing columns something else is said.
    told_otherwise: ClassVar[frozenset[str]] = frozenset()
    #: Fields that are below zero in a row that is a refund; none where the program writes no such rows.
    signed_in_refunds: ClassVar[tuple[str, ...]] = ()
    #: Whether a row that fills none of `first_row_columns` is always a further one.
    always_marked: ClassVar[bool] = False

    def first_row_columns(self, columns: Columns) -> tuple[int, ...]:
        """The columns that the first row of an order fills and no other does."""
        return ()

    def own_columns(self, columns: Columns) -> list[int]:
        """Where the file has what is the order's own."""
        return sorted({at for name in columns.fields - self.line_fields for at in columns.all(name)})

    # Reading

    def orders(self, cells: CellColumns) -> list[ParsedStoreOrder]:
        """The order that each row tells, with the row's products."""
        codes, told = self.currencies(cells)
        values: dict[str, Sequence[Any]] = {
            "source_lines": [(line,) for line, _ in cells.rows],
            "currency": codes,
            "currency_told": told,
            "lines": self.lines(cells, codes),
        }
        for name in _AS_THEY_ARE:
            values[name] = cells.read(name)
        in_parts = cells.has("customer_last_name") or cells.has("ship_name")
        values["customer_name"] = _full_names(cells) if in_parts else cells.read("customer_name")
        values |= self.amounts(cells, codes)
        values["aliexpress_numbers"] = self._numbers(cells, values)
        values |= self.statuses(values)
        return list(map(ParsedStoreOrder._make, zip(*map(values.get, ParsedStoreOrder._fields), strict=True)))

    def currencies(self, cells: CellColumns) -> tuple[Sequence[str], Sequence[bool]]:
        """Each row's currency, and whether the row itself tells it: by its cell, else by the sign of an amount."""
        told = self.told_currencies(cells)
        if all(told):
            return told, [True] * len(told)
        return [cells.conventions.currency_or_default(each or "") for each in told], list(map(bool, told))

    def amounts(self, cells: CellColumns, codes: Sequence[str]) -> dict[str, Sequence[Decimal | None]]:
        return {name: cells.amounts(name, codes) for name in _AMOUNTS}

    def statuses(self, values: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[str | None]]:
        """The columns of `values` that are statuses, in the words we use, where a format has others."""
        return {}

    def lines(self, cells: CellColumns, codes: Sequence[str]) -> Sequence[tuple[ParsedLine, ...]]:
        """The products of each row."""
        names, quantities = cells.read("line_name"), cells.read("line_quantity")
        prices = cells.amounts("line_price", codes)
        skus, vendors = cells.read("line_sku"), cells.read("line_vendor")
        rows = zip(names, skus, vendors, quantities, prices, strict=True)
        if all(names) and all(quantities):
            return list(zip(map(ParsedLine._make, rows), strict=True))
        return [
            ()
            if not name and quantity is None and price is None
            else (ParsedLine(name or "", sku, vendor, quantity or 1, price),)
            for name, sku, vendor, quantity, price in rows
        ]

    def _numbers(self, cells: CellColumns, values: Mapping[str, Sequence[Any]]) -> Sequence[tuple[str, ...]]:
        """The AliExpress orders that each row names, in a column for them or in a note."""
        nothing: list[tuple[str, ...]] = [()] * len(cells.rows)
        told = cells.read("aliexpress") if cells.has("aliexpress") else nothing
        notes = [
            column if cells.has(name) else None
            for name, column in (
                ("note", values["note"]),
                ("order_notes", cells.read("order_notes")),
                ("tags", values["tags"]),
                ("note_attributes", cells.read("note_attributes")),
            )
        ]
        if not any(may_hold_numbers("\n".join(column)) for column in notes if column):
            return told
        blank = [""] * len(cells.rows)
        return [
            tuple(
                dict.fromkeys(
                    (
                        *numbers,
                        *find_aliexpress_numbers(
                            note=f"{note}\n{more}" if more else note, tags=tags, attributes=attributes
                        ),
                    )
                )
            )
            for numbers, note, more, tags, attributes in zip(
                told, *(column or blank for column in notes), strict=True
            )
        ]


def _full_names(cells: CellColumns) -> list[str]:
    """The first person of whom each row has a given or a family name."""
    names = [""] * len(cells.rows)
    for pair in _NAMES:
        unnamed = [not name for name in names]
        parts = zip(*(cells.read(name, where=unnamed) for name in pair), strict=True)
        names = [name or " ".join(filter(None, both)) for name, both in zip(names, parts, strict=True)]
    return names
