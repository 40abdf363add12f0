"""A link for a new password: the page answers alike for everybody at once, the mail leaves in a task."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from closedorders.accounts.models import PasswordResetRequest
from closedorders.accounts.people import password_resets
from closedorders.accounts.tasks import send_password_reset, sweep
from tests.cast import Cast
from tests.smtp_sink import DROP, HANG, Act, SmtpSink

RESET = "/account/password/reset/"
SENT = "/account/password/reset/sent/"
UNKNOWN = "nobody@example.com"


@pytest.fixture
def sink(settings: Settings) -> Iterator[SmtpSink]:
    """The mail server of this test, waited for a second at most."""
    with SmtpSink() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 1
        yield server


def _ask(email: str, **headers: str) -> Client:
    client = Client(headers=headers)
    answer = client.post(RESET, {"email": email})
    assert (answer.status_code, answer["Location"]) == (302, SENT)
    return client


def _without_tokens(page: bytes) -> str:
    return re.sub(r'"X-CSRFToken": "\w+"|value="\w{64}"', "", page.decode())


def _send_waiting(*, later: timedelta = timedelta(0)) -> None:
    """What the workers do once that time has passed."""
    PasswordResetRequest.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    if later:
        for row in PasswordResetRequest.objects.all():
            PasswordResetRequest.objects.filter(pk=row.pk).update(asked_at=row.asked_at - later)
    for request_id in password_resets.due_ids():
        send_password_reset(request_id)


def test_the_page_does_the_same_for_a_known_and_an_unknown_address(cast: Cast) -> None:
    _ask("first@example.com")  # The first request of a process may do more.
    statements, answers, pages = [], [], []
    for email in (UNKNOWN, cast.merchant.user.email):
        client = Client()
        with CaptureQueriesContext(connection) as asked:
            answer = client.post(RESET, {"email": email})
        statements.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in asked])
        answers.append((answer.status_code, answer.content, sorted(answer.headers.items())))
        pages.append(_without_tokens(client.get(SENT).content))
    assert statements[0] == statements[1]
    assert answers[0] == answers[1]
    assert pages[0] == pages[1]
    assert PasswordResetRequest.objects.count() == 3


def test_no_page_speaks_to_the_mail_server(cast: Cast, sink: SmtpSink) -> None:
    sink.play(Act("connect", HANG, times=None))
    _ask(cast.merchant.user.email)
    _ask(UNKNOWN)
    assert sink.connections == 0


def test_a_known_address_gets_one_mail_an_unknown_one_none_and_no_row_stays(
    cast: Cast, sink: SmtpSink
) -> None:
    _ask(cast.merchant.user.email.upper())
    _ask(UNKNOWN)
    _send_waiting()
    (received,) = sink.received
    assert received.recipient == cast.merchant.user.email
    assert not PasswordResetRequest.objects.exists()


def test_the_link_leads_to_the_sites_own_address_and_a_new_password(cast: Cast, settings: Settings) -> None:
    settings.SITE_URL = "https://orders.your-shop.com"
    settings.ALLOWED_HOSTS = ["evil.example", "testserver"]
    Client().post(RESET, {"email": cast.merchant.user.email}, headers={"host": "evil.example"})
    _send_waiting()
    (sent,) = mail.outbox
    assert "evil.example" not in sent.subject + str(sent.body)
    link = re.search(r"https://orders\.your-shop\.com(/account/password/reset/\S+)", str(sent.body))
    assert link
    client = Client()
    form = client.get(link[1])["Location"]
    client.post(form, {"password1": "a fresh pass phrase", "password2": "a fresh pass phrase"})
    cast.merchant.user.refresh_from_db()
    assert cast.merchant.user.check_password("a fresh pass phrase")


def test_the_mail_is_in_the_language_of_the_page_that_asked(cast: Cast) -> None:
    _ask(cast.merchant.user.email, accept_language="es")
    _send_waiting()
    assert "Hola" in str(mail.outbox[0].body)


@pytest.mark.parametrize(
    "trouble",
    [
        Act("connect", DROP, times=None),
        Act("connect", HANG, times=None),
        Act("connect", "554 5.3.2 closed", times=None),
        Act("mail", "451 4.3.0 try later", times=None),
        Act("rcpt", "450 4.2.1 mailbox busy", times=None),
        Act("dot", "452 4.3.1 disk full", times=None),
        None,
    ],
    ids=lambda act: f"{act.at}-{act.does}" if act else "refused",
)
def test_while_the_mail_server_is_away_the_mail_waits_and_then_arrives_once(
    cast: Cast, settings: Settings, sink: SmtpSink, trouble: Act | None
) -> None:
    if trouble:
        sink.play(trouble)
    else:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            settings.EMAIL_PORT = closed.getsockname()[1]
    _ask(cast.merchant.user.email)
    _send_waiting()
    _send_waiting()
    row = PasswordResetRequest.objects.get()
    assert (row.attempts, sink.received) == (2, [])
    assert row.not_before > timezone.now()

    with SmtpSink() as back:
        settings.EMAIL_PORT = back.port
        _send_waiting()
        _send_waiting()
        assert [each.recipient for each in back.received] == [cast.merchant.user.email]
    assert not PasswordResetRequest.objects.exists()


def test_pauses_grow_to_five_minutes(cast: Cast, sink: SmtpSink) -> None:
    sink.play(Act("connect", DROP, times=None))
    _ask(cast.merchant.user.email)
    pauses = []
    for _try in range(7):
        _send_waiting()
        pauses.append(round((PasswordResetRequest.objects.get().not_before - timezone.now()).total_seconds()))
    assert pauses == [10, 30, 60, 120, 300, 300, 300]


def test_an_address_that_is_refused_for_good_is_given_up_at_once(cast: Cast, sink: SmtpSink) -> None:
    sink.play(Act("rcpt", "550 5.1.1 unknown", times=None))
    _ask(cast.merchant.user.email)
    _send_waiting()
    assert not PasswordResetRequest.objects.exists()


def test_after_an_hour_it_is_given_up_and_the_log_names_no_address(
    cast: Cast, sink: SmtpSink, caplog: pytest.LogCaptureFixture
) -> None:
    sink.play(Act("connect", DROP, times=None))
    _ask(cast.merchant.user.email)
    _send_waiting(later=timedelta(minutes=59))
    sweep()
    assert PasswordResetRequest.objects.count() == 1
    _send_waiting(later=timedelta(minutes=2))
    sweep()
    assert not PasswordResetRequest.objects.exists()
    assert "gave up 1 password resets" in caplog.text
    assert cast.merchant.user.email not in caplog.text


def test_old_rows_go_with_the_next_request_where_no_worker_runs(db: None) -> None:
    _ask(UNKNOWN)
    PasswordResetRequest.objects.update(asked_at=timezone.now() - timedelta(minutes=61))
    _ask("else@example.com")
    assert [row.email for row in PasswordResetRequest.objects.all()] == ["else@example.com"]


def test_asking_again_while_the_mail_server_is_away_makes_one_mail(cast: Cast, sink: SmtpSink) -> None:
    sink.play(Act("connect", DROP, times=1))
    _ask(cast.merchant.user.email)
    _send_waiting()
    _ask(cast.merchant.user.email)
    assert PasswordResetRequest.objects.get().attempts == 0
    _send_waiting()
    assert len(sink.received) == 1


def test_a_row_belongs_to_the_worker_that_claimed_it_until_that_one_must_be_dead(
    cast: Cast, sink: SmtpSink
) -> None:
    _ask(cast.merchant.user.email)
    row = PasswordResetRequest.objects.get()
    assert password_resets._claim(row.pk) is not None  # And then the worker is killed.
    send_password_reset(row.pk)
    sweep()
    assert (password_resets.due_ids(), sink.received) == ([], [])

    _send_waiting()
    assert len(sink.received) == 1


def test_no_task_runs_as_long_as_a_claim_counts() -> None:
    assert timedelta(seconds=send_password_reset.time_limit or 0) < password_resets.LEASE


def test_the_number_of_waiting_rows_is_bounded(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password_resets, "MOST_ROWS", 2)
    for email in ("one@example.com", "two@example.com", cast.merchant.user.email):
        _ask(email)
    assert PasswordResetRequest.objects.count() == 2


def test_too_many_requests_are_refused_alike_for_known_and_unknown_addresses(cast: Cast) -> None:
    answers = []
    for email in (cast.merchant.user.email, UNKNOWN):
        client = Client()
        for _time in range(5):
            client.post(RESET, {"email": email})
        answer = client.post(RESET, {"email": email})
        assert answer.status_code == 429
        answers.append(_without_tokens(answer.content))
    assert answers[0] == answers[1]
    assert "Too many tries" in answers[0]


def test_an_address_of_any_length_is_answered(db: None) -> None:
    for email in (f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example", f"a@{'İ' * 60}.example"):
        assert Client().post(RESET, {"email": email}).status_code in {200, 302}


def test_a_switched_off_account_gets_no_mail(cast: Cast) -> None:
    person = cast.merchant.user
    person.is_active = False
    person.save(update_fields=["is_active"])
    _ask(person.email)
    _send_waiting()
    assert mail.outbox == []
    assert not PasswordResetRequest.objects.exists()
