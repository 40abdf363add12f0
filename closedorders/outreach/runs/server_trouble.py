"""What a campaign does when the mail server is away or refuses: it waits and tries again, or a person has to look."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from closedorders.accounts.audit import record

from .. import wording
from ..models import Campaign, Message

log = logging.getLogger(__name__)

SERVER_PAUSES = (15, 30, 60, 120, 300, 600, 900)
"""Seconds until a mail server that took no mail is tried again, for the first time, the second … and ever after."""
SERVER_ANSWERS: dict[str, object] = {
    "no_server_since": None,
    "no_server_reason": "",
    "no_server_words": "",
    "no_server_tries": 0,
    "next_try_at": None,
}
"""What a campaign says of its mail server when nothing is wrong with it."""
BAD_IN_A_ROW = 10
"""So many bad outcomes with no good one between them are the mail server's trouble, not that many customers'."""


@transaction.atomic
def pause(campaign_id: int, *, cause: Campaign.PauseCause, reason: str) -> None:
    """Stop a campaign because of what the mail server said. Who paused it first is kept."""
    stopped = Campaign.objects.filter(pk=campaign_id, state=Campaign.State.SENDING).update(
        state=Campaign.State.PAUSED, pause_cause=cause, pause_reason=reason[:300], **SERVER_ANSWERS
    )
    if stopped:
        campaign = Campaign.objects.select_related("team", "incident").get(pk=campaign_id)
        record(by=None, verb="campaign_paused", thing=campaign, after={"cause": cause, "words": reason[:300]})


def wait_for_server(campaign_id: int, known: dict[str, object]) -> None:
    """Let the whole campaign wait before the mail server is tried again, longer each time.

    Of several workers that find it away at once, the first one's pause stands.
    """
    now = timezone.now()
    tries = Campaign.objects.filter(pk=campaign_id).values_list("no_server_tries", flat=True).get()
    pause_for = SERVER_PAUSES[min(tries, len(SERVER_PAUSES) - 1)]
    waits = Campaign.objects.filter(
        Q(next_try_at=None) | Q(next_try_at__lte=now),
        pk=campaign_id,
        state=Campaign.State.SENDING,
        no_server_tries=tries,
    ).update(
        no_server_since=Coalesce("no_server_since", now),
        no_server_reason=known["reason"],
        no_server_words=f"{known['reply_code'] or ''} {known['reply_words']}".strip()[:300],
        no_server_tries=tries + 1,
        next_try_at=now + timedelta(seconds=pause_for),
    )
    if waits:
        log.warning("campaign %s waits %s s for the mail server: %s", campaign_id, pause_for, known["reason"])


def server_answers(message: Message) -> None:
    """Forget the trouble that the mail server had before it answered for this message."""
    if message.campaign.no_server_since is not None:
        Campaign.objects.without_server().filter(pk=message.campaign_id).update(**SERVER_ANSWERS)


def look_at_the_last(message: Message) -> None:
    """After `BAD_IN_A_ROW`: pause what is refused or stays uncertain, and wait where the server asks to come later."""
    since = message.campaign.starts_at
    last = list(
        Message.objects.filter(campaign=message.campaign_id, settled_at__gte=since)
        .order_by("-settled_at")
        .values_list("state", "reason", "reply_code", "reply_words")[:BAD_IN_A_ROW]
    )
    states = {state for state, *_ in last}
    if len(last) < BAD_IN_A_ROW or not states <= {"failed", "deferred", "uncertain"}:
        return
    _state, reason, code, words = last[0]
    if "deferred" in states:
        wait_for_server(message.campaign_id, {"reason": reason, "reply_code": code, "reply_words": words})
        return
    pause(
        message.campaign_id,
        cause=Campaign.PauseCause.FAILURES,
        reason=f"{code or ''} {words}".strip() or str(wording.REASON_WORDS.get(reason, "")),
    )
