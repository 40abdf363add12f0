"""Cells about people: addresses that arrive, names of all kinds, countries, telephones."""

from __future__ import annotations

import pytest

from closedorders.orderfiles.cells import (
    parse_country,
    parse_email,
    parse_person_name,
    parse_phone,
    parse_phones,
)
from tests.imports.files import code_of


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


@pytest.mark.parametrize("text", ["5,73001E+11", "5.73001E+11", "4.47911E+11", "'5,73E+11", "4,47911e+11"])
def test_a_phone_that_a_spreadsheet_rounded_is_nobodys(text: str) -> None:
    assert parse_phone(text) == ""
    assert parse_phones(["5E12"]) == [parse_phone("5E12")] == [""]
    assert parse_phones(["+34 600 111 222", text, "600E+", "ext E+12"]) == [
        "+34 600 111 222",
        "",
        "600E+",
        "ext E+12",
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Espana", "ES"), ("ESPAÑA", "ES"), ("Deutschland", "DE"), ("Allemagne", "DE"),
        ("Vereinigtes Königreich", "GB"),
        ("United States (US)", "US"), ("Some Island (gb)", "GB"), ("EE. UU.", "US"), ("EEUU", "US"), ("U.S.A.", "US"),
        ("England", "GB"), ("Niederlande", "NL"), ("Brasil", "BR"), ("Österreich", "AT"), ("Osterreich", "AT"),
        ("Perú", "PE"), ("Peru", "PE"), ("Georgia", "GE"), ("México", "MX"), ("Turkey", "TR"),
    ],
)  # fmt: skip
def test_a_country_is_known_by_its_name_in_several_languages_with_or_without_accents(
    text: str, code: str
) -> None:
    assert parse_country(text) == code


@pytest.mark.parametrize(
    "text", ["Atlantis", "Nowhere (XX)", "Madrid", "a" + " " * 60_000 + "b", "(" * 60_000]
)
def test_what_is_no_country_is_told(text: str) -> None:
    assert code_of(parse_country, text) == "unknown_country"
