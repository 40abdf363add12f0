"""Links for a new password: a page only notes that one was asked for, a task looks the address up and sends the mail.

So the page does the same work and gives the same answer for every address, known or not, whatever the mail server
does. The row is the truth: a lost task, a killed worker or a mail server that is away loses nothing, because the sweep
(`tasks.py`) starts what is due again. Rows hold addresses of strangers: each goes as soon as its mail is sent or nobody
has the address, and after an hour at the latest.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from urllib.parse import urlsplit

from allauth.account.forms import ResetPasswordForm
from allauth.core.context import request_context
from anymail.exceptions import AnymailError
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone, translation

from ..models import PasswordResetRequest

log = logging.getLogger(__name__)

GIVEN_UP_AFTER = timedelta(hours=1)
PAUSES = (10, 30, 60, 120, 300)
"""Seconds before the second, third, … try; the last one again and again."""
LEASE = timedelta(seconds=180)
"""How long a row belongs to the worker that claimed it. Longer than the task may run (`tasks.py`)."""
MOST_ROWS = 10_000
"""Above the rate limits of one network: only many of them together, while no worker runs, come this far."""


class SiteRequest(HttpRequest):
    """A request to the site's own public address: what allauth builds a mail's links and subject from."""

    def __init__(self) -> None:
        super().__init__()
        address = urlsplit(settings.SITE_URL)
        self.META = {"SERVER_NAME": address.hostname or "", "SERVER_PORT": str(address.port or "")}

    def get_host(self) -> str:
        return str(urlsplit(settings.SITE_URL).netloc)


@transaction.atomic
def note_request(*, email: str, language: str) -> PasswordResetRequest | None:
    """Store that a link was asked for, with the same statements for every address; None when the table is full.

    Asking again for an address that still waits makes its row due at once, instead of adding a second mail.
    """
    forget_old()
    if PasswordResetRequest.objects.count() >= MOST_ROWS:
        log.error("too many password resets are waiting, one was not stored: do the workers run?")
        return None
    now = timezone.now()
    (request,) = PasswordResetRequest.objects.bulk_create(
        [PasswordResetRequest(email=email.lower(), language=language, asked_at=now, not_before=now)],
        update_conflicts=True,
        unique_fields=["email"],
        update_fields=["language", "asked_at", "not_before", "attempts"],
    )
    return request


def send(request_id: int) -> None:
    """Send the mail of one row that is due, and delete the row. Does nothing while another worker has it.

    The claim is a conditional UPDATE, committed before the mail server is asked; its time is what later writes of this
    worker are checked against. A worker killed after the mail was taken sends it once more: the same link to the same
    person.
    """
    claimed_until = _claim(request_id)
    if claimed_until is None:
        return
    claimed = PasswordResetRequest.objects.filter(pk=request_id, not_before=claimed_until)
    row = claimed.first()
    if row is None:
        return
    try:
        _send_mail(row)
    except SMTPRecipientsRefused as error:
        if all(code >= 500 for code, _words in error.recipients.values()):
            log.warning("password reset refused for good: request_id=%s", row.pk)
            claimed.delete()
        else:
            _postpone(row, error)
    except (OSError, SMTPException, AnymailError) as error:
        _postpone(row, error)
    else:
        claimed.delete()


def due_ids() -> list[int]:
    """Keys of the rows that no worker has and whose pause is over, longest waiting first."""
    due = PasswordResetRequest.objects.filter(not_before__lte=timezone.now())
    return list(due.order_by("not_before").values_list("pk", flat=True)[:100])


def forget_old() -> None:
    """Delete the rows that were asked for more than `GIVEN_UP_AFTER` ago; their mail could not be sent."""
    old = PasswordResetRequest.objects.filter(asked_at__lt=timezone.now() - GIVEN_UP_AFTER)
    deleted, _by_model = old.delete()
    if deleted:
        log.error("gave up %s password resets after an hour: does the mail server answer?", deleted)


def _claim(request_id: int) -> datetime | None:
    now = timezone.now()
    until = now + LEASE
    claimed = PasswordResetRequest.objects.filter(pk=request_id, not_before__lte=now).update(
        not_before=until, attempts=F("attempts") + 1
    )
    return until if claimed else None


def _send_mail(row: PasswordResetRequest) -> None:
    """Let allauth look the address up, and send its mail in the language of the page that asked."""
    request = SiteRequest()
    with request_context(request), translation.override(row.language):
        form = ResetPasswordForm({"email": row.email})
        if form.is_valid():
            form.save(request)


def _postpone(row: PasswordResetRequest, error: Exception) -> None:
    pause = PAUSES[min(row.attempts, len(PAUSES)) - 1]
    log.warning(
        "password reset not sent, next try in %s s: request_id=%s %s", pause, row.pk, type(error).__name__
    )
    PasswordResetRequest.objects.filter(pk=row.pk, not_before=row.not_before).update(
        not_before=timezone.now() + timedelta(seconds=pause)
    )
