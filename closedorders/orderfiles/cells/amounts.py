"""Amounts of money, their currencies, and quantities."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from moneyed import CURRENCIES

from .base import BadValue, clean_text

MAX_QUANTITY = 100_000

_NO_MONEY = frozenset(
    {"XXX", "XTS", "XAU", "XAG", "XPD", "XPT", "XBA", "XBB", "XBC", "XBD", "XDR", "XSU", "XUA"}
)
#: Currency code -> decimals it has.
CURRENCY_DECIMALS: Mapping[str, int] = {
    code: len(str(currency.sub_unit)) - 1 for code, currency in CURRENCIES.items() if code not in _NO_MONEY
}
_SIGNS: Mapping[str, str] = {
    "US$": "USD", "USD$": "USD", "€": "EUR", "£": "GBP", "zł": "PLN", "R$": "BRL", "C$": "CAD", "CA$": "CAD",
    "A$": "AUD", "AU$": "AUD", "NZ$": "NZD", "MX$": "MXN", "MXN$": "MXN", "CLP$": "CLP", "COP$": "COP",
    "HK$": "HKD", "S$": "SGD", "SG$": "SGD", "₽": "RUB", "руб.": "RUB", "₴": "UAH", "₺": "TRY", "TL": "TRY",
    "₪": "ILS", "₩": "KRW", "₹": "INR", "Kč": "CZK", "Ft": "HUF", "lei": "RON", "₫": "VND", "฿": "THB",
    "৳": "BDT", "RD$": "DOP", "NT$": "TWD", "S/": "PEN", "S/.": "PEN", "B/.": "PAB", "Q": "GTQ", "₡": "CRC",
    "₲": "PYG", "Gs.": "PYG", "R": "ZAR", "RM": "MYR", "Rp": "IDR", "₱": "PHP", "₦": "NGN", "KSh": "KES",
    "GH₵": "GHS", "د.إ": "AED", "ر.س": "SAR", "د.م.": "MAD", "лв.": "BGN", "дин.": "RSD", "₸": "KZT",
    "₾": "GEL", "Fr.": "CHF", "SFr.": "CHF",
}  # fmt: skip
_DOLLARS = (
    "ARS AUD BBD BMD BND BSD BZD CAD CLP COP CUP CVE DOP FJD GYD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD SVC TTD TWD "
    "USD UYU XCD"
)
#: Currencies of which `$` alone is a sign.
DOLLARS = frozenset(_DOLLARS.split())
#: Signs several currencies share (CLDR's narrow symbols) -> these: which of them it is, something else has to tell.
_SHARED_SIGNS: Mapping[str, frozenset[str]] = {
    sign: frozenset(codes)
    for signs, codes in (
        (("$",), DOLLARS),
        (("¥", "￥"), ("JPY", "CNY")),
        (("kr", "kr.", "Kr"), ("SEK", "NOK", "DKK", "ISK")),
        (("Rs", "Rs.", "₨"), ("INR", "PKR", "LKR", "NPR", "MUR", "SCR")),
        (("Bs", "Bs."), ("BOB", "VES")),
        (("L",), ("HNL", "MDL", "LSL", "SZL")),
    )
    for sign in signs
}
#: Signs of one currency nearly everywhere, and at home of this one.
_AT_HOME: Mapping[str, str] = {"C$": "NIO"}
_PLAIN_AMOUNT = re.compile(r"\d{1,12}(?:\.\d{1,6})?", re.ASCII)
#: Whether `Decimal` reads this amount of a currency with two decimals as `parse_amount` does: nearly every one.
is_in_cents = re.compile(r"\d{1,11}\.\d\d", re.ASCII).fullmatch
#: Signs with a dot of their own: before a number it would be taken for the decimals'.
_DOTTED_SIGNS = "|".join(re.escape(sign) for sign in (*_SIGNS, *_SHARED_SIGNS) if "." in sign)
#: Signs before it; + or -; the number, and signs after it. Nothing is tried twice, however long the cell is.
_FRAMED_AMOUNT = re.compile(
    rf"((?>{_DOTTED_SIGNS}|[^\d+\-.,])*+)([+-]?)([^\d+\-.,]*+)([\d.,' ]*\d)\s*(\D*)", re.ASCII
)
#: `12.-` and `12,–`: no decimals.
_NO_DECIMALS = re.compile(r"(?<=\d)[.,][-–—](?!\d)")


def parse_currency(text: str) -> str:
    """An ISO 4217 code in capitals."""
    if text in CURRENCY_DECIMALS:
        return text
    code = clean_text(text).upper()
    if code not in CURRENCY_DECIMALS:
        raise BadValue("unknown_currency")
    return code


class AmbiguousAmount(BadValue):
    """`1,234` or `1.234`: thousands or decimals, and nothing in the cell tells."""

    def __init__(self, currency: str) -> None:
        super().__init__("ambiguous_amount", currency=currency)


def parse_amount(
    text: str, *, currency: str = "", allow_negative: bool = False, decimal_sign: str = ""
) -> Decimal:
    """An amount of `currency` (two decimals assumed when unknown), with as many decimals as the currency has.

    Reads `1234.5`, `1.234,56`, `1’234.56`, `US $120.95`, `129,46zł`, `Rs.500`, `12.-`. Zero is an amount: a fully
    discounted order. Raises `AmbiguousAmount` for `1,234` and `1.234` unless `decimal_sign` ("." or ",") says which it
    is; an amount that reads one way only needs no telling. A sign that several currencies share must be one of
    `currency`.
    """
    decimals = CURRENCY_DECIMALS.get(currency, 2)
    if decimals == 2 and is_in_cents(text):
        return Decimal(text)
    if _PLAIN_AMOUNT.fullmatch(text):
        whole, _, part = text.partition(".")
        if len(part) == 3 and _may_be_grouped(whole) and _is_grouped(".", decimals, currency, decimal_sign):
            return _with_decimals(whole + part, "", decimals, currency)
        return _with_decimals(whole, part, decimals, currency)
    return _parse_framed_amount(clean_text(text), currency, decimals, allow_negative, decimal_sign)[0]


def decimal_sign_of(text: str) -> str:
    """What marks decimals, where this amount alone tells; "both" for `1,234`, "" where it says nothing."""
    match = _framed(text)
    if match is None:
        return ""
    number = match[4]
    comma, dot = number.count(","), number.count(".")
    if comma and dot:
        return "," if number.rfind(",") > number.rfind(".") else "."
    if comma + dot != 1:
        # Several of one sign group thousands, so the other one is for decimals.
        return "." if comma else "," if dot else ""
    sign = "," if comma else "."
    whole, _, part = number.partition(sign)
    return "both" if len(part) == 3 and _may_be_grouped(whole) else sign


def _may_be_grouped(whole: str) -> bool:
    return 0 < len(whole) < 4 and whole[0] != "0" and whole.isdigit()


def _is_grouped(sign: str, decimals: int, currency: str, decimal_sign: str) -> bool:
    """Whether `sign` before three last digits marks thousands."""
    if decimals == 0:
        return True
    if decimal_sign:
        return sign != decimal_sign
    if decimals > 2 and sign == ".":
        return False  # Three decimals, as the currency has them and stores write them.
    raise AmbiguousAmount(currency)


def parse_priced_currency(text: str) -> str:
    """The currency an amount's own sign tells (`US $120.95` -> USD), "" where it tells none."""
    match = _framed(text)
    return _currency_of_sign(match) if match else ""


