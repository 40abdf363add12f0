"""One cell at a time: what is read, and what is refused rather than guessed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from closedorders.orders.values import (
    ISSUES,
    BadValue,
    date_order_of,
    date_rules,
    decimal_sign_of,
    find_aliexpress_numbers,
    parse_aliexpress_number,
    parse_aliexpress_numbers,
    parse_amount,
    parse_country,
    parse_currency,
    parse_datetime,
    parse_email,
    parse_order_number,
    parse_person_name,
    parse_phone,
    parse_price_info,
    parse_priced_currency,
    parse_quantity,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")


def code_of(parse: Callable[[str], object], text: str) -> str:
    with pytest.raises(BadValue) as caught:
        parse(text)
    assert caught.value.code in ISSUES
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("#1001", "#1001"), (" #AP-516073 ", "#AP-516073"), ("0042", "0042"), ("'0042", "0042"),
        ("\t1001", "1001"), ('="0042"', "0042"), ("#1E5", "#1E5"), ("Pedido Nº7", "Pedido Nº7"),
    ],
)  # fmt: skip
def test_an_order_number_is_text(text: str, number: str) -> None:
    assert parse_order_number(text) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("8.19E+15", "scientific_notation"), ("8,19E+15", "scientific_notation"), ("1e16", "scientific_notation"),
        ("", "missing_value"), ("'", "missing_value"), ("10\n01", "invalid_order_number"),
        ("#" * 65, "invalid_order_number"), ("№1\u200b2", "invalid_order_number"),
    ],
)  # fmt: skip
def test_an_order_number_that_is_none(text: str, code: str) -> None:
    assert code_of(parse_order_number, text) == code


@pytest.mark.parametrize(
    "text", ["8190000000000017", "\t8190000000000017", "'8190000000000017", " 8190000000000017\u00a0"]
)
def test_an_aliexpress_number_sheds_what_kept_it_from_a_spreadsheet(text: str) -> None:
    assert parse_aliexpress_number(text) == "8190000000000017"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("8.19E+15", "scientific_notation"), ("819000000000001X", "invalid_aliexpress_number"),
        ("1234567", "invalid_aliexpress_number"), ("1" * 21, "invalid_aliexpress_number"),
        ("８１９００００００００００００１", "invalid_aliexpress_number"), ("8190.5", "invalid_aliexpress_number"),
    ],
)  # fmt: skip
def test_an_aliexpress_number_that_is_none(text: str, code: str) -> None:
    assert code_of(parse_aliexpress_number, text) == code


@pytest.mark.parametrize("mark", [",", ", ", ";", " ", "\n", " / ", "|"])
def test_several_numbers_in_one_cell_come_once_each_in_order(mark: str) -> None:
    text = mark.join(["8190000000000017", "8190000000000025", "8190000000000017"])
    assert parse_aliexpress_numbers(text) == ("8190000000000017", "8190000000000025")


@pytest.mark.parametrize(
    ("place", "text", "found"),
    [
        ("note", "AliExpress order 8190000000000017", ("8190000000000017",)),
        ("note", "ali: 819000001, 819000002", ("819000001", "819000002")),
        ("note", "AE order #81900000000000 and 81900000000001", ("81900000000000", "81900000000001")),
        ("note", "8190000000000017\n8190000000000025", ("8190000000000017", "8190000000000025")),
        ("tags", "wholesale, 8190000000000017", ("8190000000000017",)),
        ("note", "call +34600000000 or 600000000", ()),
        ("note", "tiktok 576460752303423488", ()),
        ("note", "card 4111111111111111x", ()),
        ("note", "Natalia 12345678", ()),
        ("attributes", "cart_token: 8190000000000017", ()),
        ("attributes", "AliExpress order: 8190000000000017", ("8190000000000017",)),
        ("attributes", "_ga: GA1.1.123456789012345.1700000000", ()),
    ],
)  # fmt: skip
def test_aliexpress_numbers_are_found_where_people_leave_them(
    place: str, text: str, found: tuple[str, ...]
) -> None:
    assert find_aliexpress_numbers(**{place: text}) == found


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("1234.5", "EUR", "1234.50"), ("0", "EUR", "0.00"), ("1.234,56", "EUR", "1234.56"),
        ("1,234.56", "USD", "1234.56"), ("1'234.56", "CHF", "1234.56"), ("1 234,56 €", "EUR", "1234.56"),
        ("US $120.95", "USD", "120.95"), ("129,46zł", "PLN", "129.46"), ("R$ 12,00", "BRL", "12.00"),
        ("0.500", "EUR", "0.50"), ("1234.500", "EUR", "1234.50"), ("12990", "CLP", "12990"),
        ("1.234", "CLP", "1234"), ("1200.00", "JPY", "1200"),
        ("12.345", "KWD", "12.345"), ("1.234.567,00", "EUR", "1234567.00"),
        ("EUR 5", "EUR", "5.00"), ("12,5", "", "12.50"),
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
        ("-5", "EUR", "negative_amount"), ("$-5.00", "USD", "negative_amount"), ("0.234", "EUR", "too_many_decimals"),
        ("10.5", "CLP", "too_many_decimals"), ("1,234", "KWD", "ambiguous_amount"),
        ("1.234", "EUR", "ambiguous_amount"), ("$1,234", "USD", "ambiguous_amount"),
        ("12.340", "EUR", "ambiguous_amount"),
        ("1234567890123", "EUR", "amount_too_large"), ("US $5.00", "EUR", "currency_mismatch"),
    ],
)  # fmt: skip
def test_an_amount_that_is_none(text: str, currency: str, code: str) -> None:
    assert code_of(lambda each: parse_amount(each, currency=currency), text) == code


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
        ("31/12/23", "invalid_date"), ("２０２５-01-01", "invalid_date"), ("Foo 21, 2026", "invalid_date"),
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


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("  Ana.Perez@Example.COM ", "ana.perez@example.com"), ("", ""), ("  ", ""),
        ("o'neil+shop@example.com", "o'neil+shop@example.com"), ("ana@españa.example", "ana@xn--espaa-rta.example"),
        ("ana@STRAẞE.example", "ana@xn--strae-oqa.example"), ("ana@例え.example", "ana@xn--r8jz45g.example"),
        ("buyer@scs3.tiktok.com", "buyer@scs3.tiktok.com"), ("mailto:ana@example.com", "ana@example.com"),
    ],
)  # fmt: skip
def test_an_email_is_one_plain_lower_case_address(text: str, email: str) -> None:
    assert parse_email(text) == email


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("=cmd@x.com", "invalid_email"), ("+a@x.com", "invalid_email"), ("-a@x.com", "invalid_email"),
        ("@x.com", "invalid_email"), ("ana@", "invalid_email"), ("ana", "invalid_email"),
        ("ana@localhost", "invalid_email"),
        ("a..b@x.com", "invalid_email"), (".a@x.com", "invalid_email"), ("a.@x.com", "invalid_email"),
        ("a b@x.com", "invalid_email"), ("josé@x.com", "invalid_email"), ('"a"@x.com', "invalid_email"),
        ("a@-x.com", "invalid_email"), ("a@[127.0.0.1]", "invalid_email"), ("a" * 250 + "@x.com", "invalid_email"),
        ("Ana <ana@x.com>", "invalid_email"), ("ana@x.com, bo@x.com", "email_two_addresses"),
        ("ana@x.com;bo@x.com", "email_two_addresses"), ("a@b@c.com", "email_two_addresses"),
        ("an\u200ba@x.com", "email_hidden_character"), ("ana@x.com\u202e", "email_hidden_character"),
        ("ana@x\t.com", "email_hidden_character"), ("ana@x.com\nBcc: bo@x.com", "email_has_newline"),
    ],
)  # fmt: skip
def test_an_email_that_could_go_astray_is_refused(text: str, code: str) -> None:
    assert code_of(parse_email, text) == code


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  Ana\u00a0María ", "Ana María"), ("Mari\u0301a", "María"), ("O", "O"), ("D'Aubigné", "D'Aubigné"),
        ("محمد", "محمد"), ("👩\u200d🚀 Zoë", "👩\u200d🚀 Zoë"), ("", ""),
        ("An\u200ba\u202e", "Ana"), ("=SUM(A1)", "=SUM(A1)"),
    ],
)  # fmt: skip
def test_names_of_all_kinds_are_kept(text: str, name: str) -> None:
    assert parse_person_name(text) == name


@pytest.mark.parametrize("text", ["Ana\nBcc: x", "Ana\rB", "Ana\u2028B"])
def test_a_line_end_in_a_name_is_refused(text: str) -> None:
    assert code_of(parse_person_name, text) == "name_has_newline"


def test_an_endless_name_is_refused() -> None:
    assert code_of(parse_person_name, "x" * 201) == "name_too_long"


def test_countries_are_codes_or_names() -> None:
    assert [parse_country(each) for each in ("es", "España", "germany", "", "XK")] == [
        "ES",
        "ES",
        "DE",
        "",
        "XK",
    ]
    assert code_of(parse_country, "ZZ") == code_of(parse_country, "Narnia") == "unknown_country"


def test_a_phone_loses_only_its_apostrophe() -> None:
    assert parse_phone("'+34 600 000 000") == "+34 600 000 000"
