from __future__ import annotations

import pytest

from closedorders.orderfiles.cells import parse_discount_code, parse_language


@pytest.mark.parametrize(
    ("cell", "language"),
    [
        ("es", "es"),
        ("es_MX", "es"),
        ("EN-gb", "en"),
        ("Spanish", "es"),
        ("Español", "es"),
        ("inglés", "en"),
        ("Deutsch", "de"),
        ("Klingon", ""),
        ("-", ""),
    ],
)
def test_a_language_is_read_as_people_write_it(cell: str, language: str) -> None:
    assert parse_language(cell) == language


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("WELCOME10", "welcome10"),
        ("maria-garcia10-7k2xq", "maria-garcia10-7k2xq"),
        ("WELCOME10, Maria-Garcia10-7K2XQ", "maria-garcia10-7k2xq"),
        ("code:ana10-7k2xq|amount:5.00", "ana10-7k2xq"),
        ("code:welcome|amount:1;code:ana10-7k2xq|amount:5.00", "ana10-7k2xq"),
        (" , ", ""),
    ],
)
def test_of_several_codes_the_customers_own_is_read(cell: str, code: str) -> None:
    assert parse_discount_code(cell) == code
