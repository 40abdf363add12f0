"""From a cell of an import to a typed value, or to the reason why not.

Every parser takes the cell's text and returns the value, or raises `BadValue(code, params)` with a code of `ISSUES`.
Nothing is guessed: a number that a spreadsheet rounded or a date that reads two ways is refused, not repaired.
A blank cell is for the caller to handle, except where a parser says otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache, lru_cache

from babel import Locale
from moneyed import CURRENCIES

MAX_ORDER_NUMBER_CHARACTERS = 64
MAX_AMOUNT = Decimal(10) ** 11  #: What the columns for money can hold.
MAX_QUANTITY = 100_000
EARLIEST_YEAR = 2005  #: Neither Shopify nor AliExpress took an order before.

#: What each row issue means. The sentence a person reads is made elsewhere, from the code, column, value and params.
ISSUES: Mapping[str, str] = {
    # The row
    "ragged_row": "More or fewer cells than the header. Params: expected, found.",
    "broken_quotes": "Text follows a closing quote: a quote inside a cell was not doubled.",
    "first_row_rejected": "This row belongs to an order whose first row was rejected. Params: first_line.",
    "order_without_first_row": "A further line of an order whose first row is not next to it.",
    "order_repeated": "The order is in this file twice, apart or with other values. Params: first_line.",
    "too_many_lines": "More lines in one order than we read. Params: limit.",
    "missing_value": "A cell that must not be blank is blank.",
    # A file of bad rows that came back, see `formats.mending`
    "missing_cell": "A cell that the file did not have, still marked as missing.",
    "masked_address": "An address masked for an assistant (m•••@h•••.com).",
    "still_undecided": "Marked as needing a decision, and the mark is still there.",
    "refund_row": "A refund listed among the orders. It is no order; the order has a row of its own.",
    "invalid_line_item": "A product's cell that lacks its name or quantity.",
    # Numbers of orders
    "scientific_notation": "A spreadsheet rounded the number (8.19E+15); export again and keep the column as text.",
    "invalid_order_number": "Not an order number: too long, or with a line end or control character in it.",
    "invalid_aliexpress_number": "An AliExpress order number has 8 to 20 digits and nothing else.",
    # Amounts
    "invalid_amount": "Not an amount of money.",
    "negative_amount": "An amount below zero where there can be none.",
    "too_many_decimals": "More decimals than the currency has. Params: currency, decimals.",
    "ambiguous_amount": "The separator could be a decimal point or a thousands mark. Params: currency.",
    "amount_too_large": "Too large to be an order's amount.",
    "unknown_currency": "Not a currency code.",
    "currency_mismatch": "The amount's sign and the currency column disagree. Params: currency, other.",
    "invalid_quantity": "A quantity is a whole number above zero.",
    # Dates
    "invalid_date": "Not a date we can read.",
    "no_such_day": "The calendar has no such day.",
    "date_out_of_range": "Before 2005 or in the future. Params: earliest, latest.",
    "excel_serial_date": "A spreadsheet's day count in place of a date; show the column as a date and save again.",
    "ambiguous_date": "Day and month could be either way round, and nothing in the file tells.",
    "date_order_conflict": "Does not fit the order of day and month chosen for this file. Params: date_order.",
    # People
    "invalid_email": "Not an e-mail address.",
    "email_hidden_character": "An invisible character inside the address. Params: character.",
    "email_has_newline": "A line end inside the address.",
    "email_two_addresses": "More than one address in the cell.",
    "name_has_newline": "A line end inside the name.",
    "name_too_long": "Longer than a name can be. Params: limit.",
    "unknown_country": "Neither a two-letter country code nor a country's name.",
}


class BadValue(Exception):
    """The cell cannot be read. `code` is a key of `ISSUES`."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


_INVISIBLE_CATEGORIES = frozenset({"Cf", "Cc", "Cs", "Co", "Zl", "Zp"})


