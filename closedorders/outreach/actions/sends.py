"""The send of a campaign: approved, withdrawn, paused, resumed, cancelled, tried again."""

from __future__ import annotations

from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.mail.address_checks import fold_address, why_blocked
from closedorders.core.refusals import Refused
from closedorders.core.task_queue.enqueue import enqueue_on_commit
from closedorders.orders.status import refresh_status as refresh_status
from closedorders.senders.transports import way_of

from ..audience import Exclusion
from ..locking import lock, refusal
from ..models import Approval, Campaign, DirectContact, Message, Suppression
from ..order_status import orders_of_messages, refresh_orders_of_messages
from ..runs.hours import MailHours, let_leave
from ..runs.server_trouble import SERVER_ANSWERS
from ..tasks import run_approval, send_campaign
from .rows import ROWS_AT_ONCE

AT_ONCE = 500
"""Of more mails, what follows for their orders is left to a worker."""


@transaction.atomic
def withdraw_approval(*, campaign: Campaign, by: Membership) -> Campaign:
    """Stop a send before its first mail: the campaign is a draft again. Refused once the undo time is over.

    Of many mails a worker undoes the approval: until it has, the campaign is `approving`.
    """
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.SENDING)
    if fresh.starts_at is None or fresh.starts_at <= timezone.now():
        raise Refused(_("The first mails are on their way: pause or cancel the rest instead."))
    waiting = fresh.messages.filter(state=Message.State.QUEUED)
    many = waiting[: AT_ONCE + 1].count() > AT_ONCE
    fresh.state, fresh.starts_at = Campaign.State.APPROVING if many else Campaign.State.DRAFT, None
    fresh.approved_at = fresh.approved_by = None
    fresh.save(update_fields=["state", "starts_at", "approved_at", "approved_by"])
    if many:
        record(by=by, verb="campaign_taken_back", thing=fresh)
        _undo_approval(fresh)
        return fresh
    concerned = list(waiting.select_for_update(of=("self",)).values_list("pk", flat=True))
    waiting.update(state=Message.State.CANCELLED)
    refresh_orders_of_messages(concerned)
    record(by=by, verb="campaign_taken_back", thing=fresh)
    return fresh


def _undo_approval(campaign: Campaign) -> None:
    job = campaign.approvals.filter(state=Approval.State.DONE).order_by("-pk").first()
    if job is None:  # All its mails were written by an approval.
        raise refusal(campaign)
    job.state, job.claimed_until, job.finished_at = Approval.State.UNDOING, None, None
    job.save(update_fields=["state", "claimed_until", "finished_at"])
    enqueue_on_commit(run_approval, job.pk)


@transaction.atomic
def pause(*, campaign: Campaign, by: Membership) -> None:
    """No further mail leaves. One that a worker is in the middle of stops before its final dot."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.SENDING)
    fresh.state, fresh.pause_cause, fresh.pause_reason = (
        Campaign.State.PAUSED,
        Campaign.PauseCause.BY_HAND,
        "",
    )
    for name, value in SERVER_ANSWERS.items():
        setattr(fresh, name, value)
    fresh.save(update_fields=["state", "pause_cause", "pause_reason", *SERVER_ANSWERS])
    record(by=by, verb="campaign_paused", thing=fresh)


@transaction.atomic
def resume(*, campaign: Campaign, by: Membership) -> None:
    """Go on with the next one that has not been sent. Messages that wait to be tried again are tried now.

    So is a mail server for which the campaign waits.
    """
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.PAUSED, Campaign.State.SENDING)
    if fresh.state == Campaign.State.SENDING and fresh.no_server_since is None:
        raise refusal(fresh)
    now = timezone.now()
    fresh.state, fresh.starts_at = Campaign.State.SENDING, now
    fresh.pause_cause = fresh.pause_reason = ""
    # Since when there is no server stays known until one answers.
    fresh.next_try_at, fresh.no_server_tries = None, 0
    fresh.save(
        update_fields=[
            "state", "starts_at", "pause_cause", "pause_reason", "next_try_at", "no_server_tries"
        ]
    )  # fmt: skip
    let_leave(fresh.messages.filter(state__in=[Message.State.QUEUED, Message.State.DEFERRED]), fresh.store)
    record(by=by, verb="campaign_resumed", thing=fresh)
    enqueue_on_commit(send_campaign, fresh.pk)


@transaction.atomic
def cancel_campaign(*, campaign: Campaign, by: Membership) -> int:
    """Send nothing more; returns how many were still to be written to. A later campaign may write to them."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.DRAFT, Campaign.State.SENDING, Campaign.State.PAUSED)
    fresh.state = Campaign.State.CANCELLED
    fresh.save(update_fields=["state"])
    fresh.approvals.asked().update(state=Approval.State.CANCELLED, finished_at=timezone.now())
    waiting = fresh.messages.filter(state__in=[Message.State.QUEUED, Message.State.DEFERRED])
    if waiting[: AT_ONCE + 1].count() > AT_ONCE:
        # The sweep brings their orders up to date.
        marked = {"status_due": True, "settled_at": timezone.now()}
        cancelled = waiting.update(state=Message.State.CANCELLED, **marked)
    else:
        # The keys first: afterwards nothing tells these from others that were cancelled.
        concerned = list(waiting.select_for_update(of=("self",)).values_list("pk", flat=True))
        cancelled = waiting.update(state=Message.State.CANCELLED)
        refresh_orders_of_messages(concerned)
    record(by=by, verb="campaign_cancelled", thing=fresh, after={"not_sent": cancelled})
    return cancelled


