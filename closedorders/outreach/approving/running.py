"""One worker's run of an `Approval`, under a claim (`core.database.jobs`).

Every mail is rendered and checked, then written down in batches. Nothing leaves meanwhile: the campaign becomes
`sending` in one last transaction, when all rows are there and the count is still the one that was typed. What a killed
worker wrote is removed by the next one, which begins anew.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.closures.models import Closure
from closedorders.core.database.jobs import Claim, ClaimLost, claim
from closedorders.core.refusals import Refused
from closedorders.imports.merge.bulk_insert import count_what_has_grown

from ..audience import is_solved
from ..locking import lock
from ..models import Approval, Campaign, Kind, Message
from ..plans.changes import needs_no_mail
from ..plans.checks import checks_of
from ..plans.plan import Plan
from .digest import digest_of
from .outbox import Outbox
from .second import needs_second, other_merchants
from .undoing import remove_rows, undo

log = logging.getLogger(__name__)

RETRY_AFTER = timedelta(seconds=15)
MAX_ATTEMPTS = 3
BATCH = 2_000
"""Written in one transaction."""
RENDERED_AT_ONCE = 500


def run(approval_id: int) -> str:
    """Work on it if it is due and no other worker has it; returns why it was refused, or ""."""
    lease = timedelta(seconds=settings.IMPORT_LEASE_SECONDS)
    states = Approval.State
    until = claim(
        Approval.objects.due(),
        approval_id,
        waiting=(states.WAITING, states.RUNNING),
        working=states.RUNNING,
        lease=lease,
    )
    if until is None:
        undo(approval_id)
        return ""
    job = Approval.objects.select_related(
        "campaign__team",
        "campaign__store__team",
        "campaign__incident__cause",
        "asked_by__user",
        "asked_by__team",
        "approved_by__user",
        "approved_by__team",
    ).get(pk=approval_id)
    mine = Claim(job, until, lease)
    refusal = ""
    try:
        with translation.override(_language(job)):
            _prepare(job, mine)
    except ClaimLost:
        log.info("approval left to its new owner, or stopped: %s", approval_id)
    except Refused as refused:
        refusal = str(refused)
        log.info("approval %s refused", approval_id)
        with suppress(ClaimLost):
            mine.end(states.UNDOING, refusal=refusal)
        undo(approval_id)
    except Exception:
        mine.release(RETRY_AFTER)
        raise
    return refusal


def _language(job: Approval) -> str:
    """That in which a refusal is read: of who asked, in a worker; of the page that waits for it, in a request."""
    own = job.asked_by.user.language or job.campaign.team.language
    return own or translation.get_language() or settings.LANGUAGE_CODE


def _prepare(job: Approval, mine: Claim[Approval]) -> None:
    if job.attempts > MAX_ATTEMPTS:
        raise Refused(_("The mails could not be prepared: it was tried several times. Nothing was sent."))
    if job.attempts > 1:
        remove_rows(job)
    plan = Plan(job.campaign)
    _check(job, plan, mine)
    digest = digest_of(plan, job.begins_at)
    if job.approved_by is not None and digest != job.digest:
        raise Refused(
            _("Something in it has changed since it was asked for: look at the list again, then ask anew.")
        )
    if job.approved_by is None and needs_second(plan):
        _ask(job, mine, digest)
        return
    known = _closures(job.campaign)
    _write(job, plan, mine)
    # Workers plan the UPDATEs of each mail once a connection, by what is known of these tables.
    count_what_has_grown(Message, Message.closures.through)
    _finish(job, mine, known, left_out=len(plan.audience.excluded))


def _ask(job: Approval, mine: Claim[Approval], digest: str) -> None:
    """Leave the word to another merchant: the campaign is a draft until then, and only these mails are meant."""
    if not other_merchants(job.asked_by):
        raise Refused(
            _(
                "Your team wants a second merchant for this, and you are the only one: invite another, or change when "
                "a second person is wanted."
            )
        )
    with transaction.atomic():
        fresh = lock(job.campaign, Campaign.State.APPROVING)
        fresh.state = Campaign.State.DRAFT
        fresh.save(update_fields=["state"])
        record(
            by=job.asked_by, verb="campaign_approval_asked", thing=fresh, after={"people": job.typed_count}
        )
        mine.end(Approval.State.ASKED, digest=digest)


def _check(job: Approval, plan: Plan, mine: Claim[Approval]) -> None:
    """Render every mail, and go through the list before sending."""
    total = len(plan.people)
    mine.write(stage=Approval.Stage.CHECKING, progress_done=0, progress_total=total)
    for done in plan.render(RENDERED_AT_ONCE):
        mine.heartbeat(progress_done=done)
    for check in checks_of(plan):
        if not check.ok:
            raise Refused(check.words)
    if job.typed_count != total:
        raise Refused(
            _("You typed %(typed)s, but %(count)s people would be written to. Look at the list again.")
            % {"typed": job.typed_count, "count": total}
        )
    mine.write(progress_done=total)


def _write(job: Approval, plan: Plan, mine: Claim[Approval]) -> None:
    """Write the rows of the outbox, batch by batch, each with how far that is."""
    outbox = Outbox(job.campaign, begins_at=_soonest(job))
    mine.write(stage=Approval.Stage.WRITING, progress_done=0)
    done = 0
    rows = iter(outbox.rows(plan.letters, plan.audience.excluded))
    while batch := list(islice(rows, BATCH)):
        try:
            with transaction.atomic():
                outbox.write(batch)
                done += sum(row.state == Message.State.QUEUED for row, _person in batch)
                mine.write(progress_done=done)
        except IntegrityError:
            # Somebody else's mail of this incident and kind goes to one of these people or addresses.
            raise Refused(_changed()) from None


def _soonest(job: Approval) -> datetime:
    """When the first mail may leave, seen from now."""
    soonest = timezone.now() + timedelta(seconds=settings.SEND_UNDO_SECONDS)
    return max(job.begins_at, soonest) if job.begins_at else soonest


def _closures(campaign: Campaign) -> tuple[int, int]:
    """How many closures there are to write about, and which is the newest: whether others came meanwhile."""
    of_store = Closure.objects.filter(
        incident=campaign.incident_id, supplier_order__store_order__store=campaign.store_id
    )
    newest = of_store.order_by("-pk").values_list("pk", flat=True).first()
    return of_store.count(), newest or 0


def _finish(job: Approval, mine: Claim[Approval], known: tuple[int, int], *, left_out: int) -> None:
    """Let the campaign begin, if all is still as it was checked."""
    waiting = Message.objects.filter(campaign=job.campaign_id, state=Message.State.QUEUED)
    # Whatever changes from now on is found when each mail is about to leave.
    named = Closure.objects.filter(messages__campaign=job.campaign_id, messages__state=Message.State.QUEUED)
    if needs_no_mail(named).exists():
        raise Refused(_changed())
    by = job.approved_by or job.asked_by
    with transaction.atomic():
        fresh = lock(job.campaign, Campaign.State.APPROVING)
        allow(by, MERCHANT, team_id=fresh.team_id)
        solved = fresh.kind == Kind.HOLDING or is_solved(fresh.incident)
        ended = fresh.incident.ended_at is not None
        if ended or not solved or waiting.count() != job.typed_count or _closures(fresh) != known:
            raise Refused(_changed())
        fresh.starts_at, fresh.state = _soonest(job), Campaign.State.SENDING
        fresh.approved_at, fresh.approved_by = timezone.now(), by
        fresh.pause_cause = fresh.pause_reason = ""
        fresh.save(
            update_fields=[
                "starts_at", "state", "approved_at", "approved_by", "pause_cause", "pause_reason"
            ]
        )  # fmt: skip
        record(
            by=by,
            verb="campaign_approved",
            thing=fresh,
            after={
                "people": job.typed_count,
                "left_out": left_out,
                **({"begins_at": fresh.starts_at} if job.begins_at else {}),
            },
        )
        mine.end(Approval.State.DONE, finished_at=timezone.now())


def _changed() -> str:
    return _("Something changed while the mails were prepared. Nothing was sent: look at the list again.")
