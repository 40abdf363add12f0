from __future__ import annotations

import csv
import io
import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from closedorders.outreach.codes import (
    SUFFIX_ALPHABET,
    Coupon,
    NoFreeCode,
    make_code,
    refund_amount,
    shopify_codes_csv,
    woocommerce_coupons_csv,
)


def nothing_taken(_: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("María García", "maria-garcia10-"),
        ("O’Connor, Sinéad", "oconnor-sinead10-"),
        ("Ольга Иванова", "olga-ivanova10-"),
        ("李小龙", "bonus10-"),
        ("佐藤", "bonus10-"),
        ("佐藤 Ken", "ken10-"),
        ("Ana 🌸", "ana10-"),
        ("Ωμέγα", "omega10-"),
        ("محمد علي", "bonus10-"),
        ("Łukasz Żółć", "lukasz-zolc10-"),
        ("Maria 2", "maria10-"),
        ("=HYPERLINK(1)", "hyperlink10-"),
        ("", "bonus10-"),
        ("12345", "bonus10-"),
        ("🙂", "bonus10-"),
    ],
)
def test_a_code_carries_the_customers_name_in_latin_letters(name: str, begins: str | None) -> None:
    code = make_code(name, 10, nothing_taken)
    assert re.fullmatch(r"[a-z]+(?:-[a-z]+)*10-[b-z2-9]{5}", code)
    if begins is not None:
        assert code.startswith(begins)


@given(st.text(max_size=80), st.integers(1, 100))
def test_any_name_gives_a_code_a_shop_can_take(name: str, percent: int) -> None:
    code = make_code(name, percent, nothing_taken)
    assert len(code) <= 32
    assert re.fullmatch(r"[a-z][a-z-]*[0-9]+-[a-z2-9]{5}", code)
    assert f"{percent}-" in code


def test_a_long_name_is_cut_between_words() -> None:
    assert make_code("Maximiliana Bernardina Fernández de Córdoba", 10, nothing_taken).startswith(
        "maximiliana-bernardina10-"
    )
    assert len(make_code("x" * 90, 10, nothing_taken)) == 32


def test_the_end_of_a_code_has_no_look_alikes() -> None:
    assert not set("0o1li") & set(SUFFIX_ALPHABET)
    ends = "".join(make_code("Ana", 10, nothing_taken)[-5:] for _ in range(300))
    assert set(ends) <= set(SUFFIX_ALPHABET)


def test_two_customers_of_one_name_get_different_codes() -> None:
    given_out: set[str] = set()
    for _ in range(2_000):
        given_out.add(make_code("María García", 10, given_out.__contains__))
    assert len(given_out) == 2_000


def test_a_taken_code_is_drawn_again_with_a_longer_end() -> None:
    asked: list[str] = []

    def taken(code: str) -> bool:
        asked.append(code)
        return len(asked) < 6

    code = make_code("Ana", 10, taken)
    assert len(set(asked)) == 6
    assert len(code) == len(asked[0]) + 1


def test_a_store_in_which_everything_is_taken_is_an_error() -> None:
    with pytest.raises(NoFreeCode):
        make_code("Ana", 10, lambda _: True)


@pytest.mark.parametrize("percent", [0, -5, 101, Decimal("NaN"), Decimal("Infinity")])
def test_an_impossible_percent_is_refused(percent: Decimal | int) -> None:
    with pytest.raises(ValueError, match="percent"):
        make_code("Ana", percent, nothing_taken)


def test_a_half_percent_is_readable() -> None:
    assert make_code("Ana", Decimal("12.50"), nothing_taken).startswith("ana12-5-")


@pytest.mark.parametrize(
    ("base", "percent", "currency", "refund"),
    [
        ("52.00", "10", "EUR", "5.20"),
        ("52.05", "10", "EUR", "5.21"),  # 5.205: half goes up
        ("0.04", "10", "EUR", "0.00"),
        ("0.05", "10", "EUR", "0.01"),
        ("1234", "10", "JPY", "123"),
        ("1235", "10", "JPY", "124"),
        ("9990", "15", "CLP", "1499"),
        ("10.005", "10", "KWD", "1.001"),
        ("99.99", "100", "USD", "99.99"),
        ("99.99", "0", "USD", "0.00"),
        ("33.33", "12.5", "EUR", "4.17"),
    ],
)
def test_a_refund_is_rounded_half_up_to_the_smallest_coin(
    base: str, percent: str, currency: str, refund: str
) -> None:
    amount = refund_amount(Decimal(base), Decimal(percent), currency)
    assert str(amount) == refund


@pytest.mark.parametrize(
    ("base", "percent", "currency"),
    [
        ("-1", "10", "EUR"),
        ("NaN", "10", "EUR"),
        ("Infinity", "10", "EUR"),
        ("1", "-1", "EUR"),
        ("1", "101", "EUR"),
        ("1", "10", ""),
        ("1", "10", "XXQ"),
        ("1", "NaN", "EUR"),
    ],
)
def test_an_impossible_refund_is_refused(base: str, percent: str, currency: str) -> None:
    with pytest.raises(ValueError):
        refund_amount(Decimal(base), Decimal(percent), currency)


def test_money_is_never_a_float() -> None:
    with pytest.raises(TypeError):
        refund_amount(52.0, Decimal(10), "EUR")  # type: ignore[arg-type]  # that is the mistake under test


def test_the_shopify_file_is_one_column_of_codes() -> None:
    assert shopify_codes_csv(["ana10-7k2xq", "luis10-bbb22"]) == "code\r\nana10-7k2xq\r\nluis10-bbb22\r\n"


def test_the_woocommerce_file_makes_each_code_personal_and_single_use() -> None:
    text = woocommerce_coupons_csv(
        [
            Coupon(
                code="ana10-7k2xq",
                percent=Decimal("10.00"),
                customer_email="ana@example.com",
                expires=date(2026, 12, 31),
                description="Sorry, Ana",
            ),
            Coupon(code="luis12-5-bbb22", percent=Decimal("12.5")),
        ]
    )
    ana, luis = csv.DictReader(io.StringIO(text))
    assert ana == {
        "post_title": "ana10-7k2xq",
        "post_excerpt": "Sorry, Ana",
        "post_status": "publish",
        "discount_type": "percent",
        "coupon_amount": "10",
        "individual_use": "yes",
        "usage_limit": "1",
        "usage_limit_per_user": "1",
        "expiry_date": "2026-12-31",
        "customer_email": "ana@example.com",
    }
    assert (luis["coupon_amount"], luis["expiry_date"], luis["customer_email"]) == ("12.5", "", "")


def test_a_formula_in_an_export_is_neutralised() -> None:
    text = woocommerce_coupons_csv([Coupon(code="a10-x", percent=Decimal(10), description="=HYPERLINK(1)")])
    assert next(csv.DictReader(io.StringIO(text)))["post_excerpt"] == "'=HYPERLINK(1)"
