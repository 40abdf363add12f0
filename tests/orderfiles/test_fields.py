"""The registry of fields: what every format and every column named by hand is read by."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from closedorders.orderfiles.columns import normalised_header
from closedorders.orderfiles.fields import (
    LINK_FIELDS,
    STORE_ORDER_FIELDS,
    SUPPLIER_ORDER_FIELDS,
    Field,
)
from closedorders.orderfiles.formats.base import Format
from closedorders.orderfiles.formats.custom import MAPPED, MAPPED_FIELDS
from closedorders.orderfiles.formats.recognition import FORMATS
from closedorders.orderfiles.records import ParsedStoreOrder

#: Columns that are only looked at to recognise a format and to tell whether two rows are equal, or read in its own way.
NOT_READ = {
    "attributes", "coupons", "customer_type", "ended_at", "fee", "finished_at", "import_key", "item_count",
    "items_sold",
    "line_id", "line_items", "line_position", "line_price", "line_total", "net", "option", "paid", "paid_at",
    "payment_method",
    "product_id", "product_url", "shipping", "tracking_status",
}  # fmt: skip


@pytest.mark.parametrize("kind", MAPPED_FIELDS)
def test_every_field_a_person_can_name_is_read_and_guessed_by_its_title(kind: str) -> None:
    registry = MAPPED[kind].registry
    for name in MAPPED_FIELDS[kind]:
        assert registry[name].titles, name


@pytest.mark.parametrize("registry", [STORE_ORDER_FIELDS, SUPPLIER_ORDER_FIELDS, LINK_FIELDS])
def test_titles_are_spelt_as_they_are_compared(registry: Mapping[str, Field]) -> None:
    for field in registry.values():
        assert [normalised_header(title) for title in field.titles] == list(field.titles), field.name


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.key)
def test_every_column_of_a_format_is_a_field_or_known_to_be_none(format: Format) -> None:
    assert set(format.table) - set(format.registry) <= NOT_READ


def test_every_value_of_a_store_order_is_a_field() -> None:
    made = {"source_lines", "currency_told", "aliexpress_numbers", "lines"}
    assert set(ParsedStoreOrder._fields) - made <= set(STORE_ORDER_FIELDS)
