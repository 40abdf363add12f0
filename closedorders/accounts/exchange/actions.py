from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.core.refusals import Refused

from ..audit import record
from ..models import ExchangeRate, Membership, Team
from ..rights import MERCHANT, allow
from ..turns import lock_team


@transaction.atomic
def state_rate(
    *, team: Team, currency: str, rate: Decimal, stated_on: date, source: str, by: Membership
) -> ExchangeRate:
    """Store what one unit of `currency` is worth in the team's home currency, instead of what was stated before."""
    allow(by, MERCHANT, team_id=team.pk)
    lock_team(team.pk)
    if currency == team.currency:
        raise Refused(_("%(currency)s is your home currency: it needs no rate.") % {"currency": currency})
    if rate <= 0:
        raise Refused(_("A rate is more than zero."))
    if stated_on > timezone.localdate():
        raise Refused(_("The day of a rate cannot be in the future."))
    old = ExchangeRate.objects.filter(team=team, currency=currency).first()
    fields = {"home": team.currency, "rate": rate, "stated_on": stated_on, "source": source}
    made, _created = ExchangeRate.objects.update_or_create(team=team, currency=currency, defaults=fields)
    record(by=by, verb="rate_stated", thing=made, before=_words(old) if old else {}, after=_words(made))
    return made


@transaction.atomic
def remove_rate(*, rate: ExchangeRate, by: Membership) -> None:
    """Without it, amounts in this currency are shown beside the others and not added to them."""
    allow(by, MERCHANT, team_id=rate.team_id)
    before = _words(rate)
    if ExchangeRate.objects.filter(pk=rate.pk).delete()[0]:
        record(by=by, verb="rate_removed", thing=rate, before=before)


def _words(rate: ExchangeRate) -> dict[str, Any]:
    return {
        "exchange_rate": format(rate.rate.normalize(), "f"),
        "rate_stated_on": rate.stated_on,
        "rate_source": rate.source,
    }
