from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import EVERYONE, allow
from closedorders.core.refusals import Refused

from ..models import Confirmation
from ..rules import TICK_DAYS


@transaction.atomic
def confirm_check(
    *,
    team: Team,
    check_code: str,
    answer: str,
    by: Membership,
    note: str = "",
    valid_until: date | None = None,
) -> Confirmation:
    """Store a merchant's answer to a check that data cannot answer.

    The answer is believed to the end of `valid_until` in the team's time zone, at most (and by default) as many days as
    `TICK_DAYS` allows.
    """
    allow(by, EVERYONE, team_id=team.pk)
    if check_code not in TICK_DAYS:
        raise Refused(_("This check is judged from data: there is nothing to confirm by hand."))
    if not by.is_merchant:
        raise Refused(_("Only a merchant of your team can confirm this."))
    answer = Confirmation.Answer(answer)
    today = timezone.localdate(timezone=team.zone)
    last = today + timedelta(days=TICK_DAYS[check_code])
    if valid_until is not None and not today <= valid_until <= last:
        raise Refused(
            _("An answer to this check holds for %(days)s days at most, and not for days past.")
            % {"days": TICK_DAYS[check_code]}
        )
    day_after = (valid_until or last) + timedelta(days=1)
    confirmation = Confirmation.objects.create(
        team=team,
        check_code=check_code,
        answer=answer,
        note=note.strip(),
        by=by,
        expires_at=datetime.combine(day_after, time.min, tzinfo=team.zone),
    )
    record(
        by=by,
        verb="check_confirmed",
        thing=confirmation,
        after={"answer": answer.value, "note": confirmation.note, "expires_at": confirmation.expires_at},
    )
    return confirmation


@transaction.atomic
def withdraw_confirmation(*, confirmation: Confirmation, by: Membership) -> None:
    """Withdraw an answer: the one before it counts again, if it is still valid. A second call changes nothing."""
    allow(by, EVERYONE, team_id=confirmation.team_id)
    if not by.is_merchant:
        raise Refused(_("Only a merchant of your team can take an answer back."))
    now = timezone.now()
    withdrawn = Confirmation.objects.filter(pk=confirmation.pk, withdrawn_at=None).update(withdrawn_at=now)
    if withdrawn:
        confirmation.withdrawn_at = now
        record(by=by, verb="check_withdrawn", thing=confirmation, before={"answer": confirmation.answer})
