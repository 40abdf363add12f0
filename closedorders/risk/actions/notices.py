from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import DESK, allow
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount

from ..models import Notice
from ..rules.base import TOLD_DAYS


@transaction.atomic
def note_notice(*, account: BuyerAccount, kind: str, sent_on: date, by: Membership) -> Notice:
    """Store on which day AliExpress or the bank was told of the account's large orders."""
    allow(by, DESK, team_id=account.team_id)
    kind = Notice.Kind(kind).value
    days_ago = (timezone.localdate(timezone=account.team.zone) - sent_on).days
    if days_ago < 0:
        raise Refused(_("This day is still to come. Note it when the message is sent."))
    if days_ago > TOLD_DAYS[kind]:
        raise Refused(
            _("What was sent more than %(days)s days ago is forgotten by now: write again.")
            % {"days": TOLD_DAYS[kind]}
        )
    notice = Notice.objects.create(
        team=account.team, buyer_account=account, kind=kind, sent_on=sent_on, by=by
    )
    record(by=by, verb="notice_sent", thing=notice, after={"notice": kind, "sent_on": sent_on})
    return notice


@transaction.atomic
def withdraw_notice(*, notice: Notice, by: Membership) -> None:
    """Take back that a message was sent. A second call changes nothing."""
    allow(by, DESK, team_id=notice.team_id)
    now = timezone.now()
    if Notice.objects.filter(pk=notice.pk, withdrawn_at=None).update(withdrawn_at=now):
        record(by=by, verb="notice_withdrawn", thing=notice, before={"sent_on": notice.sent_on})
