"""Cells with dates: each becomes one moment, or is refused where it could be two."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from closedorders.orderfiles.cells import date_order_of, date_rules, parse_datetime
from tests.imports.files import MADRID, NOW, code_of


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-10-07 09:50:26 +0200", "2025-10-07T07:50:26"), ("2025-11-07 09:50:26 +0100", "2025-11-07T08:50:26"),
        ("2025-10-07T09:50:26Z", "2025-10-07T09:50:26"), ("2025-10-07 09:50:26 UTC", "2025-10-07T09:50:26"),
        ("2025-10-07", "2025-10-06T22:00:00"), ("31/12/2023 22:36", "2023-12-31T21:36:00"),
        ("12/31/2023 10:36 PM", "2023-12-31T21:36:00"), ("05/05/2025", "2025-05-04T22:00:00"),
        ("3.4.2025", "2025-04-02T22:00:00"), ("2025/04/03", "2025-04-02T22:00:00"),
        ("Feb 21, 2026", "2026-02-20T23:00:00"), ("24 nov, 2023", "2023-11-23T23:00:00"),
        ("24 de noviembre de 2023", "2023-11-23T23:00:00"), ("5 ene. 2024", "2024-01-04T23:00:00"),
        ("10 dez, 2023", "2023-12-09T23:00:00"), ("24 ago 2023", "2023-08-23T22:00:00"),
        ("31/12/23 9:36", "2023-12-31T08:36:00"), ("31.12.23", "2023-12-30T23:00:00"),
        ("2025-03-01 9:50", "2025-03-01T08:50:00"), ("2025-3-1 9:50:26", "2025-03-01T08:50:26"),
    ],
)  # fmt: skip
def test_dates_become_utc_and_those_without_offset_are_the_teams(text: str, utc: str) -> None:
    moment = parse_datetime(text, date_rules(zone=MADRID, now=NOW))
    assert moment == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2025-02-31 10:00:00 +0100", "no_such_day"), ("31/02/2025", "no_such_day"), ("Feb 30, 2025", "no_such_day"),
        ("2025-01-01 25:00:00 +0100", "no_such_day"), ("1900-01-01 00:00:00 +0000", "date_out_of_range"),
        ("2099-12-31", "date_out_of_range"), ("2026-03-04 12:00:00 +0000", "date_out_of_range"),
        ("0001-01-01 00:00:00 +0200", "date_out_of_range"), ("45291", "excel_serial_date"),
        ("45291.94", "excel_serial_date"), ("03/04/2025", "ambiguous_date"), ("yesterday", "invalid_date"),
        ("31/12/223", "invalid_date"), ("31-12-23", "invalid_date"),
        ("2025-01-01 9:5", "invalid_date"), ("31/02/25", "no_such_day"), ("03/04/25", "ambiguous_date"),
        ("31.12.99", "date_out_of_range"), ("２０２５-01-01", "invalid_date"), ("Foo 21, 2026", "invalid_date"),
    ],
)  # fmt: skip
def test_a_date_that_is_none(text: str, code: str) -> None:
    assert code_of(lambda each: parse_datetime(each, date_rules(zone=MADRID, now=NOW)), text) == code


def test_the_answer_for_the_file_settles_ambiguous_dates_and_only_those() -> None:
    day_first = date_rules(zone=UTC, date_order="dmy", now=NOW)
    month_first = date_rules(zone=UTC, date_order="mdy", now=NOW)
    assert parse_datetime("03/04/2025", day_first).month == 4
    assert parse_datetime("03/04/2025", month_first).month == 3
    assert code_of(lambda each: parse_datetime(each, month_first), "31/12/2024") == "date_order_conflict"


def test_a_single_date_tells_the_order_only_when_one_part_is_above_twelve() -> None:
    cells = [
        "31/12/2023",
        "12/31/2023 10:00",
        "03/04/2025",
        "04/04/2025",
        "3.4.2025",
        "2025-01-31",
        "31/31/2025",
        "",
    ]
    assert [date_order_of(cell) for cell in cells] == ["dmy", "mdy", "both", "", "", "", "", ""]
