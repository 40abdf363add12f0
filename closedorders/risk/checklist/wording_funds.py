"""The sentences on what there is to pay with, and on payments that failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.closures.decoder.table import Cause
from closedorders.closures.decoder.wording import CAUSES

from ..models import Funds
from .dollars import usd

Numbers = Mapping[str, Any]


def _words(numbers: Numbers) -> dict[str, str]:
    """Amounts that are known, as text; names as they are."""
    amounts = ("available", "limit", "to_pay", "spent", "average")
    found = {name: usd(numbers[name]) for name in amounts if numbers.get(name) is not None}
    day = date_format(numbers["day"], "DATE_FORMAT")
    counts = {name: str(numbers[name]) for name in ("orders", "payments")}
    return (
        found
        | counts
        | {
            "method": str(Funds.Method(numbers["method"]).label),
            "account": numbers["account"],
            "day": day,
        }
    )


def _old(numbers: Numbers) -> str:
    return _("What is available (%(method)s, “%(account)s”) was read on %(day)s: read it again.") % _words(
        numbers
    )


def _short(numbers: Numbers) -> str:
    return _(
        "%(method)s of “%(account)s”: %(available)s is available and %(to_pay)s is to be paid. Put money on it first."
    ) % _words(numbers)


def _low(numbers: Numbers) -> str:
    return _(
        "%(method)s of “%(account)s”: %(available)s is available for %(to_pay)s to be paid "
        "and an average day of %(average)s."
    ) % _words(numbers)


def _enough(numbers: Numbers) -> str:
    return _("%(method)s of “%(account)s”: %(available)s is available, %(to_pay)s is to be paid.") % _words(
        numbers
    )


def _limit_old(numbers: Numbers) -> str:
    return _(
        "The limits of a day (%(method)s, “%(account)s”) were read on %(day)s: read them again."
    ) % _words(numbers)


def _limit_short(numbers: Numbers) -> str:
    return _(
        "%(method)s of “%(account)s”: %(spent)s today and %(to_pay)s to be paid are more than the limit of %(limit)s "
        "a day. Ask for a higher one, or pay part of it tomorrow."
    ) % _words(numbers)


def _limit_near(numbers: Numbers) -> str:
    return _(
        "%(method)s of “%(account)s”: %(spent)s today and %(to_pay)s to be paid come near the limit of %(limit)s a day."
    ) % _words(numbers)


def _payments_full(numbers: Numbers) -> str:
    return _(
        "%(method)s of “%(account)s”: %(orders)s orders today, and the bank takes %(payments)s payments a day. "
        "The next ones will fail."
    ) % _words(numbers)


def _payments_near(numbers: Numbers) -> str:
    return _(
        "%(method)s of “%(account)s”: %(orders)s orders today of %(payments)s payments that the bank takes a day."
    ) % _words(numbers)


def _failed(numbers: Numbers) -> str:
    count = ngettext(
        "The payment of %(orders)s order failed in the last 7 days.",
        "The payments of %(orders)s orders failed in the last 7 days.",
        numbers["orders"],
    ) % {"orders": numbers["orders"]}
    what, then = CAUSES[Cause(numbers["cause"])]
    return f"{count} {what} {then}"


SENTENCES: Mapping[str, Callable[[Numbers], str]] = {
    "funds_old": _old,
    "funds_short": _short,
    "funds_low": _low,
    "funds_enough": _enough,
    "limit_old": _limit_old,
    "limit_short": _limit_short,
    "limit_near": _limit_near,
    "payments_full": _payments_full,
    "payments_near": _payments_near,
    "payments_failed": _failed,
}
