"""Keeping quiet: one cause of one account, the whole team's alerts, and days that are unlike others.

Each is something else than a dismissal (a cause is no problem) and a threshold (when it becomes one).
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount

from ..checklist import checklist
from ..models import Away, KnownEvent, Snooze
from ..rules import State
from ..rules.base import worst

SNOOZE_DAYS, AWAY_DAYS, EVENT_DAYS = 30, 60, 31
#: How far back or ahead a known event may lie.
EVENT_REACH = 365


@transaction.atomic
def snooze_account(*, account: BuyerAccount, check_code: str, until: date, by: Membership) -> Snooze:
    """Keep a cause quiet for one account as it stands, to the end of a day, or until the account gets worse in it."""
    allow(by, MERCHANT, team_id=account.team_id)
    team = account.team
    _refuse_other_days(team, until, SNOOZE_DAYS)
    finding = next(each for each in checklist(team) if each.code == check_code)
    states = [
        reading.state
        for reading in finding.signal.readings
        if reading.numbers.get("pk") == account.pk and reading.state is not State.OK
    ]
    if not states:
        raise Refused(_("Nothing is said of this account there: there is nothing to keep quiet."))
    state = worst(states).value
    snooze = Snooze.objects.create(
        team=team, check_code=check_code, buyer_account=account, state=state, until=until, by=by
    )
    record(by=by, verb="account_snoozed", thing=snooze, after={"until": until})
    return snooze


@transaction.atomic
def set_away(*, team: Team, until: date, by: Membership) -> Away:
    """Let all alerts wait until the day after `until`. The checklist goes on counting."""
    allow(by, MERCHANT, team_id=team.pk)
    _refuse_other_days(team, until, AWAY_DAYS)
    away = Away.objects.create(team=team, until=until, by=by)
    record(by=by, verb="away_set", thing=away, after={"until": until})
    return away


@transaction.atomic
def note_known_event(
    *,
    team: Team,
    why: str,
    starts_on: date,
    ends_on: date,
    by: Membership,
    account: BuyerAccount | None = None,
) -> KnownEvent:
    """Let days count as usual ones of an account, or of all, for a reason such as a promotion."""
    allow(by, MERCHANT, team_id=team.pk)
    today = timezone.localdate(timezone=team.zone)
    reach = timedelta(days=EVENT_REACH)
    if not today - reach <= starts_on <= ends_on <= today + reach:
        raise Refused(_("The last day is not before the first, and both are within a year from today."))
    if (ends_on - starts_on).days >= EVENT_DAYS:
        raise Refused(
            _("%(days)s days at most: what lasts longer is no event. Change the threshold.")
            % {"days": EVENT_DAYS}
        )
    if account is not None and account.team_id != team.pk:
        raise Refused(_("This belongs to another team."))
    event = KnownEvent.objects.create(
        team=team, buyer_account=account, starts_on=starts_on, ends_on=ends_on, why=why.strip(), by=by
    )
    record(by=by, verb="known_event_noted", thing=event, after={"first_day": starts_on, "last_day": ends_on})
    return event


@transaction.atomic
def withdraw_snooze(*, snooze: Snooze, by: Membership) -> None:
    """The account counts again. A second call changes nothing."""
    allow(by, MERCHANT, team_id=snooze.team_id)
    if Snooze.objects.filter(pk=snooze.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        record(by=by, verb="account_snooze_withdrawn", thing=snooze)


@transaction.atomic
def withdraw_away(*, away: Away, by: Membership) -> None:
    """Somebody is back: alerts go again. A second call changes nothing."""
    allow(by, MERCHANT, team_id=away.team_id)
    if Away.objects.filter(pk=away.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        record(by=by, verb="away_withdrawn", thing=away)


@transaction.atomic
def withdraw_known_event(*, event: KnownEvent, by: Membership) -> None:
    """The days count as they were. A second call changes nothing."""
    allow(by, MERCHANT, team_id=event.team_id)
    if KnownEvent.objects.filter(pk=event.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        record(by=by, verb="known_event_withdrawn", thing=event)


def _refuse_other_days(team: Team, until: date, most: int) -> None:
    today = timezone.localdate(timezone=team.zone)
    if not today <= until <= today + timedelta(days=most):
        raise Refused(_("Choose a day from today on, %(days)s days ahead at most.") % {"days": most})
