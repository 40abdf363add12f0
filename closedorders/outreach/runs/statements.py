"""The three UPDATEs that each mail costs: its claim, the mark before its final dot, and that it was sent."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q

from closedorders.core.database.compiled import Built, CompiledUpdate

from ..models import Campaign, Message
from ..plans import changes


def _build_claim(*, pk: int, attempt: int, recipient: str, now: datetime, until: datetime) -> Built:
    rows = Message.objects.filter(
        Q(not_after=None) | Q(not_after__gt=now),
        pk=pk,
        attempt=attempt,
        recipient=recipient,
        state__in=[Message.State.QUEUED, Message.State.DEFERRED],
        not_before__lte=now,
        campaign__in=Campaign.objects.ready_to_send(now).values("pk"),
    )
    taken = {"state": Message.State.SENDING, "attempt": F("attempt") + 1, "submitting_at": None}
    return rows, {**taken, "claimed_until": until}


claim_row = CompiledUpdate(_build_claim, pk=int, attempt=int, recipient=str, now=datetime, until=datetime)


def _build_submit(*, pk: int, attempt: int, now: datetime) -> Built:
    rows = Message.objects.filter(
        ~changes.may_not_leave(),
        pk=pk,
        state=Message.State.SENDING,
        attempt=attempt,
        claimed_until__gt=now,
        campaign__in=Campaign.objects.under_way(now).values("pk"),
    )
    return rows, {"submitting_at": now}


mark_row = CompiledUpdate(_build_submit, pk=int, attempt=int, now=datetime)


def _build_sent(
    *, pk: int, attempt: int, state: str, reason: str, code: int, words: str, now: datetime
) -> Built:
    # Also where the sweep has given the row up meanwhile: now it is known that the mail has left.
    given_up = [Message.State.SENDING, Message.State.UNCERTAIN, Message.State.QUEUED]
    said = {"state": state, "reason": reason, "reply_code": code, "reply_words": words}
    known = {"claimed_until": None, "submitting_at": None, "settled_at": now, "status_due": True}
    return Message.objects.filter(pk=pk, attempt=attempt, state__in=given_up), said | known


settle_sent = CompiledUpdate(
    _build_sent, pk=int, attempt=int, state=str, reason=str, code=int, words=str, now=datetime
)