def clean_text(text: str) -> str:
    """Trimmed, in NFC, no-break spaces as spaces; otherwise verbatim (`=HYPERLINK(…)` too: exports neutralise)."""
    text = text.strip()
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", text.replace("\u00a0", " ").replace("\u202f", " ")).strip()


def _as_text_cell(text: str) -> str:
    """Without what people put before a number so that a spreadsheet leaves it alone: tab, apostrophe, `="…"`."""
    text = text.strip().strip("\ufeff\u200b\u00a0").strip()
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text.lstrip("'’`").strip()


# Numbers of orders

_PLAIN_NUMBER = re.compile(r"#?(?:[A-Za-z]{1,12}-?)?\d{1,20}", re.ASCII)
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+?\d+", re.ASCII)


def parse_order_number(text: str) -> str:
    """A store's order number as it is worded there: `#1001`, `#AP-516073`, `0042`. Leading zeros stay."""
    if _PLAIN_NUMBER.fullmatch(text):
        return text
    number = _as_text_cell(text)
    if not number:
        raise BadValue("missing_value")
    if number.isascii():
        if not number.isprintable() or len(number) > MAX_ORDER_NUMBER_CHARACTERS:
            raise BadValue("invalid_order_number")
        if number[0] in "0123456789+-" and _SCIENTIFIC.fullmatch(number):
            raise BadValue("scientific_notation")
        return number
    number = clean_text(number)
    if len(number) > MAX_ORDER_NUMBER_CHARACTERS or any(
        unicodedata.category(each) in _INVISIBLE_CATEGORIES for each in number
    ):
        raise BadValue("invalid_order_number")
    return number


def parse_aliexpress_number(text: str) -> str:
    """An AliExpress order number: 8 to 20 ASCII digits, kept as text (16 digits do not survive a spreadsheet)."""
    number = _as_text_cell(text)
    if number.isascii() and number.isdigit() and 8 <= len(number) <= 20:
        return number
    if not number:
        raise BadValue("missing_value")
    if _SCIENTIFIC.fullmatch(number):
        raise BadValue("scientific_notation")
    raise BadValue("invalid_aliexpress_number")


def parse_aliexpress_numbers(text: str) -> tuple[str, ...]:
    """All numbers of one cell, separated by comma, semicolon, slash, bar, space or line end; each once, in order."""
    parts = re.split(r"[\s,;/|]+", _as_text_cell(text))
    return tuple(dict.fromkeys(parse_aliexpress_number(part) for part in parts if part))


_ROUNDED = re.compile(r"\d[.,]\d+[eE]\+\d+", re.ASCII)


def parse_tracking_number(text: str) -> str:
    """A parcel's number as it is worded, unless a spreadsheet rounded it (`1.23E+15`)."""
    number = clean_text(text)
    if _ROUNDED.fullmatch(number):
        raise BadValue("scientific_notation")
    return number


_AFTER_A_WORD = re.compile(
    r"(?<![a-z])(?:ali\s?-?express|ali|ae)(?![a-z])[^\d\n]{0,24}"
    r"(\d{8,20}(?!\d)(?:[\s,;/&+]{1,3}(?:and|y|e)?\s?\d{8,20}(?!\d))*)",
    re.ASCII | re.IGNORECASE,
)
_BY_ITSELF = re.compile(r"(?<![\w.#+-])(\d{15,17})(?![\w-]|\.\d)", re.ASCII)
_DIGITS = re.compile(r"\d{8,20}", re.ASCII)
_EIGHT_DIGITS = re.compile(r"\d{8}", re.ASCII)
_SUPPLIER_WORD = re.compile(r"(?<![a-z])(?:ali\s?-?express|ali|ae|supplier|dsers)(?![a-z])", re.IGNORECASE)


def may_hold_numbers(*texts: str) -> bool:
    """False for most notes and tags: those in which `find_aliexpress_numbers` finds nothing for want of digits."""
    return any(map(_EIGHT_DIGITS.search, texts))


