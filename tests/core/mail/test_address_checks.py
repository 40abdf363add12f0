from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from closedorders.core.mail import address_checks
from closedorders.core.mail.address_checks import (
    Blocked,
    fold_address,
    is_wire_safe,
    why_blocked,
    wire_address,
)
from closedorders.orderfiles.cells import parse_email


@pytest.mark.parametrize(
    "email",
    [
        "maria@example.com",
        " Maria.Garcia+shop@Example.co.uk ",
        "o'connor@example.com",
        "josé@example.com",
        "ana@bücher.example",
        "x@privaterelay.appleid.com",
        "seller@tiktok.com",
        "info@amazon.es",
        "a_b-c@sub.domain.example",
    ],
)
def test_an_ordinary_address_is_not_blocked(email: str) -> None:
    assert why_blocked(email) is None


@pytest.mark.parametrize("email", ["", "   ", None])
def test_a_missing_address_is_blank(email: str | None) -> None:
    assert why_blocked(email) is Blocked.BLANK


@pytest.mark.parametrize(
    "email",
    [
        "maria",
        "maria@",
        "@example.com",
        "maria@localhost",
        "maria@@example.com",
        "a@b@example.com",
        "maria@example..com",
        ".maria@example.com",
        "ma..ria@example.com",
        "maria@-example.com",
        "maria@127.0.0.1",
        "=cmd@x.com",
        "maria garcia@example.com",
        "maria\u200b@example.com",
        "maria@example.com\r\nBcc: x@example.com",
        "Maria <maria@example.com>",
        "a@example.com,b@example.com",
        "a@example.com;b@example.com",
        "x" * 65 + "@example.com",
        "x@" + "y" * 250 + ".com",
    ],
)
def test_a_broken_address_is_invalid(email: str) -> None:
    assert why_blocked(email) is Blocked.INVALID


@pytest.mark.parametrize(
    "email",
    [
        "abc123@scs3.tiktok.com",
        "abc123@SCS.TIKTOKW.US",
        "x1y2z3@marketplace.amazon.com",
        "x1y2z3@marketplace.amazon.es",
        "x1y2z3@marketplace.amazon.co.uk",
        "a1b2@members.ebay.com",
        "x@relay.walmart.com",
    ],
)
def test_a_marketplace_stand_in_is_a_relay(email: str) -> None:
    assert why_blocked(email) is Blocked.RELAY


def test_a_look_alike_domain_is_no_relay() -> None:
    assert why_blocked("x@notmarketplace.amazon.com.example.org") is None
    assert why_blocked("x@notmembers.ebay.com") is None


def test_only_the_domain_is_put_into_wire_form() -> None:
    assert wire_address("josé@bücher.example") == "josé@xn--bcher-kva.example"
    assert wire_address("maria@example.com") == "maria@example.com"


def test_a_wire_safe_address_has_nothing_that_ends_a_command() -> None:
    assert is_wire_safe("maria@localhost")
    assert not is_wire_safe("maria@localhost\r\nDATA")


@pytest.mark.parametrize(
    "address",
    [
        "Ana@Bücher.example",
        "ana@straße.example",
        "ana@ΚΑΤΆΣΤΗΜΑ.gr",
        "ana@почта.рф",
        "ana@faß。de",
        " Ana@Example.COM ",
    ],
)
def test_one_address_has_one_form_in_files_and_mails(address: str) -> None:
    assert fold_address(address) == parse_email(address)


def test_a_sharp_s_makes_another_domain_than_two_s() -> None:
    assert fold_address("ana@straße.example") == "ana@xn--strae-oqa.example"


@given(address=st.from_regex(r"[a-z0-9_+.-]{1,40}@([a-z0-9-]{1,12}\.){1,3}[a-z]{2,6}", fullmatch=True))
@example(address="ana@members.ebay.com")
@example(address="ana@x.relay.walmart.com")
@example(address="ana@scs3.tiktok.com")
@example(address="ana@marketplace.amazon.co.uk")
def test_the_quick_look_says_what_the_close_one_says(address: str) -> None:
    assert why_blocked(address) == address_checks._look_closely(address)