#: Those in the local mailbox too, once there is a mail server.
#: Of a message that came back only where the customer's address is another one now.
RETRIED = (Message.State.FAILED, Message.State.DEFERRED, Message.State.BOUNCED)


class Retried(NamedTuple):
    """How many messages are queued again, and how many are not needed: their address had a mail of this kind."""

    queued: int
    same_address: int


@transaction.atomic
def retry_failed(*, campaign: Campaign, by: Membership) -> Retried:
    """Queue again what failed, came back, reached nobody or waits, with the customers' addresses as they are now.

    Messages to addresses that are blocked, on the suppression list, or from which a mail of this incident and kind
    came back stay as they are: what came back is queued only once its customer's address was corrected. So do those to
    customers whom a person has told meanwhile. Who now has the address of somebody who was written to, or is about to
    be, is left out and counts as told.
    """
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign, Campaign.State.SENDING, Campaign.State.PAUSED, Campaign.State.FINISHED)
    now = timezone.now()
    retried = RETRIED if way_of(fresh.store).stays_here else (*RETRIED, Message.State.LOCAL)
    suppressed = set(Suppression.objects.blocking().filter(team=fresh.team).values_list("email", flat=True))
    of_kind = Message.objects.binding().filter(incident=fresh.incident, kind=fresh.kind)
    came_back = set(of_kind.filter(state=Message.State.BOUNCED).values_list("recipient", flat=True))
    usable: list[Message] = []
    # Locked: a worker may be reaching for the ones that wait to be tried again.
    told = DirectContact.objects.live().filter(incident=fresh.incident, customer=OuterRef("customer"))
    for message in (
        fresh.messages.filter(~Exists(told), state__in=retried)
        .select_related("customer")
        .order_by("pk")
        .select_for_update(of=("self",))
    ):
        message.recipient = fold_address(message.customer.email)
        if why_blocked(message.recipient) is None and message.recipient not in suppressed | came_back:
            usable.append(message)
    # None of them counts for the constraint of one mail an address now, so two may also exchange their addresses.
    keys = [message.pk for message in usable]
    # Before they change: of customers who have the addresses of today, the orders change too.
    concerned = orders_of_messages(keys)
    fresh.messages.filter(pk__in=keys, state__in=retried).update(state=Message.State.FAILED)
    written_to = set(of_kind.values_list("recipient", flat=True))
    again: list[Message] = []
    hours = MailHours(fresh.store)
    same_address: list[Message] = []
    for message in usable:
        message.deferrals = 0
        if message.recipient in written_to:
            message.state, message.skip_reason = Message.State.SKIPPED, Exclusion.SAME_ADDRESS
            message.settled_at = now
            same_address.append(message)
        else:
            message.state = Message.State.QUEUED
            message.not_before, message.not_after = hours.next_time(now, message.country)
            written_to.add(message.recipient)
            again.append(message)
    if not usable:
        raise Refused(
            _(
                "There is nobody to try again: the addresses that failed are refused by their servers. "
                "Correct them first."
            )
        )
    Message.objects.bulk_update(
        usable,
        ["recipient", "state", "skip_reason", "settled_at", "not_before", "not_after", "deferrals"],
        batch_size=ROWS_AT_ONCE,
    )
    refresh_status(concerned | orders_of_messages(keys))
    if again and fresh.state == Campaign.State.FINISHED:
        fresh.state, fresh.starts_at, fresh.finished_at = Campaign.State.SENDING, now, None
        fresh.save(update_fields=["state", "starts_at", "finished_at"])
    record(
        by=by,
        verb="messages_retried",
        thing=fresh,
        after={"count": len(again), **({"same_address": len(same_address)} if same_address else {})},
    )
    enqueue_on_commit(send_campaign, fresh.pk)
    return Retried(len(again), len(same_address))