def find_aliexpress_numbers(*, note: str = "", attributes: str = "", tags: str = "") -> tuple[str, ...]:
    """AliExpress order numbers that people and apps leave in an order's notes, note attributes and tags.

    A number counts after a word like "AliExpress" or "AE order" (8 to 20 digits), or standing by itself in a note or
    tag with the 15 to 17 digits AliExpress uses. Note attributes are full of other apps' ids, so there the line
    itself must speak of the supplier.
    """
    if not may_hold_numbers(note, attributes, tags):
        return ()  # The patterns below take ten times as long to say so.
    found: dict[str, None] = {}
    for text in (note, tags):
        if text:
            for numbers in _AFTER_A_WORD.findall(text):
                found.update(dict.fromkeys(_DIGITS.findall(numbers)))
            found.update(dict.fromkeys(_BY_ITSELF.findall(text)))
    for line in attributes.split("\n") if attributes else ():
        key, _, value = line.partition(":")
        if _SUPPLIER_WORD.search(key):
            found.update(dict.fromkeys(_BY_ITSELF.findall(value)))
        for numbers in _AFTER_A_WORD.findall(line):
            found.update(dict.fromkeys(_DIGITS.findall(numbers)))
    return tuple(found)


# Money

_NO_MONEY = frozenset(
    {"XXX", "XTS", "XAU", "XAG", "XPD", "XPT", "XBA", "XBB", "XBC", "XBD", "XDR", "XSU", "XUA"}
)
#: Currency code -> decimals it has.
CURRENCY_DECIMALS: Mapping[str, int] = {
    code: len(str(currency.sub_unit)) - 1 for code, currency in CURRENCIES.items() if code not in _NO_MONEY
}
_SIGNS: Mapping[str, str] = {
    "US$": "USD",
    "USD$": "USD",
    "€": "EUR",
    "£": "GBP",
    "zł": "PLN",
    "R$": "BRL",
    "C$": "CAD",
    "CA$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "NZ$": "NZD",
    "MX$": "MXN",
    "MXN$": "MXN",
    "CLP$": "CLP",
    "COP$": "COP",
    "HK$": "HKD",
    "S$": "SGD",
    "SG$": "SGD",
    "₽": "RUB",
    "руб.": "RUB",
    "₴": "UAH",
    "₺": "TRY",
    "TL": "TRY",
    "₪": "ILS",
    "₩": "KRW",
    "₹": "INR",
    "Kč": "CZK",
    "Ft": "HUF",
    "lei": "RON",
    "₫": "VND",
    "฿": "THB",
    "৳": "BDT",
}
#: Signs several currencies share: they are dropped and tell nothing.
_SHARED_SIGNS = frozenset({"$", "¥", "￥", "kr", "kr.", "Kr", "Rs", "Rs."})
_PLAIN_AMOUNT = re.compile(r"\d{1,12}(?:\.\d{1,6})?", re.ASCII)
_CENTS = re.compile(r"\d{1,11}\.\d\d", re.ASCII)
_FRAMED_AMOUNT = re.compile(r"([^\d+\-.,]*)([+-]?)([^\d+\-.,]*)([\d.,' ]*\d)\s*(\D*)", re.ASCII)


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

    Reads `1234.5`, `1.234,56`, `1'234.56`, `US $120.95`, `129,46zł`. Zero is an amount: a fully discounted order.
    Raises `AmbiguousAmount` for `1,234` and `1.234` unless `decimal_sign` ("." or ",") says which it is; an amount
    that reads one way only needs no telling.
    """
    decimals = CURRENCY_DECIMALS.get(currency, 2)
    if decimals == 2 and _CENTS.fullmatch(text):
        return Decimal(text)  # Nearly every amount there is; the rest below would say the same.
    if _PLAIN_AMOUNT.fullmatch(text):
        whole, _, part = text.partition(".")
        if len(part) == 3 and _may_be_grouped(whole) and _is_grouped(".", decimals, currency, decimal_sign):
            return _with_decimals(whole + part, "", decimals, currency)
        return _with_decimals(whole, part, decimals, currency)
    return _parse_framed_amount(clean_text(text), currency, decimals, allow_negative, decimal_sign)[0]


def decimal_sign_of(text: str) -> str:
    """What marks decimals, where this amount alone tells; "both" for `1,234`, "" where it says nothing."""
    match = _FRAMED_AMOUNT.fullmatch(clean_text(text))
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
    match = _FRAMED_AMOUNT.fullmatch(clean_text(text))
    return _currency_of_sign(match) if match else ""


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


def _currency_of_sign(match: re.Match[str]) -> str:
    before, _, middle, _, after = match.groups()
    sign = "".join((before + middle + after).split())
    if not sign or sign in _SHARED_SIGNS:
        return ""
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
    match = _FRAMED_AMOUNT.fullmatch(text)
    if match is None:
        raise BadValue("invalid_amount")
    told = _currency_of_sign(match)
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


# Dates


class AmbiguousDate(BadValue):
    """03/04/2025 in a file whose order of day and month is not known yet."""

    def __init__(self) -> None:
        super().__init__("ambiguous_date")


@dataclass(frozen=True, slots=True)
class DateRules:
    """How to read dates. `zone` is the team's: a date without an offset is local there. `date_order`: dmy, mdy, ""."""

    zone: tzinfo
    latest: datetime
    date_order: str = ""


