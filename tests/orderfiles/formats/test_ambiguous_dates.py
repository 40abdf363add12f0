"""Dates that read two ways, and the time zone of those that give none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.imports.files import issues, read, store_orders


def dated(*cells: str) -> str:
    rows = "".join(f"#{at},paid,{cell}\n" for at, cell in enumerate(cells, start=1))
    return f"Name,Financial Status,Created at\n{rows}"


def test_an_ambiguous_date_is_one_question_for_the_file() -> None:
    reading, items = read(dated("03/04/2025 10:00", "05/06/2025", "2025-02-01", "07/07/2025"))
    assert [code for *_, code in issues(items)] == ["ambiguous_date", "ambiguous_date"]
    assert [(each.code, each.params) for each in reading.questions] == [
        ("date_order", {"line": 2, "column": "Created at", "value": "03/04/2025 10:00"})
    ]
    assert len(store_orders(items)) == 2


def test_the_answer_takes_the_rows_refused_for_it() -> None:
    reading, items = read(dated("03/04/2025"), date_order="mdy")
    assert store_orders(items)[0].placed_at == datetime(2025, 3, 3, 23, tzinfo=UTC)
    assert reading.questions == ()


def test_a_later_row_that_reads_one_way_settles_the_rows_before_it() -> None:
    reading, items = read(dated("03/04/2025", "05/06/2025", "31/12/2024"))
    assert [order.placed_at.month for order in store_orders(items) if order.placed_at] == [4, 6, 12]
    assert reading.questions == ()
    settled = next(each for each in reading.assumptions if each.code == "date_order")
    assert settled.params == {"date_order": "dmy", "line": 4, "value": "31/12/2024"}


def test_a_file_with_both_orders_settles_nothing() -> None:
    reading, items = read(dated("31/12/2024", "12/30/2024", "03/04/2025"))
    assert issues(items) == [(4, "Created at", "03/04/2025", "ambiguous_date")]
    assert [each.code for each in reading.questions] == ["date_order"]


@pytest.mark.parametrize(
    ("cell", "taken_for_granted"),
    [
        ("13-02-2026", True),
        ("13-02-2026 09:50", True),
        ("2026-02-11", True),
        ("2026-02-11 09:50:26", True),
        ("2026-02-11T09:50:26.123456", True),
        ("2026-02-11 09:50:26 +0100", False),
        ("2026-02-11T09:50+01:00", False),
        ("2026-02-11T09:50:26+01:00", False),
        ("2026-02-11 09:50:26-0500", False),
        ("2026-02-11 09:50:26 UTC", False),
        ("2026-02-11T09:50:26Z", False),
        ("2026-02-11Z", True),
    ],
)
def test_the_time_zone_is_said_where_a_date_does_not_tell_its_own(cell: str, taken_for_granted: bool) -> None:
    reading, items = read(dated(cell))
    assert len(store_orders(items)) == 1
    codes = [each.code for each in reading.assumptions if not each.code.startswith("no_")]
    assert codes == ["time_zone"] * taken_for_granted
