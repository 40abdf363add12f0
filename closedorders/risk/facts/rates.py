"""Amounts in US dollars, by the rates that a team stated."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from closedorders.accounts.models import ExchangeRate, Team

USD = "USD"


class Rates:
    """What one unit of a currency is worth in US dollars, by the rates to the home currency that the team stated."""

    def __init__(self, team: Team) -> None:
        stated = {rate.currency: rate for rate in ExchangeRate.objects.filter(team=team, home=team.currency)}
        self._stated = stated
        self._home = team.currency
        self._in_usd: dict[str, Decimal] = {USD: Decimal(1)}
        home = Decimal(1) if team.currency == USD else None
        if home is None and USD in stated:
            home = 1 / stated[USD].rate
        if home is not None:
            self._in_usd |= {code: rate.rate * home for code, rate in stated.items() if code != USD}
            self._in_usd[team.currency] = home
        self.known = self._in_usd.keys()

    def to_usd(self, amount: Decimal, currency: str) -> Decimal:
        """Nothing for a currency without a rate: such amounts are named, not added."""
        return amount * self._in_usd.get(currency, Decimal(0))

    def used(self, currencies: set[str]) -> tuple[tuple[str, Decimal, date, str], ...]:
        """The rates by which these were converted, each with the day and source of the older half of its way."""
        found = []
        for code in sorted(currencies & self.known - {USD}):
            rates = [self._stated[each] for each in (code, USD) if each in self._stated]
            oldest = min(rates, key=lambda rate: rate.stated_on)
            found.append(
                (code, self._in_usd[code].quantize(Decimal("0.0001")), oldest.stated_on, oldest.source)
            )
        return tuple(found)
