"""The sentences of readings, with their numbers, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.core.money import format_money

from ..facts.rates import USD
from ..models import AccountEvent
from ..rules.base import COURSE_DAYS, DAY_LIMIT, Reading
from . import wording_funds
from .dollars import usd

Numbers = Mapping[str, Any]


def sentence(reading: Reading) -> str:
    """The sentence of a reading; "" for one that says nothing."""
    words = _SENTENCES.get(reading.code)
    return words(reading.numbers) if words else ""


def in_days(days: int) -> str:
    if days == 0:
        return _("today")
    return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


def _never_imported(numbers: Numbers) -> str:
    return _("Nothing has been imported yet. Import your orders and this fills itself in.")


def _import_stale(numbers: Numbers) -> str:
    return ngettext(
        "The last import is %(days)s day old. Import again to know.",
        "The last import is %(days)s days old. Import again to know.",
        numbers["days"],
    ) % {"days": numbers["days"]}


def _today(numbers: Numbers) -> str:
    return _("“%(account)s” has spent %(today)s of %(limit)s today (%(percent)s %%).") % {
        "account": numbers["account"],
        "today": format_money(numbers["today"], USD),
        "limit": format_money(DAY_LIMIT, USD),
        "percent": numbers["percent"],
    }


def _spend_act(numbers: Numbers) -> str:
    return _today(numbers) + " " + _("Stop ordering from this account until AliExpress has answered you.")


def _spend_act_told(numbers: Numbers) -> str:
    return _today(numbers) + " " + _("AliExpress was written to. Wait for the answer before you go on.")


def _spend_watch(numbers: Numbers) -> str:
    return _today(numbers) + " " + _("Write to AliExpress before you go on.")


def _spend_told(numbers: Numbers) -> str:
    return _("“%(account)s” comes near %(limit)s a day, and AliExpress was written to.") % {
        "account": numbers["account"],
        "limit": usd(DAY_LIMIT),
    }


def _spend_peak(numbers: Numbers) -> str:
    ago = ngettext("%(days)s day ago", "%(days)s days ago", numbers["days_ago"]) % {
        "days": numbers["days_ago"]
    }
    return _(
        "“%(account)s” spent %(peak)s in a day, %(ago)s. Write to AliExpress before it happens again."
    ) % {
        "account": numbers["account"],
        "peak": usd(numbers["peak"]),
        "ago": ago,
    }


def _runway(numbers: Numbers) -> str:
    return _(
        "At the pace of two weeks “%(account)s” reaches %(limit)s a day %(when)s. "
        "Write to AliExpress and your bank now."
    ) % {"account": numbers["account"], "limit": usd(DAY_LIMIT), "when": in_days(numbers["days"])}


def _runway_told(numbers: Numbers) -> str:
    return _(
        "At the pace of two weeks “%(account)s” reaches %(limit)s a day %(when)s. AliExpress was written to."
    ) % {"account": numbers["account"], "limit": usd(DAY_LIMIT), "when": in_days(numbers["days"])}


def _growth(numbers: Numbers) -> str:
    return _("“%(account)s” spent %(percent)s %% more in the last 30 days than in the 30 before.") % dict(
        numbers
    )


def _burst(numbers: Numbers) -> str:
    return _("“%(account)s” has spent %(today)s today; %(usual)s is its usual day.") % {
        "account": numbers["account"],
        "today": usd(numbers["today"]),
        "usual": usd(numbers["usual"]),
    }


def _unrated(numbers: Numbers) -> str:
    return _("Orders in %(currencies)s are not counted: state their rate to US dollars, and they are.") % {
        "currencies": ", ".join(currency or _("an unnamed currency") for currency in numbers["currencies"])
    }


def _without_cost(numbers: Numbers) -> str:
    return ngettext(
        "%(count)s order has no known cost and is not counted.",
        "%(count)s orders have no known cost and are not counted.",
        numbers["count"],
    ) % {"count": numbers["count"]}


def _spend_low(numbers: Numbers) -> str:
    return _(
        "The most that one account has spent today: %(today)s of %(limit)s (%(percent)s %%); "
        "in the last 30 days: %(peak)s."
    ) % {
        "today": format_money(numbers["today"], USD),
        "limit": format_money(DAY_LIMIT, USD),
        "percent": numbers["percent"],
        "peak": usd(numbers["peak"]),
    }


def _place_missing(numbers: Numbers) -> str:
    return _("Fill in the card's country and the usual place of ordering of: %(accounts)s.") % {
        "accounts": ", ".join(numbers["accounts"])
    }


def _no_destinations(numbers: Numbers) -> str:
    return _("No order of the last 30 days has both a buyer account and a destination.")


def _countries(numbers: Numbers) -> str:
    return _(
        "%(abroad)s of %(orders)s orders of the last 30 days (%(percent)s %%) went to another country "
        "than the card's; %(countries)s countries in all."
    ) % dict(numbers)


def _batch(numbers: Numbers) -> str:
    if numbers["hour"] is None:
        return _("At most %(day)s orders of one account in a day of the last 30 days.") % dict(numbers)
    return _(
        "At most %(hour)s orders of one account within an hour and %(day)s in a day of the last 30 days."
    ) % dict(numbers)


def _first_volume(numbers: Numbers) -> str:
    return _(
        "“%(account)s” has more orders today than on any day of the last %(days)s days: %(today)s, "
        "at most %(before)s before."
    ) % (dict(numbers) | {"days": COURSE_DAYS})


def _bank_told(numbers: Numbers) -> str:
    return _("The bank knows of the large orders of “%(account)s” until %(day)s.") % {
        "account": numbers["account"],
        "day": _day(numbers["until"]),
    }


def _bank_not_told(numbers: Numbers) -> str:
    return _("“%(account)s” had a day of %(peak)s, and nobody has told the bank in the last 90 days.") % {
        "account": numbers["account"],
        "peak": usd(numbers["peak"]),
    }


def _limbo(numbers: Numbers) -> str:
    return _(
        "%(missing)s of refunds have not come back to the card yet; an average day costs %(average)s."
    ) % {
        "missing": usd(numbers["missing"]),
        "average": usd(numbers["average"]),
    }


def _no_sign_ins(numbers: Numbers) -> str:
    return _("Nobody who orders has signed in here in the last 7 days.")


def _networks(numbers: Numbers) -> str:
    found = ngettext(
        "Those who order signed in here from %(networks)s network in the last 7 days.",
        "Those who order signed in here from %(networks)s networks in the last 7 days.",
        numbers["networks"],
    ) % {"networks": numbers["networks"]}
    return f"{found} {_only_here()}"


def _only_here() -> str:
    return _("This sees sign-ins to Closed Orders only, not those to AliExpress.")


def _at_office(numbers: Numbers) -> str:
    return (
        _("All who order signed in here from your declared networks in the last 7 days.") + f" {_only_here()}"
    )


def _outside_office(numbers: Numbers) -> str:
    return (
        _("Signed in here from elsewhere than your declared networks: %(people)s.")
        % {"people": ", ".join(numbers["people"])}
        + f" {_only_here()}"
    )


def _many_in_a_day(numbers: Numbers) -> str:
    return _("%(who)s was behind %(networks)s networks on one day: that looks like a VPN.") % dict(numbers)


def _through_proxy(numbers: Numbers) -> str:
    return _("Signed in through a proxy that says so: %(people)s.") % {"people": ", ".join(numbers["people"])}


def _shared_network(numbers: Numbers) -> str:
    return _(
        "%(people)s people share a network that is not declared. If it is your office, declare it."
    ) % dict(numbers)


def _snoozed(numbers: Numbers) -> str:
    return _("“%(account)s” is quiet until it gets worse.") % {"account": numbers["account"]}


def _account_changed(numbers: Numbers) -> str:
    kinds = [str(AccountEvent.Kind(kind).label) for kind in numbers["kinds"]]
    return _(
        "Changed at “%(account)s” in the last 14 days: %(kinds)s. A review may follow: change nothing else."
    ) % {
        "account": numbers["account"],
        "kinds": ", ".join(kinds),
    }


def _supplier_disputes(numbers: Numbers) -> str:
    disputes = ngettext(
        "%(disputes)s order of “%(supplier)s” ended in a dispute, of %(orders)s in 90 days.",
        "%(disputes)s orders of “%(supplier)s” ended in a dispute, of %(orders)s in 90 days.",
        numbers["disputes"],
    ) % dict(numbers)
    switch = _("Switch to another supplier instead of complaining.")
    if not numbers["on_its_way"]:
        return f"{disputes} {switch}"
    still = ngettext(
        "%(on_its_way)s more order of it is on its way.",
        "%(on_its_way)s more orders of it are on their way.",
        numbers["on_its_way"],
    ) % dict(numbers)
    return f"{disputes} {switch} {still}"


def _trip_ahead(numbers: Numbers) -> str:
    left = ngettext("%(left)s step is open.", "%(left)s steps are open.", numbers["left"]) % dict(numbers)
    return (
        _("%(who)s travels %(when)s.") % {"who": numbers["who"], "when": in_days(numbers["days"])}
        + " "
        + left
    )


def _trip_ready(numbers: Numbers) -> str:
    return _("%(who)s travels %(when)s, and all is handed over.") % {
        "who": numbers["who"],
        "when": in_days(numbers["days"]),
    }


def _trip_on(numbers: Numbers) -> str:
    return _("%(who)s travels until %(day)s and places no orders.") % {
        "who": numbers["who"],
        "day": _day(numbers["until"]),
    }


def _trip_open(numbers: Numbers) -> str:
    return ngettext(
        "%(who)s is travelling until %(day)s; %(left)s step is open.",
        "%(who)s is travelling until %(day)s; %(left)s steps are open.",
        numbers["left"],
    ) % {"who": numbers["who"], "day": _day(numbers["until"]), "left": numbers["left"]}


def _trip_back(numbers: Numbers) -> str:
    return _("%(who)s is back: note whether anything was ordered on the way.") % dict(numbers)


_SENTENCES: dict[str, Callable[[Numbers], str]] = {
    "never_imported": _never_imported,
    "import_stale": _import_stale,
    "spend_act": _spend_act,
    "spend_act_told": _spend_act_told,
    "spend_watch": _spend_watch,
    "spend_told": _spend_told,
    "spend_peak": _spend_peak,
    "spend_low": _spend_low,
    "runway": _runway,
    "runway_told": _runway_told,
    "growth": _growth,
    "burst": _burst,
    "unrated": _unrated,
    "without_cost": _without_cost,
    "place_missing": _place_missing,
    "no_destinations": _no_destinations,
    "many_countries": _countries,
    "few_countries": _countries,
    "batch_small": _batch,
    "batch_large": _batch,
    "first_volume": _first_volume,
    "bank_told": _bank_told,
    "bank_not_told": _bank_not_told,
    "limbo": _limbo,
    "account_changed": _account_changed,
    "supplier_disputes": _supplier_disputes,
    "trip_ahead": _trip_ahead,
    "trip_ready": _trip_ready,
    "trip_on": _trip_on,
    "trip_open": _trip_open,
    "trip_back": _trip_back,
    "no_sign_ins": _no_sign_ins,
    "one_network": _networks,
    "several_networks": _networks,
    "at_office": _at_office,
    "outside_office": _outside_office,
    "many_in_a_day": _many_in_a_day,
    "through_proxy": _through_proxy,
    "shared_network": _shared_network,
    "snoozed": _snoozed,
    **wording_funds.SENTENCES,
}
