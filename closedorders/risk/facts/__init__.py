"""Gathers the numbers the rules judge: a dozen bounded queries, however many orders a team has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.models import Team
from closedorders.closures.models import Closure
from closedorders.imports.models import Import
from closedorders.imports.querysets import FRESH_AT
from closedorders.orders.models import BuyerAccount

from ..models import Notice
from ..rules import Facts
from ..rules.base import (
    CLOSURES_DAYS,
    COURSE_DAYS,
    TOLD_DAYS,
    WINDOW_DAYS,
    AccountFacts,
    KnownDays,
    SupplierFacts,
)
from ..totals import DayTotal, daily_totals, days_to_read
from ..window import suppliers, window
from . import money, people, quiet
from .rates import USD, Rates

#: Of more accounts those that spent most are judged; destinations are named as far as people read.
MOST_ACCOUNTS, MOST_DESTINATIONS = 50, 5


def gather(team: Team, *, now: datetime | None = None) -> Facts:
    """The team's facts at `now` (the present by default), by days of the team's time zone."""
    now = now or timezone.now()
    with timezone.override(team.zone):
        today = timezone.localdate(now)
        rates = Rates(team)
        first = today - timedelta(days=COURSE_DAYS)
        changed = days_to_read(team, first, today)
        totals = daily_totals(team, first, today, changed=changed)
        recent = [total for total in totals if total.day >= today - timedelta(days=WINDOW_DAYS)]
        lately = window(team, now, changed)
        countries, abroad, nowhere = _destinations(team, lately.countries)
        known = quiet.known_days(team, first, today)
        accounts = _accounts(team, totals, rates, today, known)
        seen = people.sign_ins(team, now)
        return Facts(
            today=today,
            import_age_days=_import_age(team, now),
            accounts=accounts,
            unrated=tuple(sorted({each.currency for each in recent if each.costed} - rates.known)),
            rated=rates.used({each.currency for each in recent if each.costed}),
            orders_without_cost=sum(total.orders - total.costed for total in recent),
            orders_with_country=countries.total(),
            orders_abroad=abroad,
            ship_countries=len(countries),
            destinations=tuple(countries.most_common(MOST_DESTINATIONS)),
            accounts_without_place=nowhere,
            largest_hour=lately.hour,
            networks=len(seen.networks),
            people=seen.people,
            sign_ins=seen,
            closures=_closures(team, now),
            refunds_missing=_refunds_missing(team, rates),
            trips=people.trips(team, today),
            changes=people.changes(team, today),
            suppliers=tuple(
                SupplierFacts(each.name, each.disputes, each.orders, each.on_its_way, each.pk)
                for each in suppliers(team, now)
            ),
            funds=money.funds(team, accounts, rates, today, now),
            failures=money.failures(team, now),
            methods=money.methods(lately.methods),
            known_days=known,
            snoozed=quiet.snoozed(team, today),
        )


def _accounts(
    team: Team, totals: list[DayTotal], rates: Rates, today: date, known: tuple[KnownDays, ...]
) -> tuple[AccountFacts, ...]:
    """AliExpress watches accounts, so a day's sum is that of one account; orders without one count as one."""
    days = COURSE_DAYS + 1
    spent: dict[int | None, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * days)
    orders: dict[int | None, list[int]] = defaultdict(lambda: [0] * days)
    for total in totals:
        place = days - 1 - (today - total.day).days
        spent[total.account][place] += rates.to_usd(total.spent, total.currency)
        orders[total.account][place] += total.orders
    for pk in orders if known else ():
        quiet.even_out(pk, spent[pk], known, today)
        quiet.even_out(pk, orders[pk], known, today)
    largest = sorted(orders, key=lambda pk: (sum(spent[pk]), sum(orders[pk])), reverse=True)[:MOST_ACCOUNTS]
    labels = dict(
        BuyerAccount.objects.filter(team=team, pk__in=filter(None, largest)).values_list("pk", "label")
    )
    told = _told(team, largest)
    return tuple(
        AccountFacts(
            pk,
            labels[pk] if pk is not None else _("account not known"),
            tuple(spent[pk]),
            tuple(orders[pk]),
            told.get(pk, {}),
        )
        for pk in largest
    )


def _told(team: Team, accounts: list[int | None]) -> Mapping[int | None, dict[str, date]]:
    """Of each account, until when AliExpress and the bank remember what was written to them."""
    found: dict[int | None, dict[str, date]] = defaultdict(dict)
    newest = (
        Notice.objects.filter(team=team, buyer_account__in=accounts, withdrawn_at=None)
        .order_by()
        .values_list("buyer_account", "kind")
        .annotate(day=Max("sent_on"))
    )
    for account, kind, day in newest:
        found[account][kind] = day + timedelta(days=TOLD_DAYS[kind])
    return found


def _import_age(team: Team, now: datetime) -> int | None:
    last = Import.objects.for_team(team).up_to_date_by().aggregate(last=Max(FRESH_AT))
    return (now - last["last"]).days if last["last"] else None


def _destinations(
    team: Team, by_account: Mapping[int, Counter[str]]
) -> tuple[Counter[str], int, tuple[str, ...]]:
    """Orders by known destination, how many of them went abroad, accounts with blanks. One query."""
    accounts = BuyerAccount.objects.filter(team=team, pk__in=list(by_account))
    abroad = 0
    countries: Counter[str] = Counter()
    blanks: set[str] = set()
    for pk, label, home, place in accounts.values_list("pk", "label", "card_country", "ordering_place"):
        if not home or not place:
            blanks.add(label)
        for country, orders in by_account[pk].items():
            if not country:
                continue
            countries[country] += orders
            if country.upper() != home.upper():
                abroad += orders
    return countries, abroad, tuple(sorted(blanks))


def _closures(team: Team, now: datetime) -> dict[str, int]:
    """Closures of the last days by seeded reason, those included that AliExpress took back: it did close them."""
    rows = (
        Closure.objects.filter(
            team=team,
            closed_at__gte=now - timedelta(days=CLOSURES_DAYS),
            closed_at__lte=now,
            reason__isnull=False,
            reason__team=None,
        )
        .order_by()
        .values_list("reason__code")
        .annotate(orders=Count("pk"))
    )
    return dict(rows)


def _refunds_missing(team: Team, rates: Rates) -> Decimal:
    """US dollars that AliExpress announced to give back and that have not come."""
    rows = (
        Closure.objects.filter(
            team=team, supplier_refund_announced_on__isnull=False, supplier_refund_received_on=None
        )
        .order_by()
        .values_list("supplier_refund_currency")
        .annotate(amount=Sum("supplier_refund_expected"))
    )
    return sum((rates.to_usd(amount or Decimal(0), currency) for currency, amount in rows), Decimal(0))


__all__ = ["USD", "Rates", "gather"]