def date_rules(*, zone: tzinfo, date_order: str = "", now: datetime | None = None) -> DateRules:
    """Two days of grace after now: clocks and zones differ, and orders from the future do not exist."""
    return DateRules(zone=zone, latest=(now or datetime.now(UTC)) + timedelta(days=2), date_order=date_order)


_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?", re.ASCII)
_ISO_PARTS = re.compile(r"(.{10,26}?)\s?(Z|UTC|[+-]\d\d:?\d\d)?", re.ASCII)
_NUMERIC = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:,?\s+(\d{1,2}):(\d\d)(?::(\d\d))?\s*([AaPp]\.?\s?[Mm]\.?)?)?",
    re.ASCII,
)
_YEAR_FIRST = re.compile(r"(\d{4})([/.])(\d{1,2})\2(\d{1,2})(?:,?\s+(\d{1,2}):(\d\d)(?::(\d\d))?)?", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?", re.ASCII)
_WORDED = re.compile(
    r"(?:([^\W\d_]{3,12})\.?\s+(\d{1,2})|(\d{1,2})\.?\s+(?:de\s+)?([^\W\d_]{3,12})\.?)"
    r"(?:,?\s+|,\s*|\s+de\s+)(\d{4})(?:,?\s+(\d{1,2}):(\d\d)(?::(\d\d))?\s*([AaPp]\.?\s?[Mm]\.?)?)?"
)
#: Month names of the AliExpress pages seen so far (en, es, pt), by their first three letters where those are unique.
_MONTHS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "jan ene", "feb fev", "mar", "apr abr", "may mai", "jun", "jul", "aug ago", "sep set", "oct out",
            "nov", "dec dic dez",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip


def is_date_only(text: str) -> bool:
    """Whether a date cell has no time of day."""
    return ":" not in text


def parse_datetime(text: str, rules: DateRules) -> datetime:
    """A moment in UTC. A date alone is the start of that day, and a time without an offset is local, in `rules.zone`.

    Reads Shopify's `2025-10-07 09:50:26 +0200`, ISO 8601, a spreadsheet's `31/12/2023 22:36` and the worded dates of
    AliExpress pages (`Feb 21, 2026`, `24 nov, 2023`). Raises `AmbiguousDate` for 03/04/2025 unless the rules tell.
    """
    if len(text) == 25 and text[19] == " " and text[:2] == "20":
        try:
            moment = datetime.fromisoformat(text[:19] + text[20:])
        except ValueError:
            pass  # The slow way tells a day that does not exist from text that is no date.
        else:
            moment = moment.astimezone(UTC)
            if moment.year >= EARLIEST_YEAR and moment <= rules.latest:
                return moment
            raise _out_of_range(rules)
    text = clean_text(text)
    moment = _parse_any(text, rules)
    if moment.tzinfo is None:
        if not 1 < moment.year < 9999:
            raise _out_of_range(rules)
        moment = moment.replace(tzinfo=rules.zone)
    elif not 1 < moment.year < 9999:
        raise _out_of_range(rules)
    return _in_range(moment.astimezone(UTC), rules)


def date_order_of(text: str) -> str:
    """dmy or mdy where this cell alone decides it, "both" where it reads either way, "" where it says nothing."""
    match = _NUMERIC.fullmatch(clean_text(text))
    if match is None or match[2] == ".":
        return ""
    first, second = int(match[1]), int(match[3])
    if first > 12:
        return "dmy" if second <= 12 else ""
    if second > 12:
        return "mdy"
    return "both" if first != second else ""


def _parse_any(text: str, rules: DateRules) -> datetime:
    if not text:
        raise BadValue("missing_value")
    if not text.isascii() and any(each.isdigit() and not each.isascii() for each in text):
        raise BadValue("invalid_date")
    if text[:4].isdigit() and text[4:5] == "-":
        parts = _ISO_PARTS.fullmatch(text)
        if parts is None or not _ISO.fullmatch(parts[1]):
            raise BadValue("invalid_date")
        offset = parts[2] or ""
        offset = "+00:00" if offset in ("Z", "UTC") else offset
        try:
            return datetime.fromisoformat(parts[1] + (offset if ":" in parts[1] else ""))
        except ValueError:
            raise BadValue("no_such_day") from None
    if match := _NUMERIC.fullmatch(text):
        day, month = _day_and_month(match, text, rules)
        return _moment(match[4], month, day, match[5], match[6], match[7], match[8])
    if match := _YEAR_FIRST.fullmatch(text):
        return _moment(match[1], int(match[3]), int(match[4]), match[5], match[6], match[7], None)
    if match := _WORDED.fullmatch(text):
        number = _MONTHS.get((match[1] or match[4])[:3].lower())
        if number is None:
            raise BadValue("invalid_date")
        return _moment(match[5], number, int(match[2] or match[3]), match[6], match[7], match[8], match[9])
    raise BadValue("excel_serial_date" if _SERIAL.fullmatch(text) else "invalid_date")


def _day_and_month(match: re.Match[str], text: str, rules: DateRules) -> tuple[int, int]:
    first, second = int(match[1]), int(match[3])
    if match[2] == ".":  # Only day-first countries write dots.
        return first, second
    told = date_order_of(text)
    if told == "both":
        if not rules.date_order:
            raise AmbiguousDate
        told = rules.date_order
    elif told and rules.date_order and told != rules.date_order:
        raise BadValue("date_order_conflict", date_order=rules.date_order)
    return (second, first) if told == "mdy" else (first, second)


def _moment(
    year: str,
    month: int,
    day: int,
    hour: str | None,
    minute: str | None,
    second: str | None,
    half: str | None,
) -> datetime:
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            raise BadValue("invalid_date")
        hours = hours % 12 + (12 if half[0] in "Pp" else 0)
    try:
        return datetime(int(year), month, day, hours, int(minute or 0), int(second or 0))  # noqa: DTZ001 - zone follows
    except ValueError:
        raise BadValue("no_such_day") from None


def _in_range(moment: datetime, rules: DateRules) -> datetime:
    if moment.year < EARLIEST_YEAR or moment > rules.latest:
        raise _out_of_range(rules)
    return moment


def _out_of_range(rules: DateRules) -> BadValue:
    return BadValue(
        "date_out_of_range", earliest=f"{EARLIEST_YEAR}-01-01", latest=rules.latest.date().isoformat()
    )


# People

#: Of those below most addresses, in half the time. No part of one of 64 characters is too long.
_COMMON_EMAIL = re.compile(
    r"[a-z0-9_]+(?:[.+-][a-z0-9_]+)*@[a-z0-9]+(?:[.-][a-z0-9]+)*\.[a-z]{2,63}", re.ASCII
)
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_](?:[a-z0-9!#$%&'*/=?^_`{}~+-]|\.(?=[a-z0-9_!#$%&'*/=?^`{}~+-])){0,63}"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})",
    re.ASCII,
)


def parse_email(text: str) -> str:
    """An address in lower case, an international domain in its ASCII form; "" for a blank cell.

    Refuses what a mail program could read as two addresses, a header or a formula, and local parts outside ASCII,
    which many mail servers still cannot deliver to.
    """
    email = text.strip().lower()
    if _COMMON_EMAIL.fullmatch(email) and len(email) <= 64:
        return email
    if not email or (_PLAIN_EMAIL.fullmatch(email) and len(email) <= 254):
        return email
    email = unicodedata.normalize("NFC", email.replace("\u00a0", " ")).strip()
    if "\n" in email or "\r" in email:
        raise BadValue("email_has_newline")
    if "•••" in email:
        raise BadValue("masked_address")
    for each in email:
        if unicodedata.category(each) in _INVISIBLE_CATEGORIES:
            raise BadValue("email_hidden_character", character=f"U+{ord(each):04X}")
    if email.count("@") > 1:
        raise BadValue("email_two_addresses")
    email = email.removeprefix("mailto:")
    local, _, domain = email.partition("@")
    if not domain.isascii():
        domain = _ascii_domain(domain)
    email = f"{local}@{domain}"
    if len(email) > 254 or not _PLAIN_EMAIL.fullmatch(email):
        raise BadValue("invalid_email")
    return email


def _ascii_domain(domain: str) -> str:
    # Python's own "idna" codec is the 2003 version, which turns ß into ss: another domain, another person.
    labels = []
    for label in unicodedata.normalize("NFKC", domain).lower().replace("。", ".").split("."):
        if label.isascii():
            labels.append(label)
        elif all(
            each == "-" or each.isalnum() or unicodedata.category(each) in ("Mn", "Mc") for each in label
        ):
            labels.append("xn--" + label.encode("punycode").decode("ascii"))
        else:
            raise BadValue("invalid_email")
    return ".".join(labels)


MAX_NAME_CHARACTERS = 200


def parse_person_name(text: str) -> str:
    """A person's name in NFC, with plain spaces; "" for a blank cell. One letter is a name, and so is an emoji."""
    name = clean_text(text)
    if not name.isprintable():
        if any(each in name for each in "\n\r\u2028\u2029\x0b\x0c\x85"):
            raise BadValue("name_has_newline")
        # Joiners are part of emoji and of Persian and Indic names; other control characters are not part of any.
        name = "".join(
            each
            for each in name.replace("\t", " ")
            if each in "\u200c\u200d" or unicodedata.category(each) not in ("Cc", "Cf", "Cs")
        )
    if len(name) > MAX_NAME_CHARACTERS:
        raise BadValue("name_too_long", limit=MAX_NAME_CHARACTERS)
    return name


def parse_phone(text: str) -> str:
    """A telephone number as written, without the apostrophe stores put before it."""
    return clean_text(text).lstrip("'")


@cache
def _countries() -> tuple[frozenset[str], dict[str, str]]:
    codes: set[str] = {"AN"}  # Dissolved in 2010, still in old addresses.
    names: dict[str, str] = {}
    for language in ("es", "en"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in ("ZZ", "EU", "EZ", "UN", "QO", "XA", "XB"):
                codes.add(code)
                names[name.casefold()] = code
    names |= {"usa": "US", "uk": "GB", "great britain": "GB"}
    return frozenset(codes), names


def parse_country(text: str) -> str:
    """An ISO 3166 two-letter code, from a code or from an English or Spanish name; "" for a blank cell."""
    country = clean_text(text)
    if not country:
        return ""
    codes, names = _countries()
    if country in codes:
        return country
    if len(country) == 2 and country.upper() in codes:
        return country.upper()
    code = names.get(country.casefold(), "")
    if not code:
        raise BadValue("unknown_country")
    return code
