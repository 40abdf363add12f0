"""Trips of those who order, and changes of accounts: what only people know, and the checklist counts."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount

from ..models import AccountEvent, Trip


@transaction.atomic
def add_trip(
    *,
    team: Team,
    who: Membership,
    starts_on: date,
    ends_on: date,
    country: str,
    by: Membership,
    stands_in: Membership | None = None,
) -> Trip:
    """Note that somebody who orders will be away until `ends_on`, and who orders meanwhile (None: nobody)."""
    allow(by, DESK, team_id=team.pk)
    for member in filter(None, (who, stands_in)):
        allow(member, DESK, team_id=team.pk)
    if ends_on <= starts_on:
        raise Refused(_("The day of coming back is after the day of leaving."))
    if stands_in == who:
        raise Refused(_("Whoever travels cannot order meanwhile: choose somebody who stays, or nobody."))
    trip = Trip.objects.create(
        team=team,
        who=who,
        starts_on=starts_on,
        ends_on=ends_on,
        country=country,
        stands_in=stands_in,
        added_by=by,
    )
    after = {"starts_on": starts_on, "ends_on": ends_on, "country": country}
    record(by=by, verb="trip_added", thing=trip, after=after)
    return trip


@transaction.atomic
def set_trip_step(*, trip: Trip, step: str, done: bool, by: Membership) -> None:
    """Tick a step of a trip, or take the tick back. Doing it twice changes nothing."""
    allow(by, DESK, team_id=trip.team_id)
    lock_team(trip.team_id)
    trip.refresh_from_db(fields=["done", "cancelled_at"])
    if trip.cancelled_at is not None:
        raise Refused(_("This trip was cancelled."))
    step = Trip.Step(step).value
    if (step in trip.done) == done:
        return
    trip.done = [*trip.done, step] if done else [each for each in trip.done if each != step]
    trip.save(update_fields=["done"])
    record(
        by=by, verb="trip_step_done" if done else "trip_step_undone", thing=trip, after={"trip_step": step}
    )


@transaction.atomic
def cancel_trip(*, trip: Trip, by: Membership) -> None:
    """The trip does not take place. A second call changes nothing."""
    allow(by, DESK, team_id=trip.team_id)
    now = timezone.now()
    if Trip.objects.filter(pk=trip.pk, cancelled_at=None).update(cancelled_at=now):
        record(by=by, verb="trip_cancelled", thing=trip)


@transaction.atomic
def note_account_event(
    *, account: BuyerAccount, kind: str, happened_on: date, by: Membership
) -> AccountEvent:
    """Note that something of the account was changed at AliExpress."""
    allow(by, DESK, team_id=account.team_id)
    if happened_on > timezone.localdate(timezone=account.team.zone):
        raise Refused(_("This day is still to come. Enter it when it has happened."))
    kind = AccountEvent.Kind(kind).value
    event = AccountEvent.objects.create(
        team=account.team, buyer_account=account, kind=kind, happened_on=happened_on, by=by
    )
    record(
        by=by,
        verb="account_event_noted",
        thing=event,
        after={"account_event": kind, "happened_on": happened_on},
    )
    return event


@transaction.atomic
def withdraw_account_event(*, event: AccountEvent, by: Membership) -> None:
    """Take back a change that was noted by mistake. A second call changes nothing."""
    allow(by, DESK, team_id=event.team_id)
    now = timezone.now()
    if AccountEvent.objects.filter(pk=event.pk, withdrawn_at=None).update(withdrawn_at=now):
        record(by=by, verb="account_event_withdrawn", thing=event, before={"account_event": event.kind})
