"""Ways to read a file in a test: as a whole, and some rows at a time."""

from __future__ import annotations

import io
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings

from closedorders.orderfiles.reader import FormatOf, Reading, read_orders
from closedorders.orderfiles.records import Item
from tests.orderfiles.properties.shopify_tables import NOW

few = settings(
    max_examples=35, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def read(content: bytes, own_format: FormatOf | None = None) -> tuple[Reading, list[Item]]:
    reading = read_orders(
        io.BytesIO(content),
        zone=ZoneInfo("Europe/Madrid"),
        default_currency="EUR",
        own_format=own_format,
        now=NOW,
    )
    return reading, list(reading)


def read_together(
    content: bytes, rows: int, own_format: FormatOf | None = None
) -> tuple[Reading, list[Item]]:
    """The file, as many rows of it at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("closedorders.orderfiles.reader._ROWS_AT_ONCE", rows)
        return read(content, own_format)


def assert_the_same(together: tuple[Reading, list[Item]], apart: tuple[Reading, list[Item]]) -> None:
    (reading, items), (other, other_items) = together, apart
    assert items == other_items
    assert (reading.how(), reading.questions) == (other.how(), other.questions)
    assert (reading.rows_accepted, reading.rows_duplicate) == (other.rows_accepted, other.rows_duplicate)
