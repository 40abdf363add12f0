"""Sends alerts: each at most once by mail, and again by webhook only where no answer said that it came.

The row of `AlertDelivery` is the truth. A worker that takes it moves `not_before` ahead, so that no other takes it
meanwhile; a worker that dies leaves it due again. A mail's row also has `submitting_at`, from before the final dot:
after that nobody knows whether it left, so it is not sent again.
"""

from __future__ import annotations

import contextlib
import logging
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from functools import partial

from django.conf import settings
from django.db import DatabaseError
from django.db.models import F, QuerySet
from django.utils import timezone, translation

from closedorders.core.http.webhook import Answer, Problem, post
from closedorders.core.mail.delivery import Delivery, MailTransport, Outcome, Reason
from closedorders.core.mail.mailbox import TEAM_HEADER
from closedorders.core.mail.transports import open_transport

from ..models import AlertDelivery, AlertSettings, RiskSnapshot, Way
from ..rules import State
from ..rules.base import worst
from .quiet import end_of_away
from .sealing import Unreadable, open_webhook
from .wording import body, slack_text, subject

log = logging.getLogger(__name__)

#: Longer than a task may take (`tasks.send_alert`).
LEASE = timedelta(minutes=5)
#: Pauses after the first, second, … try that failed. After the last one it is given up.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (2, 10, 60, 240))
#: What waited longer, for a mail server or for people who were away, is sent only if it is still so bad.
OLD = timedelta(hours=6)
AT_ONCE = 200

_STATE = AlertDelivery.State


def due_ids(now: datetime) -> list[int]:
    """What is to be sent now and no worker has."""
    due = AlertDelivery.objects.filter(state=_STATE.WAITING, not_before__lte=now)
    return list(due.order_by("not_before").values_list("pk", flat=True)[:AT_ONCE])


def send(delivery_id: int, *, transport: MailTransport | None = None, now: datetime | None = None) -> None:
    """Send one, unless it was sent, another worker has it, or it is not needed any more."""
    now = now or timezone.now()
    waiting = AlertDelivery.objects.filter(pk=delivery_id, state=_STATE.WAITING)
    if not waiting.filter(not_before__lte=now).update(not_before=now + LEASE, attempts=F("attempts") + 1):
        return
    delivery = waiting.select_related("alert__team", "member__user").first()
    if delivery is None:
        return
    mine = waiting.filter(attempts=delivery.attempts)
    if delivery.submitting_at is not None:
        mine.update(state=_STATE.UNCERTAIN, changed_at=now)
        return
    alert, team = delivery.alert, delivery.alert.team
    until = end_of_away(team, now) if alert.check_code else None
    if until is not None:
        mine.update(not_before=until, attempts=0)
    elif not _is_wanted(delivery, now):
        mine.update(state=_STATE.OVER, changed_at=now)
    elif delivery.way == Way.WEBHOOK:
        _settle_post(delivery, _post(delivery), now)
    else:
        carrier = transport or open_transport()
        try:
            _settle_mail(delivery, _mail(delivery, carrier), now)
        finally:
            if transport is None:
                carrier.close()


def _is_wanted(delivery: AlertDelivery, now: datetime) -> bool:
    alert = delivery.alert
    if delivery.member is not None and (
        delivery.member.ended_at is not None or not delivery.member.user.is_active
    ):
        return False
    if not alert.check_code or now - alert.at < OLD:
        return True
    newest = RiskSnapshot.objects.filter(team=alert.team).order_by("-day").first()
    state = State(newest.states.get(alert.check_code, alert.state)) if newest else State(alert.state)
    return worst([state, State(alert.state)]) is state


def _post(delivery: AlertDelivery) -> Answer:
    team = delivery.alert.team
    stored = AlertSettings.objects.filter(team=team).first()
    try:
        url = open_webhook(stored) if stored else ""
    except Unreadable:
        return Answer(Problem.UNREADABLE)
    if not url:
        return Answer(Problem.UNREADABLE)
    with translation.override(team.language or settings.LANGUAGE_CODE), timezone.override(team.zone):
        text = slack_text(delivery.alert)
    return post(url, text)


def _settle_post(delivery: AlertDelivery, answer: Answer, now: datetime) -> None:
    words = f"HTTP {answer.status}" if answer.status else ""
    if answer.problem is Problem.NONE:
        _end(delivery, _STATE.SENT, now)
    elif answer.may_pass:
        _postpone(delivery, answer.problem, words, now)
    else:
        _end(delivery, _STATE.FAILED, now, answer.problem, words)


def _mail(delivery: AlertDelivery, carrier: MailTransport) -> Delivery:
    assert delivery.member is not None  # noqa: S101 - mails have a recipient
    user, team = delivery.member.user, delivery.alert.team
    name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    letters = SMTP if (sender + user.email).isascii() else SMTPUTF8
    mail = EmailMessage(policy=letters)
    mail["From"] = Address(name, addr_spec=sender)
    mail["To"] = user.email
    language = user.language or team.language or settings.LANGUAGE_CODE
    with translation.override(language), timezone.override(team.zone):
        mail["Subject"] = " ".join(subject(delivery.alert).split())[:200]
        mail.set_content(body(delivery.alert), cte="quoted-printable")
    mail["Date"] = format_datetime(delivery.alert.at)
    mail["Message-ID"] = f"<alert-{delivery.pk}@{settings.MESSAGE_ID_DOMAIN or 'localhost'}>"
    mail[TEAM_HEADER] = str(team.pk)
    return carrier.deliver(
        sender=sender,
        recipient=user.email,
        content=mail.as_bytes(),
        before_final_dot=partial(_mark_submitting, delivery),
    )


def _mark_submitting(delivery: AlertDelivery) -> bool:
    """Committed before the final dot; False, and so no dot, where another worker has the row or nothing answers."""
    with contextlib.suppress(DatabaseError):
        return bool(_mine(delivery).update(submitting_at=timezone.now()))
    return False


def _settle_mail(delivery: AlertDelivery, answer: Delivery, now: datetime) -> None:
    match answer.outcome:
        case Outcome.SENT:
            _end(delivery, _STATE.SENT, now)
        case Outcome.UNCERTAIN:
            _end(delivery, _STATE.UNCERTAIN, now, answer.reason, answer.words)
        case Outcome.FAILED:
            _end(delivery, _STATE.FAILED, now, answer.reason, answer.words)
        case _ if answer.reason is not Reason.LOST_CLAIM:
            _postpone(delivery, answer.reason, answer.words, now)


def _mine(delivery: AlertDelivery) -> QuerySet[AlertDelivery]:
    return AlertDelivery.objects.filter(pk=delivery.pk, state=_STATE.WAITING, attempts=delivery.attempts)


def _end(delivery: AlertDelivery, state: str, now: datetime, problem: str = "", words: str = "") -> None:
    _mine(delivery).update(state=state, problem=problem, words=words[:300], changed_at=now)
    if state != _STATE.SENT:
        log.warning("alert delivery %s: %s %s", delivery.pk, state, problem)


def _postpone(delivery: AlertDelivery, problem: str, words: str, now: datetime) -> None:
    if delivery.attempts > len(PAUSES):
        _end(delivery, _STATE.FAILED, now, problem, words)
        return
    _mine(delivery).update(
        not_before=now + PAUSES[delivery.attempts - 1],
        submitting_at=None,
        problem=problem,
        words=words[:300],
        changed_at=now,
    )
