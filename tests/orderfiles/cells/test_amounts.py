"""Cells with money and quantities: what is read, and what is refused rather than guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from closedorders.orderfiles.cells import (
    decimal_sign_of,
    parse_amount,
    parse_currency,
    parse_price_info,
    parse_priced_currency,
    parse_quantity,
)
from tests.imports.files import code_of


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("1234.5", "EUR", "1234.50"), ("0", "EUR", "0.00"), ("1.234,56", "EUR", "1234.56"),
        ("1,234.56", "USD", "1234.56"), ("1'234.56", "CHF", "1234.56"), ("1 234,56 €", "EUR", "1234.56"),
        ("US $120.95", "USD", "120.95"), ("129,46zł", "PLN", "129.46"), ("R$ 12,00", "BRL", "12.00"),
        ("0.500", "EUR", "0.50"), ("1234.500", "EUR", "1234.50"), ("12990", "CLP", "12990"),
        ("1.234", "CLP", "1234"), ("1200.00", "JPY", "1200"),
        ("12.345", "KWD", "12.345"), ("1.234.567,00", "EUR", "1234567.00"),
        ("EUR 5", "EUR", "5.00"), ("12,5", "", "12.50"), ("Rs.500", "PKR", "500.00"),
        ("Rs. 1500", "PKR", "1500.00"),
        ("kr.1500", "DKK", "1500.00"), ("kr.1.500,00", "DKK", "1500.00"), ("500 kr.", "DKK", "500.00"),
        ("€.50", "EUR", "0.50"), (".50", "EUR", "0.50"), ("12.-", "CHF", "12.00"), ("12,– €", "EUR", "12.00"),
        ("1’234.50", "CHF", "1234.50"), ("Fr. 12.50", "CHF", "12.50"), ("RD$39.85", "DOP", "39.85"),
        ("S/ 39.85", "PEN", "39.85"), ("S/.39.85", "PEN", "39.85"), ("Q39.85", "GTQ", "39.85"),
        ("₡3 985", "CRC", "3985.00"), ("Bs. 39,85", "BOB", "39.85"), ("B/.39.85", "PAB", "39.85"),
        ("₲39850", "PYG", "39850"), ("R39.85", "ZAR", "39.85"), ("L 39.85", "HNL", "39.85"),
        ("C$39.85", "NIO", "39.85"),
        ("39.85 د.إ", "AED", "39.85"), ("39.85 лв.", "BGN", "39.85"),
        ("USD.50", "USD", "0.50"), ("US$.50", "USD", "0.50"), ("zł.50", "PLN", "0.50"),
    ],
)  # fmt: skip
def test_an_amount_has_the_decimals_of_its_currency(text: str, currency: str, amount: str) -> None:
    assert str(parse_amount(text, currency=currency)) == amount


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("NaN", "EUR", "invalid_amount"), ("Infinity", "EUR", "invalid_amount"), ("1_000", "EUR", "invalid_amount"),
        ("１２", "EUR", "invalid_amount"), ("١٢", "EUR", "invalid_amount"), ("1e5", "EUR", "invalid_amount"),
        ("1e400000", "EUR", "invalid_amount"), ("12,34,56", "EUR", "invalid_amount"),
        ("1.2.3", "EUR", "invalid_amount"),
        ("€", "EUR", "invalid_amount"), ("free", "EUR", "invalid_amount"), ("", "EUR", "missing_value"),
        ("-5", "EUR", "negative_amount"), ("$-5.00", "USD", "negative_amount"),
        ("0.234", "EUR", "too_many_decimals"),
        ("10.5", "CLP", "too_many_decimals"), ("1,234", "KWD", "ambiguous_amount"),
        ("1.234", "EUR", "ambiguous_amount"), ("$1,234", "USD", "ambiguous_amount"),
        ("12.340", "EUR", "ambiguous_amount"),
        ("1234567890123", "EUR", "amount_too_large"), ("US $5.00", "EUR", "currency_mismatch"),
        ("$5.00", "EUR", "sign_of_other_currencies"), ("¥500", "USD", "sign_of_other_currencies"),
        ("5 kr", "EUR", "sign_of_other_currencies"), ("Rs 5", "BRL", "sign_of_other_currencies"),
        ("Rs.5", "EUR", "sign_of_other_currencies"), ("S/ 5", "EUR", "currency_mismatch"),
        ("Xyz.500", "EUR", "invalid_amount"),
        ("C$5", "EUR", "currency_mismatch"), ("about.500", "EUR", "invalid_amount"),
        ("12.-5", "EUR", "invalid_amount"),
    ],
)  # fmt: skip
def test_an_amount_that_is_none(text: str, currency: str, code: str) -> None:
    assert code_of(lambda each: parse_amount(each, currency=currency), text) == code


@pytest.mark.parametrize(
    ("text", "currency"), [("$5.00", "MXN"), ("$5", ""), ("￥5", "CNY"), ("5 kr", "DKK"), ("Rs 5", "PKR")]
)
def test_a_sign_that_several_currencies_share_is_one_of_each(text: str, currency: str) -> None:
    assert parse_amount(text, currency=currency) == 5


@pytest.mark.parametrize(
    ("text", "currency", "sign", "amount"),
    [
        ("1,234", "USD", ".", "1234.00"), ("$1,234", "USD", ".", "1234.00"), ("1.234", "EUR", ",", "1234.00"),
        ("12,340", "EUR", ",", "12.34"), ("12.340", "EUR", ".", "12.34"), ("1.234", "KWD", ",", "1234.000"),
        ("1,234", "KWD", ",", "1.234"), ("1.234,56", "EUR", ".", "1234.56"), ("12,5", "EUR", ".", "12.50"),
    ],
)  # fmt: skip
def test_the_decimal_sign_of_the_file_settles_what_a_cell_leaves_open(
    text: str, currency: str, sign: str, amount: str
) -> None:
    assert str(parse_amount(text, currency=currency, decimal_sign=sign)) == amount


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("1.234,56", ","), ("1,234.56", "."), ("12,5", ","), ("US $12.50", "."), ("1.234.567", ","), ("0,500", ","),
        ("1,234", "both"), ("1.234 €", "both"), ("1234", ""), ("free", ""), ("", ""), ("1234,500", ","),
    ],
)  # fmt: skip
def test_an_amount_may_tell_the_decimal_sign_of_its_file(text: str, sign: str) -> None:
    assert decimal_sign_of(text) == sign


def test_a_negative_amount_is_read_where_there_can_be_one() -> None:
    assert parse_amount("-5.00", currency="EUR", allow_negative=True) == Decimal("-5.00")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("US $120.95|120|95", "120.95"),
        ("129,46zł|129|46", "129.46"),
        ("US $1,234.50|1,234|50", "1234.50"),
        ("x|7|", "7.00"),
    ],
)
def test_the_extensions_price_info_is_exact(text: str, amount: str) -> None:
    assert str(parse_price_info(text)) == amount


@pytest.mark.parametrize(
    ("text", "code"), [("US $1.00", "USD"), ("1,00zł", "PLN"), ("$1.00", ""), ("1.00 EUR", "EUR")]
)
def test_the_sign_of_a_price_tells_its_currency(text: str, code: str) -> None:
    assert parse_priced_currency(text) == code


def test_currencies_are_iso_codes() -> None:
    assert parse_currency(" eur ") == "EUR"
    for text in ("EURO", "ABC", "XXX", "XAU", "€"):
        assert code_of(parse_currency, text) == "unknown_currency"


def test_a_quantity_is_a_whole_number_above_zero() -> None:
    assert (parse_quantity("3"), parse_quantity("2.0")) == (3, 2)
    for text in ("0", "-1", "1.5", "1_0", "２", "NaN", "", "99999999"):
        assert code_of(parse_quantity, text) == "invalid_quantity"


@pytest.mark.parametrize(
    "part", ["abcde.", "ab.", "a", "Rs.", "1.", "1,", " ", "€", "kr.kr", "(", "a ", "1 "]
)
def test_however_long_a_cell_is_it_is_soon_known_to_be_no_amount(part: str) -> None:
    text = (
        part * 6_000 + "x1x1"
    )  # Tried again from each letter, or in each way to split it, this would take hours.
    assert parse_priced_currency(text) == ""
    assert decimal_sign_of(text) == ""
    assert code_of(parse_amount, text) == "invalid_amount"
