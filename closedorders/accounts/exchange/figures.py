"""One figure in the team's home currency for amounts in several: only by the rates that the team has stated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from closedorders.core.money import (
    Total,
    amounts_in_words,
    format_money,
    format_whole_money,
    in_home_currency,
)

from ..models import ExchangeRate, Team


@dataclass(frozen=True, slots=True)
class HomeFigure:
    """`value`: "about €795", or the parts alone.

    `parts`: "€714.86 + £44.75, at rates of 28 Nov 2026"; "" where they are the value itself. `rates`: which rates it is
    by, of which day and from where; "" where none was needed.
    """

    value: str
    parts: str = ""
    rates: str = ""

    def as_figure(self) -> dict[str, Any]:
        """Its keys of `components/data/_figures.html`."""
        return {"value": self.value, "parts": self.parts, "title": self.rates}


def home_figure(team: Team, totals: list[Total]) -> HomeFigure:
    """Of totals as `core.money.totals` makes them. One query, and none where all is in the home currency."""
    foreign = [total.currency for total in totals if total.currency != team.currency]
    if not foreign:
        return HomeFigure(amounts_in_words(totals))
    stated = {
        rate.currency: rate
        for rate in ExchangeRate.objects.filter(team=team, home=team.currency, currency__in=foreign)
    }
    amount = in_home_currency(totals, team.currency, {code: rate.rate for code, rate in stated.items()})
    if amount is None:
        return HomeFigure(amounts_in_words(totals))
    value = _("about %(amount)s") % {"amount": format_whole_money(amount, team.currency)}
    rates = "; ".join(rate_in_words(stated[code]) for code in foreign)
    parts = _("%(parts)s, at rates of %(day)s") % {
        "parts": " + ".join(map(str, totals)),
        "day": date_format(min(stated[code].stated_on for code in foreign)),
    }
    return HomeFigure(value, parts, rates)


def rate_in_words(rate: ExchangeRate) -> str:
    return _("1 %(currency)s = %(rate)s %(home)s on %(day)s (%(source)s)") % {
        "currency": rate.currency,
        "rate": format_money(rate.rate, ""),
        "home": rate.home,
        "day": date_format(rate.stated_on),
        "source": rate.source,
    }
