"""Money is an amount and a currency; amounts of different currencies are never added up without a stated rate.

Amounts are `Decimal` in major units (euros, not cents). How many decimals a currency has comes from CLDR by way of
Babel: 0 for JPY and CLP, 2 for EUR, 3 for KWD.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from babel.core import Locale
from babel.numbers import format_currency, format_decimal, get_currency_precision
from django.db import models
from django.utils.translation import get_language


class MoneyField(models.DecimalField):  # type: ignore[type-arg]  # generic for mypy only
    """An amount in major units; the model has a `currency` of its own beside it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 3)
        super().__init__(*args, **kwargs)


class CurrencyField(models.CharField):  # type: ignore[type-arg]  # generic for mypy only
    """An ISO 4217 code in capitals, or blank where the file did not say."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 3)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)


def quantize(amount: Decimal, currency: str) -> Decimal:
    """`amount` rounded half up to the smallest unit of `currency`."""
    return amount.quantize(Decimal(1).scaleb(-get_currency_precision(currency)), rounding=ROUND_HALF_UP)


def format_money(amount: Decimal | None, currency: str, language: str | None = None) -> str:
    """`1234.5, "EUR"` as a reader of `language` (the active one by default) writes it; "–" for an unknown amount.

    Without a currency it keeps the decimals it has: nobody knows how many there should be.
    """
    if amount is None:
        return "–"
    amount = amount or Decimal(0)  # "-0" of a file equals 0: kept below, it would give every zero its sign.
    locale = (language or get_language() or "en").replace("-", "_")
    return _written(amount, currency, locale)


@lru_cache(maxsize=4096)
def _written(amount: Decimal, currency: str, locale: str) -> str:
    """A shop has few prices: a long list writes each once."""
    if not currency:
        return str(format_decimal(amount.normalize(), locale=locale, decimal_quantization=False))
    return str(format_currency(amount, currency, locale=locale))


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of amounts in one currency, and how many amounts it adds up."""

    amount: Decimal
    currency: str
    count: int

    def __str__(self) -> str:
        return format_money(self.amount, self.currency)


def totals(amounts: Iterable[tuple[Decimal | None, str]]) -> list[Total]:
    """One `Total` per currency, largest count first. Unknown amounts are left out."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    counts: dict[str, int] = defaultdict(int)
    for amount, currency in amounts:
        if amount is not None:
            sums[currency] += amount
            counts[currency] += 1
    return sorted((Total(sums[c], c, counts[c]) for c in sums), key=lambda t: (-t.count, t.currency))


def amounts_in_words(totals: list[Total]) -> str:
    """`€714.86 + £44.75`: three currencies at most; "–" for no amount."""
    return " + ".join(str(total) for total in totals[:3]) or "–"


def in_home_currency(totals: Iterable[Total], home: str, rates: Mapping[str, Decimal]) -> Decimal | None:
    """The sum of all of it in `home`, exact; None where a rate is missing, or there is nothing to sum.

    `rates` are what one unit of a currency is worth in `home`.
    """
    amount, some = Decimal(0), False
    for total in totals:
        rate = Decimal(1) if total.currency == home else rates.get(total.currency)
        if rate is None:
            return None
        amount, some = amount + total.amount * rate, True
    return amount if some else None


def format_whole_money(amount: Decimal, currency: str, language: str | None = None) -> str:
    """`€795`: rounded to whole units, as a sum of converted amounts is written. Below 10 the decimals stay."""
    if abs(amount) < 10:
        return format_money(amount, currency, language)
    locale = Locale.parse((language or get_language() or "en").replace("-", "_"))
    pattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (0, 0)
    whole = amount.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return str(pattern.apply(whole, locale, currency=currency, currency_digits=False))


def is_currency(code: str) -> bool:
    """Whether it is the code of a currency, in capitals: EUR."""
    return code in Locale.parse("en").currencies
