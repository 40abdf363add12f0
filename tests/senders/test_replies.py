"""The mail that proves where replies go, from the button to the confirmed link."""

from __future__ import annotations

import re
from datetime import timedelta
from unittest import mock

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import AuditEvent
from closedorders.core.refusals import Refused
from closedorders.orders.actions.stores import change_store
from closedorders.orders.models import Store
from closedorders.senders import actions, reply_mail, tasks
from closedorders.senders.findings import State
from closedorders.senders.models import ReplyTest
from closedorders.senders.preflight import Line, preflight_of
from tests.cast import Cast
from tests.factories import make_store
from tests.smtp_sink import DROP, Act, SmtpSink

ANSWERS = "answers@casaluna.example"


@pytest.fixture
def store(cast: Cast) -> Store:
    return make_store(cast.team, reply_to=ANSWERS)


def send(store: Store, cast: Cast) -> ReplyTest:
    test = actions.ask_for_reply_test(store=store, by=cast.merchant)
    tasks.send_reply_test(test.pk)
    test.refresh_from_db()
    return test


def link_of(sink: SmtpSink) -> str:
    text = sink.received[-1].message.get_content()
    found = re.search(r"https?://\S+?(/replies/\S+)", text)
    assert found
    return found[1]


def line(store: Store) -> Line:
    return preflight_of(store).lines[-1]


def test_opening_the_link_and_confirming_proves_the_address(cast: Cast, sink: SmtpSink, store: Store) -> None:
    send(store, cast)
    assert sink.received[0].recipient == ANSWERS
    assert (line(store).state, "open its link" in line(store).words) == (State.NOT_CHECKED, True)
    stranger, link = Client(), link_of(sink)
    assert stranger.get(link).status_code == 200
    assert line(store).state is State.NOT_CHECKED  # Programs that look into mails open links, too.
    answer = stranger.post(link, follow=True)
    assert "Replies reach you" in answer.content.decode()
    assert line(store).state is State.GOOD
    assert AuditEvent.objects.filter(verb="reply_proven", team=cast.team).count() == 1


def test_the_link_works_once(cast: Cast, sink: SmtpSink, store: Store) -> None:
    test = send(store, cast)
    Client().post(link_of(sink))
    Client().post(link_of(sink))
    with pytest.raises(Refused, match="used already"):
        actions.prove_reply_address(test=test, by=None)
    assert AuditEvent.objects.filter(verb="reply_proven").count() == 1


def test_another_address_is_not_proven_and_its_old_link_proves_nothing(
    cast: Cast, sink: SmtpSink, store: Store
) -> None:
    send(store, cast)
    change_store(store=store, by=cast.merchant, reply_to="new@casaluna.example")
    Client().post(link_of(sink))
    assert not ReplyTest.objects.exclude(proven_at=None).exists()
    store.refresh_from_db()
    assert line(store).state is State.NOT_CHECKED


def test_changing_the_address_unproves_it(cast: Cast, sink: SmtpSink, store: Store) -> None:
    send(store, cast)
    Client().post(link_of(sink))
    change_store(store=store, by=cast.merchant, reply_to="new@casaluna.example")
    store.refresh_from_db()
    assert line(store).state is State.NOT_CHECKED


def test_without_a_reply_address_the_senders_own_is_proven(cast: Cast, sink: SmtpSink) -> None:
    send(make_store(cast.team), cast)
    assert sink.received[0].recipient == "hello@casaluna.example"


def test_a_link_that_is_made_up_or_too_old_proves_nothing(cast: Cast, sink: SmtpSink, store: Store) -> None:
    test = send(store, cast)
    other = reverse("reply_confirmation", args=[signing.dumps(test.pk, salt="another purpose")])
    late = timezone.now() + reply_mail.LINK_LIFE + timedelta(minutes=1)
    for link in ("/replies/x/", other):
        assert Client().get(link).status_code == 410
        assert Client().post(link).status_code == 410
    with mock.patch("django.core.signing.time.time", return_value=late.timestamp()):
        assert Client().post(link_of(sink)).status_code == 410
    assert line(store).state is State.NOT_CHECKED


def test_a_mail_in_the_local_mailbox_proves_nothing(cast: Cast, no_server: None, store: Store) -> None:
    test = send(store, cast)
    assert test.state == ReplyTest.State.LOCAL
    link = reverse("reply_confirmation", args=[reply_mail.token_of(test)])
    assert Client().post(link).status_code == 410
    assert (line(store).state, "local mailbox" in line(store).words) == (State.NOT_CHECKED, True)


def test_a_refused_address_is_red_with_the_servers_words(cast: Cast, sink: SmtpSink, store: Store) -> None:
    sink.play(Act("rcpt", "550 5.1.1 no such mailbox"))
    send(store, cast)
    assert (line(store).state, "no such mailbox" in line(store).words) == (State.BAD, True)


def test_a_server_that_is_away_is_tried_three_times(cast: Cast, sink: SmtpSink, store: Store) -> None:
    sink.play(Act("connect", DROP, times=None))
    test = send(store, cast)
    assert test.state == ReplyTest.State.SENDING
    for _try in range(2):
        ReplyTest.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
        tasks.send_reply_test(test.pk)
    test.refresh_from_db()
    assert (test.state, test.attempts) == (ReplyTest.State.FAILED, 3)


def test_it_is_not_sent_again_within_a_minute_nor_too_often_a_day(
    cast: Cast, sink: SmtpSink, store: Store
) -> None:
    send(store, cast)
    with pytest.raises(Refused, match="less than a minute"):
        send(store, cast)
    for _mail in range(actions.MOST_TESTS_A_DAY - 1):
        ReplyTest.objects.update(created_at=timezone.now() - timedelta(minutes=5))
        actions.ask_for_reply_test(store=store, by=cast.merchant)
    ReplyTest.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    with pytest.raises(Refused, match="one day"):
        send(store, cast)


def test_only_a_merchant_of_the_team_may_have_it_sent(cast: Cast, other_cast: Cast, store: Store) -> None:
    for by in (cast.assistant, cast.reviewer, other_cast.merchant):
        with pytest.raises(Refused):
            actions.ask_for_reply_test(store=store, by=by)