def sign_of_amount(text: str) -> str:
    """What stands beside the number of an amount, "" where nothing does or it is none."""
    match = _framed(text)
    return _sign_of(match) if match else ""


def is_in_bare_dollars(text: str) -> bool:
    """Whether the amount is marked `$` and nothing more."""
    match = _framed(text) if "$" in text else None
    return match is not None and _sign_of(match) == "$"


def _framed(text: str) -> re.Match[str] | None:
    return _FRAMED_AMOUNT.fullmatch(_NO_DECIMALS.sub("", clean_text(text).replace("’", "'")))


def _sign_of(match: re.Match[str]) -> str:
    before, _, middle, _, after = match.groups()
    return "".join((before + middle + after).split())


def parse_price_info(text: str, *, currency: str = "") -> Decimal:
    """The exact price the inventory extension writes: worded price, whole units, decimals (`US $120.95|120|95`)."""
    parts = text.strip().split("|")
    if len(parts) != 3:
        return parse_amount(text, currency=currency)
    whole = "".join(each for each in parts[1] if each not in "., '\u00a0\u202f")
    part = parts[2].strip()
    if not (whole.isascii() and whole.isdigit() and (not part or (part.isascii() and part.isdigit()))):
        raise BadValue("invalid_amount")
    return _with_decimals(whole, part, CURRENCY_DECIMALS.get(currency, 2), currency)


