"""Who gets a notice of a move, and sending it a minute later.

The row is the truth and goes once its mail is sent, or once nobody needs it any more: the case has moved on, or its
reader is none of the team's. A worker that is killed after the mail was taken sends it once more: the same link to the
same person.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.utils import timezone, translation

from closedorders.accounts.models import Membership, Role
from closedorders.core.notices import UNDO_FOR

from .. import moves
from ..models import Notice, Transition
from ..reads import has_reviewer
from .letter import write

log = logging.getLogger(__name__)

GIVEN_UP_AFTER = timedelta(days=1)
PAUSES = (30, 60, 300, 900)
"""Seconds before the second, third, … try; the last one again and again."""
LEASE = timedelta(seconds=180)
"""How long a row belongs to the worker that claimed it. Longer than the task may run (`tasks.py`)."""
MOST_READERS = 20
MOST_AT_ONCE = 100


def notify(transition: Transition) -> int:
    """Note a mail for everybody who acts next, but whoever made the move; how many. In the move's transaction."""
    team = transition.case.team
    if transition.before == moves.COLLECTING and transition.after == moves.IN_REVIEW:
        role = Role.REVIEWER if has_reviewer(team) else Role.MERCHANT
    elif transition.before == moves.IN_REVIEW:
        role = Role.MERCHANT
    else:
        return 0
    if team.is_drill:
        return 0
    readers = (
        Membership.objects.live()
        .filter(team=team, role=role, user__is_active=True)
        .exclude(user=transition.by.user_id)
        .order_by("pk")[:MOST_READERS]
    )
    # Not before the minute is over in which the move can be taken back; the sweep then finds it.
    not_before = transition.at + UNDO_FOR
    return len(
        Notice.objects.bulk_create(
            Notice(transition=transition, reader=reader, not_before=not_before) for reader in readers
        )
    )


def due_ids() -> list[int]:
    """Keys of the rows that no worker has and whose pause is over, longest waiting first."""
    due = Notice.objects.filter(not_before__lte=timezone.now())
    return list(due.order_by("not_before").values_list("pk", flat=True)[:MOST_AT_ONCE])


def forget_old() -> None:
    """Delete the rows whose mail could not be sent for a day."""
    deleted, _by_model = Notice.objects.filter(noted_at__lt=timezone.now() - GIVEN_UP_AFTER).delete()
    if deleted:
        log.error("gave up %s notices of cases after a day: does the mail server answer?", deleted)


def send(notice_id: int) -> None:
    """Send the mail of one row that is due, and delete the row. Does nothing while another worker has it."""
    claimed_until = _claim(notice_id)
    if claimed_until is None:
        return
    claimed = Notice.objects.filter(pk=notice_id, not_before=claimed_until)
    notice = claimed.select_related(
        "transition__case__team", "transition__case__incident", "transition__by__user", "reader__user"
    ).first()
    if notice is None:
        return
    if not _is_needed(notice):
        claimed.delete()
        return
    try:
        _send_mail(notice)
    except SMTPRecipientsRefused as error:
        if all(code >= 500 for code, _words in error.recipients.values()):
            log.warning("notice of a case refused for good: notice_id=%s", notice.pk)
            claimed.delete()
        else:
            _postpone(notice, error)
    except (OSError, SMTPException, AnymailError) as error:
        _postpone(notice, error)
    else:
        claimed.delete()


def _is_needed(notice: Notice) -> bool:
    """Whether the case still waits where the move brought it, and for somebody of the team."""
    transition, reader = notice.transition, notice.reader
    newest = Transition.objects.standing().filter(case=transition.case_id).last()
    return bool(newest == transition and reader.ended_at is None and reader.user.is_active)


def _claim(notice_id: int) -> datetime | None:
    now = timezone.now()
    until = now + LEASE
    claimed = Notice.objects.filter(pk=notice_id, not_before__lte=now).update(
        not_before=until, attempts=F("attempts") + 1
    )
    return until if claimed else None


def _send_mail(notice: Notice) -> None:
    user, team = notice.reader.user, notice.transition.case.team
    language = user.language or team.language or settings.LANGUAGE_CODE
    with translation.override(language), timezone.override(team.zone):
        letter = write(notice)
        EmailMessage(letter.subject, letter.text, settings.DEFAULT_FROM_EMAIL, [user.email]).send()


def _postpone(notice: Notice, error: Exception) -> None:
    pause = PAUSES[min(notice.attempts, len(PAUSES)) - 1]
    log.warning(
        "notice of a case not sent, next try in %s s: notice_id=%s %s", pause, notice.pk, type(error).__name__
    )
    Notice.objects.filter(pk=notice.pk, not_before=notice.not_before).update(
        not_before=timezone.now() + timedelta(seconds=pause)
    )
