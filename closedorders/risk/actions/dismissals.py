from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.refusals import Refused

from ..checklist import checklist
from ..models import Dismissal
from ..rules import State

MOST_DAYS = 90


@transaction.atomic
def dismiss_cause(*, team: Team, check_code: str, reason: str, until: date, by: Membership) -> Dismissal:
    """Let a cause cost no points as it stands, until the end of a day 90 days ahead at most, or until it gets worse."""
    allow(by, MERCHANT, team_id=team.pk)
    today = timezone.localdate(timezone=team.zone)
    if not today <= until <= today + timedelta(days=MOST_DAYS):
        raise Refused(_("Choose a day from today on, %(days)s days ahead at most.") % {"days": MOST_DAYS})
    finding = next(each for each in checklist(team) if each.code == check_code)
    if finding.state is State.OK:
        raise Refused(_("This cause is fine: there is nothing to dismiss."))
    dismissal = Dismissal.objects.create(
        team=team, check_code=check_code, state=finding.state.value, reason=reason.strip(), until=until, by=by
    )
    after = {"why": dismissal.reason, "until": until}
    record(by=by, verb="check_dismissed", thing=dismissal, after=after)
    return dismissal


@transaction.atomic
def withdraw_dismissal(*, dismissal: Dismissal, by: Membership) -> None:
    """The cause counts again. A second call changes nothing."""
    allow(by, MERCHANT, team_id=dismissal.team_id)
    now = timezone.now()
    if Dismissal.objects.filter(pk=dismissal.pk, withdrawn_at=None).update(withdrawn_at=now):
        record(by=by, verb="check_dismissal_withdrawn", thing=dismissal)
