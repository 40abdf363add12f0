"""The lines of a store order: what was bought, in the order of the file.

They live in one column of their order. Nothing asks for a line without its order, and a table of their own, with its
index and its key, took a tenth of the time of an import.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from closedorders.core.memo import BoundedMemo

if TYPE_CHECKING:
    from closedorders.orderfiles.records import ParsedLine

LONGEST_NAME, LONGEST_SKU, LONGEST_VENDOR = 500, 200, 200


class OrderLine(NamedTuple):
    """One product. `price` is for one piece, in the order's currency; None where no file told it."""

    name: str
    sku: str = ""
    vendor: str = ""
    quantity: int = 1
    price: Decimal | None = None


class OrderLinesField(models.JSONField):
    """A list of `OrderLine`, kept as `[[name, sku, vendor, quantity, price as text], …]`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("encoder", DjangoJSONEncoder)  # Writes amounts as texts.
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return self.to_python(super().from_db_value(value, expression, connection))

    def to_python(self, value: Any) -> Any:
        return value if value is None else [_line(*each) for each in value]


def _line(name: str, sku: str, vendor: str, quantity: int, price: Any) -> OrderLine:
    return OrderLine(name, sku, vendor, quantity, price if price is None else Decimal(price))


def _quoted(longest: int) -> BoundedMemo[str]:
    return BoundedMemo(lambda text: json.dumps(text[:longest], ensure_ascii=False))


_NAMES, _SKUS, _VENDORS = _quoted(LONGEST_NAME), _quoted(LONGEST_SKU), _quoted(LONGEST_VENDOR)


def lines_to_insert(lines: Iterable[ParsedLine]) -> str:
    """What stands for a file's lines in rows to insert past the ORM; see `bulk_rows`."""
    # Written by hand: stores sell the same products over and over, and an encoder takes five times as long.
    written = [
        f"[{_NAMES[name]},{_SKUS[sku or '']},{_VENDORS[vendor or '']},{quantity},"
        + ("null]" if price is None else f'"{price!s}"]')
        for name, sku, vendor, quantity, price in lines
    ]
    return f"[{','.join(written)}]"


def stored_line(line: ParsedLine) -> OrderLine:
    """A file's line as it is stored."""
    return OrderLine(
        line.name[:LONGEST_NAME],
        (line.sku or "")[:LONGEST_SKU],
        (line.vendor or "")[:LONGEST_VENDOR],
        line.quantity,
        line.price,
    )
