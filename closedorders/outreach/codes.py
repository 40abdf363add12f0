"""Discount codes a customer recognises as her own, refund amounts, and the files that load codes into a shop."""

from __future__ import annotations

import csv
import io
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from anyascii import anyascii
from babel.numbers import UnknownCurrencyError, get_currency_precision, validate_currency

MAX_LENGTH = 32
NAMELESS = "bonus"  # the same word in Spanish and English

# No look-alikes (0 o 1 l i) and no vowels, so that chance spells no word next to a customer's name.
SUFFIX_ALPHABET = "bcdfghjkmnpqrstvwxz23456789"
SHORTEST_SUFFIX = 5
LONGEST_SUFFIX = 10
TRIES_PER_LENGTH = 4

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


#: Scripts whose names their owners know in Latin letters: one letter stands for one, or for a few.
_SCRIPTS = ("LATIN ", "GREEK ", "CYRILLIC ", "FULLWIDTH LATIN ")


class NoFreeCode(Exception):
    """Every code that was tried is taken; something is wrong with `taken`, not with the customer's name."""


def make_code(name: str, percent: Decimal | int, taken: Callable[[str], bool]) -> str:
    """A code like `maria-garcia10-7k2xq`: the name, the percent off, and an unguessable end. At most 32 characters.

    Only `a-z`, `2-9`, the percent's own digits and hyphens: what Shopify and WooCommerce both take, the latter in
    lower case. `taken` says whether a code exists in the store; each time it does, another end is drawn, and after a
    few a longer one. Raises ValueError for a percent outside 0 < percent ≤ 100, NoFreeCode when nothing is free.
    """
    shown_percent = _percent(percent)
    for length in range(SHORTEST_SUFFIX, LONGEST_SUFFIX + 1):
        room = MAX_LENGTH - length - 1 - len(shown_percent)
        stem = _readable_name(name, room) + shown_percent
        for _ in range(TRIES_PER_LENGTH):
            code = f"{stem}-{''.join(secrets.choice(SUFFIX_ALPHABET) for _ in range(length))}"
            if not taken(code):
                return code
    raise NoFreeCode


def _percent(percent: Decimal | int) -> str:
    value = Decimal(percent)
    if not value.is_finite() or not 0 < value <= 100:
        raise ValueError("a discount is more than 0 and at most 100 percent")
    return f"{value.normalize():f}".replace(".", "-")


def _readable(character: str) -> str:
    """The character where its owner knows it in Latin letters too, else a space."""
    if character.isascii():
        return " " if character == "@" else character
    known = unicodedata.name(character, "").startswith(_SCRIPTS)
    return character if known or unicodedata.combining(character) or character in "’´ʼ" else " "


def _readable_name(name: str, room: int) -> str:
    """The name in `a-z` and hyphens, cut between words where possible. Digits go: they would run into the percent.

    Words in other scripts than Latin, Greek and Cyrillic are left out: a reading of 佐藤 that its owner does not
    use is nobody's name, and an emoji is no word.
    """
    latin = re.sub(r"['’`´ʼ]", "", anyascii("".join(map(_readable, name)))).lower()
    words = re.findall(r"[a-z]+", latin)
    kept = ""
    for word in words:
        longer = f"{kept}-{word}" if kept else word
        if len(longer) > room:
            break
        kept = longer
    return kept or (words[0][:room] if words else NAMELESS)


def refund_amount(base: Decimal, percent: Decimal, currency: str) -> Decimal:
    """`percent` of `base`, rounded half up to the smallest unit of `currency` (CLDR: JPY 0, EUR 2, KWD 3 decimals).

    Amounts are in major units. Raises TypeError for anything but Decimal, ValueError for a negative or non-finite
    base, a percent outside 0–100 or an unknown currency.
    """
    if not isinstance(base, Decimal) or not isinstance(percent, Decimal):
        raise TypeError("money is Decimal")
    if not base.is_finite() or base < 0:
        raise ValueError("the base of a refund is a finite amount, zero or more")
    if not percent.is_finite() or not 0 <= percent <= 100:
        raise ValueError("a refund is 0 to 100 percent")
    try:
        validate_currency(currency)
    except UnknownCurrencyError as error:
        raise ValueError(f"unknown currency {currency!r}") from error
    smallest = Decimal(1).scaleb(-get_currency_precision(currency))
    return (base * percent / 100).quantize(smallest, rounding=ROUND_HALF_UP)


def percent_back(amount: Decimal, total: Decimal | None) -> int:
    """How much of an order's total an amount is: 100 only for all of it, 0 where the total is not known."""
    if total is None or total <= 0:
        return 0
    if amount >= total:
        return 100
    percent = int((amount * 100 / total).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return min(99, max(1, percent))


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """A personal code as a shop needs to know it. `expires` is the last day it is good for, or None."""

    code: str
    percent: Decimal
    customer_email: str = ""
    expires: date | None = None
    description: str = ""


def shopify_codes_csv(codes: Iterable[str]) -> str:
    """One column, `code`: what tools that add codes to an existing Shopify discount take.

    The discount itself (percent, end, one use each) is made once in Shopify; the codes are added to it, as
    `discountRedeemCodeBulkAdd` does by API. CRLF line ends, no byte order mark.
    """
    return _csv([["code"], *([code] for code in codes)])


WOOCOMMERCE_COLUMNS = (
    "post_title",
    "post_excerpt",
    "post_status",
    "discount_type",
    "coupon_amount",
    "individual_use",
    "usage_limit",
    "usage_limit_per_user",
    "expiry_date",
    "customer_email",
)


def woocommerce_coupons_csv(coupons: Iterable[Coupon]) -> str:
    """Coupons for WebToffee's coupon import ("Smart Coupons for WooCommerce", "Order & Coupon Import Export").

    Its columns are WordPress's own names (`post_title` is the code), which other coupon importers map as well. Each
    coupon is good once, for its customer's address only, and not together with other coupons. Dates are
    `YYYY-MM-DD`. CRLF line ends, no byte order mark: it would become part of the first column's name.
    """
    rows: list[list[str]] = [list(WOOCOMMERCE_COLUMNS)]
    rows.extend(
        [
            coupon.code,
            coupon.description,
            "publish",
            "percent",
            f"{coupon.percent.normalize():f}",
            "yes",
            "1",
            "1",
            coupon.expires.isoformat() if coupon.expires else "",
            coupon.customer_email,
        ]
        for coupon in coupons
    )
    return _csv(rows)


def _csv(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(
        [f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell for cell in row] for row in rows
    )
    return text.getvalue()