def _currency_of_sign(match: re.Match[str], currency: str = "") -> str:
    """The currency that the sign alone tells. One that several share may not be of others than `currency`."""
    sign = _sign_of(match)
    if shared := _SHARED_SIGNS.get(sign):
        if currency and currency not in shared:
            raise BadValue("sign_of_other_currencies", currency=currency, sign=sign)
        return ""
    if not sign:
        return ""
    if currency and currency == _AT_HOME.get(sign):
        return currency
    if sign in _SIGNS:
        return _SIGNS[sign]
    code = sign.strip("$€£¥").upper()
    if code in CURRENCY_DECIMALS:
        return code
    raise BadValue("invalid_amount")


@lru_cache(maxsize=4096)  # Worded prices repeat, and take several times as long to read as plain ones.
def _parse_framed_amount(
    text: str, currency: str, decimals: int, allow_negative: bool, decimal_sign: str
) -> tuple[Decimal, str]:
    if not text:
        raise BadValue("missing_value")
    match = _framed(text)
    if match is None:
        raise BadValue("invalid_amount")
    told = _currency_of_sign(match, currency)
    if told and currency and told != currency:
        raise BadValue("currency_mismatch", currency=currency, other=told)
    number = match[4]
    comma, dot = number.count(","), number.count(".")
    point = ""
    if comma and dot:
        point = "," if number.rfind(",") > number.rfind(".") else "."
        if number.count(point) > 1:
            raise BadValue("invalid_amount")
    elif comma == 1 or dot == 1:
        point = "," if comma else "."
        whole, _, part = number.partition(point)
        if len(part) == 3 and _may_be_grouped(whole) and _is_grouped(point, decimals, currency, decimal_sign):
            point = ""
    whole, _, part = number.partition(point) if point else (number, "", "")
    whole = _without_grouping(whole)
    if not part.isdigit() and part:
        raise BadValue("invalid_amount")
    amount = _with_decimals(whole, part, decimals, currency)
    if match[2] == "-":
        if amount and not allow_negative:
            raise BadValue("negative_amount")
        amount = -amount
    return amount, told


def _without_grouping(whole: str) -> str:
    for mark in ",.' ":
        if mark in whole:
            first, *rest = whole.split(mark)
            if not 1 <= len(first) <= 3 or not all(len(each) == 3 and each.isdigit() for each in rest):
                raise BadValue("invalid_amount")
            whole = first + "".join(rest)
    if whole and not whole.isdigit():
        raise BadValue("invalid_amount")
    return whole or "0"


def _with_decimals(whole: str, part: str, decimals: int, currency: str) -> Decimal:
    if len(part) > decimals:
        if part[decimals:].strip("0"):
            raise BadValue("too_many_decimals", currency=currency, decimals=decimals)
        part = part[:decimals]
    if len(whole) > 11 and len(whole.lstrip("0")) > 11:
        raise BadValue("amount_too_large")
    return Decimal(f"{whole}.{part.ljust(decimals, '0')}" if decimals else whole)


def parse_quantity(text: str) -> int:
    """A whole number above zero; `2.0` is what a spreadsheet makes of 2."""
    digits = text.strip().removesuffix(".0")
    if not (
        digits.isascii() and digits.isdigit() and 0 < len(digits) < 8 and 0 < int(digits) <= MAX_QUANTITY
    ):
        raise BadValue("invalid_quantity")
    return int(digits)
