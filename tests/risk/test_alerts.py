"""Alerts: noted once for each worsening, sent the ways a team chose, retried, and their failures seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone, translation

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.http import webhook
from closedorders.core.http.webhook import Answer, Problem
from closedorders.core.mail.delivery import Delivery, Outcome, Phase, Reason
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount, SupplierOrder
from closedorders.risk import tasks
from closedorders.risk.actions import (
    choose_alert_ways,
    confirm_check,
    dismiss_cause,
    note_notice,
    send_test_alert,
    set_alert_webhook,
)
from closedorders.risk.alerts import sending
from closedorders.risk.alerts.sealing import Unreadable, open_webhook
from closedorders.risk.checklist.history import take_snapshot
from closedorders.risk.models import Alert, AlertDelivery, AlertSettings, Away, RiskSnapshot
from tests.cast import Cast
from tests.factories import make_member
from tests.risk.test_checklist import imported, url, words

SignIn = Callable[[Membership | None], Client]
EVERY_WAY = {"act": ["today", "email", "webhook"], "watch": ["today"], "unknown": []}
HOOK = "https://hooks.example.com/services/T1/B2/secret"


class Carrier:
    """Stands for a mail server: notes what it is given, and answers as it is told."""

    def __init__(self, outcome: Outcome = Outcome.SENT, reason: Reason = Reason.ACCEPTED) -> None:
        self.outcome, self.reason = outcome, reason
        self.given: list[tuple[str, str]] = []

    def deliver(
        self, *, sender: str, recipient: str, content: bytes, before_final_dot: Callable[[], bool]
    ) -> Delivery:
        assert before_final_dot()
        self.given.append((recipient, content.decode()))
        return Delivery(outcome=self.outcome, phase=Phase.FINAL_DOT, reason=self.reason, words="busy")

    def close(self) -> None:
        pass


@pytest.fixture
def everywhere(cast: Cast) -> Cast:
    choose_alert_ways(team=cast.team, ways=EVERY_WAY, by=cast.merchant)
    set_alert_webhook(team=cast.team, url=HOOK, by=cast.merchant)
    return cast


def noted(cast: Cast) -> list[tuple[str, str, str]]:
    return list(
        Alert.objects.filter(team=cast.team, check_code="fraud_review")
        .order_by("pk")
        .values_list("check_code", "was", "state")
    )


def spend(amount: int) -> None:
    SupplierOrder.objects.update(cost=Decimal(amount))


# Noticing


def test_each_worsening_is_noted_once_however_often_the_checklist_is_counted(
    cast: Cast, account: BuyerAccount
) -> None:
    spend(100)
    take_snapshot(cast.team)
    assert noted(cast) == []
    spend(7_000)
    for _ in range(3):
        take_snapshot(cast.team)
    assert noted(cast) == [("fraud_review", "ok", "watch")]
    spend(9_500)
    for _ in range(3):
        take_snapshot(cast.team)
    assert noted(cast)[1:] == [("fraud_review", "watch", "act")]
    # Better, and worse again within a day: that was told already.
    spend(100)
    take_snapshot(cast.team)
    spend(9_500)
    take_snapshot(cast.team)
    assert len(noted(cast)) == 2
    Alert.objects.update(at=timezone.now() - timedelta(hours=21))
    spend(100)
    take_snapshot(cast.team)
    spend(9_500)
    take_snapshot(cast.team)
    assert noted(cast)[2:] == [("fraud_review", "ok", "act")]


def test_of_a_first_look_only_what_calls_for_an_act_is_told(cast: Cast, account: BuyerAccount) -> None:
    spend(9_500)
    take_snapshot(cast.team)
    assert noted(cast) == [("fraud_review", "ok", "act")]


def test_a_level_without_a_way_a_dismissed_cause_and_a_day_of_the_past_are_not_told(
    cast: Cast, account: BuyerAccount
) -> None:
    choose_alert_ways(team=cast.team, ways={"act": ["today"]}, by=cast.merchant)
    spend(100)
    take_snapshot(cast.team)
    spend(7_000)
    take_snapshot(cast.team)
    assert noted(cast) == []
    dismiss_cause(
        team=cast.team,
        check_code="fraud_review",
        reason="They know.",
        until=timezone.localdate(),
        by=cast.merchant,
    )
    take_snapshot(cast.team)
    assert noted(cast) == []
    spend(9_500)
    take_snapshot(cast.team, now=timezone.now() - timedelta(seconds=1))
    assert noted(cast) == []


def test_an_alert_says_in_each_language_what_was_so_then(cast: Cast, account: BuyerAccount) -> None:
    take_snapshot(cast.team)
    alert = Alert.objects.get()
    spend(1)
    assert "“Main” has spent $9,500.00" in alert.text
    with translation.override("es"):
        assert alert.text == alert.texts["es"] != alert.texts["en"]


def test_a_sweep_looks_anew_after_orders_changed(cast: Cast, account: BuyerAccount) -> None:
    tasks.settle_totals(cast.team.pk)
    assert noted(cast) == []  # The task that is enqueued does it, once the totals are there.
    tasks.take_snapshot(cast.team.pk)
    assert noted(cast) == [("fraud_review", "ok", "act")]


def test_a_cause_whose_dismissal_is_over_is_told_of_again(cast: Cast, account: BuyerAccount) -> None:
    dismissal = dismiss_cause(
        team=cast.team,
        check_code="fraud_review",
        reason="They know.",
        until=timezone.localdate(),
        by=cast.merchant,
    )
    take_snapshot(cast.team)
    assert noted(cast) == []
    yesterday = timezone.localdate() - timedelta(days=1)
    dismissal.until = yesterday
    dismissal.save()
    RiskSnapshot.objects.update(day=yesterday)
    for _ in range(2):
        take_snapshot(cast.team)
    assert noted(cast) == [("fraud_review", "ok", "act")]


# Sending


def test_every_merchant_gets_one_mail_that_links_to_the_figures(
    everywhere: Cast, account: BuyerAccount, settings: object
) -> None:
    other = make_member(everywhere.team)
    take_snapshot(everywhere.team)
    carrier = Carrier()
    for delivery in AlertDelivery.objects.filter(way="email"):
        for _ in range(2):
            sending.send(delivery.pk, transport=carrier)
    assert sorted(to for to, _mail in carrier.given) == sorted(
        [everywhere.merchant.user.email, other.user.email]
    )
    mail = carrier.given[0][1].replace("=\r\n", "")
    assert f"/t/{everywhere.team.slug}/risk/#fraud_review" in mail
    assert f"Subject: {everywhere.team.name}" in mail
    assert set(AlertDelivery.objects.filter(way="email").values_list("state", flat=True)) == {"sent"}


def test_a_mail_that_was_not_taken_is_tried_again_with_pauses_and_then_given_up(
    everywhere: Cast, account: BuyerAccount
) -> None:
    take_snapshot(everywhere.team)
    delivery = AlertDelivery.objects.get(way="email")
    carrier = Carrier(Outcome.DEFERRED, Reason.UNREACHABLE)
    now, tries = timezone.now(), 0
    while delivery.state == "waiting":
        sending.send(delivery.pk, transport=carrier, now=now)
        sending.send(delivery.pk, transport=carrier, now=now)
        tries += 1
        assert len(carrier.given) == tries
        delivery.refresh_from_db()
        now = max(now, delivery.not_before)
    assert (tries, delivery.state, delivery.problem) == (5, "failed", "unreachable")


def test_a_mail_that_may_have_left_is_not_sent_again(everywhere: Cast, account: BuyerAccount) -> None:
    take_snapshot(everywhere.team)
    delivery = AlertDelivery.objects.get(way="email")
    # A worker died after the final dot.
    AlertDelivery.objects.filter(pk=delivery.pk).update(
        submitting_at=timezone.now(), attempts=1, not_before=timezone.now() - timedelta(seconds=1)
    )
    carrier = Carrier()
    sending.send(delivery.pk, transport=carrier)
    delivery.refresh_from_db()
    assert (carrier.given, delivery.state) == ([], "uncertain")


@pytest.mark.parametrize(
    ("answer", "state", "again"),
    [
        (Answer(Problem.NONE, 200), "sent", False),
        (Answer(Problem.BUSY, 503), "waiting", True),
        (Answer(Problem.TIMED_OUT), "waiting", True),
        (Answer(Problem.REFUSED, 404), "failed", False),
        (Answer(Problem.REDIRECT, 302), "failed", False),
        (Answer(Problem.NOT_PUBLIC), "failed", False),
    ],
)
def test_a_webhook_is_tried_again_only_where_that_can_help(
    everywhere: Cast,
    account: BuyerAccount,
    client_of: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    state: str,
    again: bool,
) -> None:
    posted: list[tuple[str, str]] = []

    def post(address: str, text: str) -> Answer:
        posted.append((address, text))
        return answer

    monkeypatch.setattr(sending, "post", post)
    take_snapshot(everywhere.team)
    delivery = AlertDelivery.objects.get(way="webhook")
    for _ in range(2):
        sending.send(delivery.pk)
    delivery.refresh_from_db()
    assert [address for address, _text in posted] == [HOOK]
    assert f"/t/{everywhere.team.slug}/risk/#fraud_review" in posted[0][1]
    assert delivery.state == state
    assert (delivery.pk in sending.due_ids(timezone.now() + timedelta(hours=1))) == again
    page = words(client_of(everywhere.merchant).get(url(everywhere, "alerts")))
    assert ("could not be sent" in page) == (state == "failed")


def test_an_alert_that_waited_for_long_is_dropped_when_all_is_better(
    everywhere: Cast, account: BuyerAccount
) -> None:
    take_snapshot(everywhere.team)
    spend(1)
    take_snapshot(everywhere.team)
    delivery = AlertDelivery.objects.get(way="email")
    carrier = Carrier()
    sending.send(delivery.pk, transport=carrier, now=timezone.now() + timedelta(hours=7))
    delivery.refresh_from_db()
    assert (carrier.given, delivery.state) == ([], "over")


def test_alerts_wait_while_the_team_is_away(everywhere: Cast, account: BuyerAccount) -> None:
    today = timezone.localdate()
    Away.objects.create(team=everywhere.team, until=today + timedelta(days=2), by=everywhere.merchant)
    take_snapshot(everywhere.team)
    assert sending.due_ids(timezone.now() + timedelta(days=1)) == []
    assert len(sending.due_ids(timezone.now() + timedelta(days=4))) == 2


# The page


def test_a_merchant_chooses_ways_and_a_webhook_whose_address_is_never_shown(
    cast: Cast, client_of: SignIn
) -> None:
    client = client_of(cast.merchant)
    assert "Saved." in words(client.post(url(cast, "alerts"), {"act": ["email"]}, follow=True))
    assert AlertSettings.objects.get().ways == {"act": ["email"], "watch": [], "unknown": []}
    stored = words(client.post(url(cast, "alert_webhook"), {"url": HOOK}, follow=True))
    assert "Alerts are posted to hooks.example.com" in stored
    page = client.get(url(cast, "alerts"))
    assert "B2/secret" not in page.content.decode()
    row = AlertSettings.objects.get()
    assert b"secret" not in bytes(row.sealed_webhook)
    assert open_webhook(row) == HOOK
    row.team_id = 0
    with pytest.raises(Unreadable):
        open_webhook(row)
    assert "secret" not in str(list(AuditEvent.objects.values_list("after", "before")))
    client.post(url(cast, "alert_webhook"), {"remove": "1"})
    assert AlertSettings.objects.get().webhook_host == ""


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.example.com/x",
        "https://",
        "https://me:secret@hooks.example.com/x",
        "https://hooks.example.com/x#y",
        "https://hooks.example.com/a b",
        "https://hooks.example.com:0/x",
        "https://höoks.example.com/x",
        "ftp://hooks.example.com",
    ],
)
def test_only_whole_https_addresses_are_stored(cast: Cast, client_of: SignIn, address: str) -> None:
    page = client_of(cast.merchant).post(url(cast, "alert_webhook"), {"url": address})
    assert "Write a whole https:// address" in words(page)
    assert not AlertSettings.objects.exists()


def test_a_test_goes_to_who_asked_alone_and_once_a_minute(everywhere: Cast, client_of: SignIn) -> None:
    make_member(everywhere.team)
    client = client_of(everywhere.merchant)
    assert "on its way" in words(client.post(url(everywhere, "alert_test"), follow=True))
    assert list(AlertDelivery.objects.order_by("way").values_list("way", "member")) == [
        ("email", everywhere.merchant.pk),
        ("webhook", None),
    ]
    assert "less than a minute ago" in words(client.post(url(everywhere, "alert_test"), follow=True))
    carrier = Carrier()
    sending.send(AlertDelivery.objects.get(way="email").pk, transport=carrier)
    assert "alerts reach you here" in carrier.given[0][1].replace("=\r\n", "")


def test_a_test_without_a_way_out_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="choose one"):
        send_test_alert(team=cast.team, by=cast.merchant)
    assert not Alert.objects.exists()


def test_today_shows_what_got_worse_until_it_is_seen_or_over(
    cast: Cast, account: BuyerAccount, client_of: SignIn
) -> None:
    confirm_check(team=cast.team, check_code="travel", answer="fine", by=cast.merchant)
    take_snapshot(cast.team)
    client = client_of(cast.assistant)
    today = f"/t/{cast.team.slug}/"
    assert "OK → Act" in words(client.get(today))
    spend(7_000)
    assert "OK → Act" not in words(client.get(today))
    spend(9_500)
    client.post(url(cast, "alert_seen", Alert.objects.get().pk))
    assert "OK → Act" not in words(client.get(today))
    note_notice(account=account, kind="aliexpress", sent_on=timezone.localdate(), by=cast.merchant)
    alert = Alert.objects.get()
    assert alert.seen_by == cast.assistant


def test_the_page_asks_as_many_questions_for_one_alert_as_for_a_page_full(
    everywhere: Cast, client_of: SignIn, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    imported(everywhere, timezone.now())
    for _ in range(60):
        alert = Alert.objects.create(team=everywhere.team, check_code="travel", was="ok", state="act")
        AlertDelivery.objects.create(alert=alert, way="email", member=everywhere.merchant, state="failed")
    client = client_of(everywhere.merchant)
    client.get(url(everywhere, "alerts"))
    with django_assert_max_num_queries(16):  # type: ignore[attr-defined]
        page = client.get(url(everywhere, "alerts"))
    assert len(page.context["rows"]) == 50


def test_nobody_is_asked_where_the_webhook_of_a_test_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A private address is refused before anything connects."""
    monkeypatch.setattr(webhook, "HTTPSConnectionPool", None)
    for address in (
        "https://127.0.0.1/x",
        "https://10.0.0.8/x",
        "https://[::1]/x",
        "https://169.254.169.254/x",
    ):
        assert webhook.post(address, "x") == Answer(Problem.NOT_PUBLIC)
