"""A campaign is approved: every mail is checked and written down, by a worker where they are many."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.core.task_queue.enqueue import enqueue_on_commit

from ..approving import running
from ..locking import lock
from ..models import Approval, Campaign
from ..tasks import run_approval

LATEST_BEGINNING = timedelta(days=30)
AT_ONCE = 500
"""Up to so many closures a page waits for its approval; more are left to a worker."""


def approve_campaign(
    *, campaign: Campaign, typed_count: int, by: Membership, begins_at: datetime | None = None
) -> Campaign:
    """The gate. One message per person is written down, and the time begins in which that may be taken back.

    The first mail leaves when it is over, or at `begins_at` if that is later. Refused with the first thing that is
    missing, or when `typed_count` is not how many people would be written to. Of many, a worker finds that out: the
    campaign comes back as `approving`.
    """
    job = _open_approval(campaign=campaign, typed_count=typed_count, by=by, begins_at=begins_at)
    of_store = Closure.objects.filter(
        incident=campaign.incident_id, supplier_order__store_order__store=campaign.store_id
    )
    if of_store[: AT_ONCE + 1].count() > AT_ONCE:
        enqueue_on_commit(run_approval, job.pk)
    elif refusal := running.run(job.pk):
        raise Refused(refusal)
    return Campaign.objects.select_related("team", "store", "incident").get(pk=campaign.pk)


@transaction.atomic
def _open_approval(
    *, campaign: Campaign, typed_count: int, by: Membership, begins_at: datetime | None
) -> Approval:
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.DRAFT)
    _refuse_beginning(fresh, begins_at)
    if Campaign.objects.filter(incident=fresh.incident, state=Campaign.State.APPROVING).exists():
        raise Refused(_("Other mails of this incident are being prepared: wait until they are."))
    fresh.state = Campaign.State.APPROVING
    fresh.save(update_fields=["state"])
    asked = fresh.approvals.asked().select_related("asked_by").select_for_update(of=("self",)).first()
    if asked is not None:
        return _second_word(asked, typed_count, by)
    return Approval.objects.create(campaign=fresh, typed_count=typed_count, begins_at=begins_at, asked_by=by)


def _second_word(asked: Approval, typed_count: int, by: Membership) -> Approval:
    """Another merchant approves what was asked for: the same mails, at the same time."""
    if asked.asked_by.user_id == by.user_id:
        raise Refused(_("You asked for this yourself: another merchant has to approve it."))
    if typed_count != asked.typed_count:
        raise Refused(
            _("You typed %(typed)s, but %(count)s people would be written to. Look at the list again.")
            % {"typed": typed_count, "count": asked.typed_count}
        )
    asked.approved_by, asked.state, asked.attempts = by, Approval.State.WAITING, 0
    asked.save(update_fields=["approved_by", "state", "attempts"])
    return asked


@transaction.atomic
def take_back_asking(*, campaign: Campaign, by: Membership) -> None:
    """No second merchant need approve it any more: it is a draft like any other, which can be asked for anew."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.DRAFT)
    if not fresh.approvals.asked().update(state=Approval.State.CANCELLED, finished_at=timezone.now()):
        raise Refused(_("Nobody is asked to approve this any more."))
    record(by=by, verb="campaign_approval_stopped", thing=fresh)


def _refuse_beginning(campaign: Campaign, begins_at: datetime | None) -> None:
    """A mail that leaves later must still be true by then."""
    if begins_at is None:
        return
    if begins_at - timezone.now() > LATEST_BEGINNING:
        raise Refused(_("Choose a beginning within the next 30 days."))
    with timezone.override(campaign.team.zone):
        day = timezone.localdate(begins_at)
    for promised in (campaign.new_date, campaign.code_expires_on if campaign.code_percent else None):
        if promised is not None and promised <= day:
            raise Refused(
                _("The mail speaks of %(day)s: let it begin earlier, or choose a later day there.")
                % {"day": date_format(promised)}
            )


@transaction.atomic
def stop_approval(*, campaign: Campaign, by: Membership) -> Campaign:
    """The mails that are being prepared are not sent: what is written of them goes, and it is a draft again."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.APPROVING)
    # Whoever works on it loses the claim with the state.
    stopped = fresh.approvals.filter(state__in=[Approval.State.WAITING, Approval.State.RUNNING])
    for job in stopped.select_for_update(of=("self",)):
        job.state, job.claimed_until = Approval.State.UNDOING, None
        job.save(update_fields=["state", "claimed_until"])
        record(by=by, verb="campaign_approval_stopped", thing=fresh)
        enqueue_on_commit(run_approval, job.pk)
    return fresh
