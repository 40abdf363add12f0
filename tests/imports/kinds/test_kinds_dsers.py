"""DSers's template for uploads: orders without amounts, and identity numbers that nothing of ours sees."""

from __future__ import annotations

import io

import pytest

from closedorders.accounts.models import AuditEvent
from closedorders.imports.models import Import, ImportIssue
from closedorders.orderfiles.tables.opening import open_rows
from tests.cast import Cast
from tests.factories import make_store
from tests.imports.files import counts, everything, issues, preview, read, save, store_orders
from tests.orderfiles import kind_files
from tests.orderfiles.kind_files import SHUFFLES


def test_a_dsers_template_gives_orders_without_amounts() -> None:
    reading, items = read(kind_files.dsers_file(), default_currency="EUR")
    (order,) = store_orders(items)
    assert counts(reading) == (2, 2, 0, 0)
    assert (order.number, order.email, order.phone, order.country) == (
        "#1001",
        "maria@example.com",
        "+34600000000",
        "ES",
    )
    assert (order.total, order.customer_name) == (None, "María García López")
    assert not reading.fields & {"total", "subtotal", "currency", "financial_status"}, (
        "so nothing is overwritten"
    )
    assert [(line.sku, line.quantity) for line in order.lines] == [("L-1", 2), ("M-1", 1)]
    assert order.aliexpress_numbers == ("8201447122035519",)


def test_a_product_apart_from_its_order_is_said_to_be_apart() -> None:
    header, first, further = kind_files.dsers_file().decode().splitlines()
    content = "\n".join([header, first, first.replace("#1001", "#1002"), further, ""])
    reading, items = read(content, default_currency="EUR")
    assert counts(reading) == (3, 2, 1, 0)
    assert issues(items) == [(4, "", "", "order_apart")]


@SHUFFLES
@pytest.mark.parametrize("extra", [0, 2, -3])
def test_identity_numbers_are_blank_before_anything_sees_a_row(shuffled: int | None, extra: int) -> None:
    content = kind_files.dsers_file(shuffled=shuffled)
    lines = content.decode().splitlines()
    if extra > 0:
        lines[1] = "a,b," + lines[1]
    elif extra < 0:
        lines[1] = lines[1].split(",", -extra)[-1]
    seen = str([cells for _, cells in open_rows(io.BytesIO("\n".join(lines).encode()))])
    for number in kind_files.IDENTITY_NUMBERS.values():
        assert number not in seen


def test_no_identity_number_gets_into_the_database(cast: Cast) -> None:
    store = make_store(cast.team)
    content = kind_files.dsers_file() + b"#1002,2026-02-12,ES,,,no number," + b"," * 17 + b"\n"
    bad = content.decode().replace("#1002,2026-02-12", "#1002,never").encode()
    source = save(preview(bad, store=store, by=cast.merchant), by=cast.merchant)
    kept = str(
        [
            *everything().values(),
            *ImportIssue.objects.filter(source=source).values_list(),
            *Import.objects.filter(pk=source.pk).values_list(),
            *AuditEvent.objects.values_list(),
        ]
    )
    for number in kind_files.IDENTITY_NUMBERS.values():
        assert number not in kept
