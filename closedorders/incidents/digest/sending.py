"""Who gets a morning summary now, and sending it at most once a day.

The row of `Digest` is the truth: it is there before the mail server is asked, and `submitting_at` before the final dot.
A worker that dies before the dot loses nothing, for the sweep starts the row again; after it nobody knows, so the
person gets no second one that day.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from email.utils import parseaddr
from functools import partial
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone, translation

from closedorders.accounts.models import Membership, Role, Team
from closedorders.closures.models import Incident
from closedorders.core.mail.delivery import Delivery, MailTransport, Outcome
from closedorders.core.mail.transports import open_transport
from closedorders.outreach.texts.mails import build_mail, message_id

from ..models import Digest, Reminder
from . import letter

log = logging.getLogger(__name__)

#: From when to when a team's morning lasts. What no worker sent by then is not sent: it would be no morning any more.
MORNING, NOON = time(7), time(12)
LEASE = timedelta(minutes=5)
PAUSE = timedelta(minutes=15)
#: Sends started by one sweep; the next one goes on.
MOST = 500
PREFERENCE = "digest"

_RETRIED = Q(state=Digest.State.DEFERRED) | Q(state=Digest.State.SENDING, submitting_at=None)


def due_ids(now: datetime | None = None) -> list[int]:
    """Memberships whose summary is to be sent now."""
    now = now or timezone.now()
    found: list[int] = []
    for name in Team.objects.order_by("time_zone").values_list("time_zone", flat=True).distinct():
        local = now.astimezone(ZoneInfo(name))
        if MORNING <= local.time() < NOON:
            due = _due(name, local.date(), now).order_by("pk").values_list("pk", flat=True)
            found += due[: MOST - len(found)]
    return found


def _due(zone: str, day: date, now: datetime) -> QuerySet[Membership]:
    """Members of teams of this time zone who are to get their summary of this day and have not."""
    with timezone.override(ZoneInfo(zone)):
        end = letter.end_of(day)
    mine = Reminder.objects.open().filter(person=OuterRef("pk"), due_at__lt=end)
    today = Digest.objects.filter(membership=OuterRef("pk"), day=day)
    return (
        Membership.objects.live()
        # As `wants_digest` has it: without a choice of their own, merchants only.
        .filter(
            Q(role=Role.MERCHANT, **{f"preferences__{PREFERENCE}__isnull": True})
            | Q(**{f"preferences__{PREFERENCE}": "on"})
        )
        .filter(team__time_zone=zone, user__is_active=True)
        .filter(Exists(Incident.objects.open().filter(team=OuterRef("team"))) | Exists(mine))
        .filter(~Exists(today) | Exists(today.filter(_RETRIED, claimed_until__lte=now)))
    )


def wants_digest(membership: Membership) -> bool:
    """Whether the person gets one on mornings with something to say: a merchant unless they switched it off."""
    chosen = membership.preferences.get(PREFERENCE)
    return bool(chosen == "on" or (membership.is_merchant and chosen != "off"))


def send(membership_id: int, *, transport: MailTransport | None = None, now: datetime | None = None) -> None:
    """Send one person's summary of this morning, unless it was sent, is being sent, or is none of this morning's."""
    now = now or timezone.now()
    membership = Membership.objects.live().select_related("team", "user").filter(pk=membership_id).first()
    if membership is None:
        return
    local = now.astimezone(membership.team.zone)
    # A task may run long after it was enqueued.
    if not MORNING <= local.time() < NOON or not _due(membership.team.time_zone, local.date(), now).filter(
        pk=membership_id
    ):
        return
    digest = _claim(membership, local.date(), now)
    if digest is None:
        return
    carrier = transport or open_transport()
    try:
        _write_down(digest, _deliver(digest, membership, carrier), now)
    finally:
        if transport is None:
            carrier.close()


def _claim(membership: Membership, day: date, now: datetime) -> Digest | None:
    """This worker's row of the day; None where another one has it or the mail may have left."""
    digest, new = Digest.objects.get_or_create(
        membership=membership, day=day, defaults={"claimed_until": now + LEASE}
    )
    if new:
        return digest
    claimed = Digest.objects.filter(
        _RETRIED, pk=digest.pk, attempt=digest.attempt, claimed_until__lte=now
    ).update(
        state=Digest.State.SENDING,
        attempt=F("attempt") + 1,
        claimed_until=now + LEASE,
        submitting_at=None,
    )
    if not claimed:
        return None
    digest.refresh_from_db()
    return digest


def _deliver(digest: Digest, membership: Membership, carrier: MailTransport) -> Delivery:
    team, user = membership.team, membership.user
    sender_name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    language = user.language or team.language or settings.LANGUAGE_CODE
    with translation.override(language), timezone.override(team.zone):
        written = letter.write(membership, digest.day)
        content = build_mail(
            sender_name=sender_name,
            sender_address=sender,
            recipient_name=user.name,
            recipient_address=user.email,
            subject=written.subject,
            text=written.text,
            message_id=message_id(
                f"digest-{digest.pk}", domain=settings.MESSAGE_ID_DOMAIN, seed=str(digest.day)
            ),
            message_key=f"digest-{digest.pk}",
            team_key=str(team.pk),
            sent_at=timezone.now(),
        )
    may_submit: Callable[[], bool] = partial(_mark_submitting, digest)
    return carrier.deliver(sender=sender, recipient=user.email, content=content, before_final_dot=may_submit)


def _mark_submitting(digest: Digest) -> bool:
    """Committed before the final dot; False, and so no dot, where another worker has the row or nothing answers."""
    with contextlib.suppress(DatabaseError):
        return bool(
            Digest.objects.filter(pk=digest.pk, attempt=digest.attempt, state=Digest.State.SENDING).update(
                submitting_at=timezone.now()
            )
        )
    return False


def _write_down(digest: Digest, delivery: Delivery, now: datetime) -> None:
    mine = Digest.objects.filter(pk=digest.pk, attempt=digest.attempt, state=Digest.State.SENDING)
    match delivery.outcome:
        case Outcome.SENT:
            mine.update(state=Digest.State.SENT)
        case Outcome.FAILED:
            mine.update(state=Digest.State.FAILED)
        case Outcome.UNCERTAIN:
            mine.update(state=Digest.State.UNCERTAIN)
        case _:
            # Clearly not accepted: it is tried again while the morning lasts.
            mine.update(state=Digest.State.DEFERRED, claimed_until=now + PAUSE, submitting_at=None)
    if delivery.outcome is not Outcome.SENT:
        log.warning("morning summary %s: %s %s", digest.pk, delivery.outcome, delivery.reason)
