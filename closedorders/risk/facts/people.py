"""Who orders from where, who travels, and what was changed at an account."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.utils import timezone

from closedorders.accounts.models import Role, Team, WorkSession

from ..models import AccountEvent, OfficeNetwork, Trip
from ..rules.base import WINDOW_DAYS, ChangeFacts, SignIns, TripFacts

NETWORK_DAYS = 7
MOST_TRIPS = MOST_CHANGES = 100
#: Sign-ins that are looked through; of more the newest.
MOST_SIGN_INS = 2_000


def sign_ins(team: Team, now: datetime) -> SignIns:
    """Of those who order, in the last 7 days. Two queries."""
    offices = dict(
        OfficeNetwork.objects.filter(team=team, withdrawn_at=None).values_list("network", "label")[:100]
    )
    rows = (
        WorkSession.objects.filter(
            membership__team=team,
            membership__ended_at=None,
            membership__role__in=[Role.MERCHANT, Role.ASSISTANT],
            last_seen_at__gte=now - timedelta(days=NETWORK_DAYS),
        )
        .select_related("membership__user")
        .order_by("-last_seen_at")[:MOST_SIGN_INS]
    )
    by_network: dict[str, set[str]] = defaultdict(set)
    by_day: dict[tuple[str, date], set[str]] = defaultdict(set)
    outside: set[str] = set()
    proxied: set[str] = set()
    for row in rows:
        who = str(row.membership.user)
        by_network[row.network].add(who)
        by_day[who, timezone.localdate(row.last_seen_at)].add(row.network)
        if offices and row.network not in offices:
            outside.add(who)
        if row.through_proxy:
            proxied.add(who)
    a_day: dict[str, int] = defaultdict(int)
    for (who, _day), networks in by_day.items():
        a_day[who] = max(a_day[who], len(networks))
    return SignIns(
        networks=tuple(
            (network, offices.get(network, ""), len(people)) for network, people in sorted(by_network.items())
        ),
        people=len(a_day),
        offices=len(offices),
        outside=tuple(sorted(outside)),
        proxied=tuple(sorted(proxied)),
        a_day=tuple(sorted(a_day.items())),
    )


def trips(team: Team, today: date) -> tuple[TripFacts, ...]:
    """Those that are not over for long. One query."""
    found = (
        Trip.objects.filter(team=team, cancelled_at=None, ends_on__gt=today - timedelta(days=WINDOW_DAYS))
        .select_related("who__user")
        .order_by("starts_on", "pk")[:MOST_TRIPS]
    )
    return tuple(
        TripFacts(str(trip.who.user), trip.starts_on, trip.ends_on, trip.steps_left, trip.is_back)
        for trip in found
    )


def changes(team: Team, today: date) -> tuple[ChangeFacts, ...]:
    """One query."""
    found = (
        AccountEvent.objects.filter(
            team=team, withdrawn_at=None, happened_on__gt=today - timedelta(days=WINDOW_DAYS)
        )
        .order_by("-happened_on", "-pk")
        .values_list("buyer_account__label", "kind", "happened_on")[:MOST_CHANGES]
    )
    return tuple(ChangeFacts(*change) for change in found)
