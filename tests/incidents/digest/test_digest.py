from __future__ import annotations

import email
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.closures.models import Closure, Incident
from closedorders.core.mail.delivery import Delivery, Outcome, Phase, Reason
from closedorders.incidents import tasks
from closedorders.incidents.digest import sending
from closedorders.incidents.digest.actions import switch_digest
from closedorders.incidents.models import Digest, Reminder
from closedorders.incidents.reminders.actions import add_reminder
from closedorders.orders.models import StoreOrder
from tests.cast import Cast
from tests.incidents.scenes import bad_day

SignIn = Callable[[Membership | None], Client]

#: A Monday: 8:00 in Madrid, 2:00 in New York.
MORNING = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)


@dataclass
class Carrier:
    """Takes mails as the answer says; None: the worker dies before the final dot, an exception at or after it."""

    outcome: Outcome = Outcome.SENT
    dies: str = ""
    mails: list[EmailMessage] = field(default_factory=list)

    def deliver(
        self, *, sender: str, recipient: str, content: bytes, before_final_dot: Callable[[], bool]
    ) -> Delivery:
        if self.dies == "before":
            raise SystemExit
        if not before_final_dot():
            return Delivery(outcome=Outcome.DEFERRED, phase=Phase.DATA, reason=Reason.LOST_CLAIM)
        if self.dies == "after":
            raise SystemExit
        parsed: Any = email.message_from_bytes(content, policy=policy.default)
        parsed.add_header("X-Recipient", recipient)
        self.mails.append(parsed)
        return Delivery(outcome=self.outcome, phase=Phase.FINAL_DOT, reason=Reason.ACCEPTED)

    def close(self) -> None:
        pass


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.fixture
def madrid(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The team in Madrid, on that morning."""
    monkeypatch.setattr(timezone, "now", lambda: MORNING)
    cast.team.time_zone, cast.team.language = "Europe/Madrid", "en"
    cast.team.save(update_fields=["time_zone", "language"])
    return cast


def everybody(at: datetime, carrier: Carrier) -> list[str]:
    """What the sweep and its tasks do at that time; to whom."""
    before = len(carrier.mails)
    for pk in sending.due_ids(at):
        sending.send(pk, transport=carrier, now=at)
    return [str(sent["X-Recipient"]) for sent in carrier.mails[before:]]


def remind(cast: Cast, person: Membership, due_at: datetime, **changes: Any) -> Reminder:
    values: dict[str, Any] = {
        "subject": Incident.objects.filter(team=cast.team).last(),
        "note": "Call the bank",
    }
    values |= {"person": person, "by": cast.merchant, "due_at": timezone.now() + timedelta(hours=1)}
    reminder = add_reminder(**(values | changes))
    Reminder.objects.filter(pk=reminder.pk).update(due_at=due_at)
    return reminder


def test_a_merchant_gets_one_in_the_morning_of_the_teams_zone_and_never_two(madrid: Cast) -> None:
    bad_day(madrid)
    carrier = Carrier()
    assert everybody(MORNING - timedelta(hours=1, minutes=1), carrier) == []
    assert everybody(MORNING, carrier) == [madrid.merchant.user.email]
    for later in (1, 60, 240, 600):
        assert everybody(MORNING + timedelta(minutes=later), carrier) == []
    # A task that was enqueued twice, too.
    sending.send(madrid.merchant.pk, transport=carrier, now=MORNING)
    assert len(carrier.mails) == 1
    assert everybody(MORNING + timedelta(days=1), carrier) == [madrid.merchant.user.email]


def test_what_no_worker_sent_in_the_morning_is_not_sent_at_night(madrid: Cast) -> None:
    bad_day(madrid)
    carrier = Carrier()
    assert everybody(MORNING + timedelta(hours=4), carrier) == []
    sending.send(madrid.merchant.pk, transport=carrier, now=MORNING + timedelta(hours=4))
    assert carrier.mails == []


def test_each_team_has_its_own_morning(madrid: Cast, other_cast: Cast) -> None:
    other_cast.team.time_zone = "America/New_York"
    other_cast.team.save(update_fields=["time_zone"])
    bad_day(madrid)
    bad_day(other_cast)
    carrier = Carrier()
    assert everybody(MORNING, carrier) == [madrid.merchant.user.email]
    assert everybody(MORNING + timedelta(hours=6), carrier) == [other_cast.merchant.user.email]


def test_without_an_open_incident_or_a_due_reminder_nobody_is_written_to(madrid: Cast) -> None:
    carrier = Carrier()
    assert everybody(MORNING, carrier) == []
    bad_day(madrid)
    Incident.objects.update(ended_at=timezone.now())
    assert everybody(MORNING, carrier) == []
    remind(madrid, madrid.merchant, MORNING + timedelta(days=1))
    assert everybody(MORNING, carrier) == []
    # Later the same day counts: it is what the day brings.
    remind(madrid, madrid.merchant, MORNING + timedelta(hours=9))
    assert everybody(MORNING, carrier) == [madrid.merchant.user.email]


def test_a_merchant_switches_it_off_and_an_assistant_on(madrid: Cast, client_of: SignIn) -> None:
    bad_day(madrid)
    carrier = Carrier()
    address = reverse("incidents:digest", args=[madrid.team.slug])
    client_of(madrid.merchant).post(address, {"on": "0"})
    client_of(madrid.assistant).post(address, {"on": "1"})
    assert everybody(MORNING, carrier) == [madrid.assistant.user.email]
    client_of(madrid.merchant).post(address, {"on": "1"})
    client_of(madrid.assistant).post(address, {"on": "0"})
    assert everybody(MORNING + timedelta(days=1), carrier) == [madrid.merchant.user.email]
    assert AuditEvent.objects.filter(verb="digest_switched").count() == 4


def test_other_preferences_stay_as_they_were(madrid: Cast) -> None:
    madrid.merchant.preferences = {"order_columns": ["total"]}
    madrid.merchant.save(update_fields=["preferences"])
    switch_digest(on=False, by=madrid.merchant)
    madrid.merchant.refresh_from_db()
    assert madrid.merchant.preferences == {"order_columns": ["total"], "digest": "off"}


def test_who_left_the_team_or_was_locked_out_gets_none(madrid: Cast) -> None:
    bad_day(madrid)
    madrid.merchant.user.is_active = False
    madrid.merchant.user.save(update_fields=["is_active"])
    assert everybody(MORNING, Carrier()) == []
    madrid.merchant.user.is_active = True
    madrid.merchant.user.save(update_fields=["is_active"])
    madrid.merchant.ended_at = timezone.now()
    madrid.merchant.save(update_fields=["ended_at"])
    assert everybody(MORNING, Carrier()) == []


def test_it_says_where_to_start_what_is_open_due_and_overdue(madrid: Cast) -> None:
    incident = bad_day(madrid)
    remind(madrid, madrid.merchant, MORNING + timedelta(hours=2))
    Closure.objects.update(
        supplier_refund_expected=Decimal("12.90"),
        supplier_refund_currency="USD",
        supplier_refund_announced_on=timezone.localdate() - timedelta(days=60),
    )
    carrier = Carrier()
    everybody(MORNING, carrier)
    (sent,) = carrier.mails
    text = text_of(sent)
    assert sent["Subject"] == "Casa Luna this morning: 1 open incident, 1 reminder due"
    assert f"{settings.SITE_URL}{reverse('incidents:now', args=[madrid.team.slug])}" in text
    assert "Start here: Open the verification case." in text
    assert f"{incident} · {incident.buyer_account}: 3 orders closed, 3 not told yet" in text
    assert f"10:00 · {incident}: Call the bank" in text
    assert "3 supplier refunds have not come in time: $38.70" in text
    assert reverse("incidents:digest", args=[madrid.team.slug]) in text


def test_an_assistants_has_no_customers_e_mail_and_no_amount(madrid: Cast) -> None:
    bad_day(madrid)
    order = StoreOrder.objects.first()
    remind(madrid, madrid.assistant, MORNING, subject=order, note="Write to maria@example.com")
    Closure.objects.update(
        supplier_refund_expected=Decimal("12.90"),
        supplier_refund_currency="USD",
        supplier_refund_announced_on=timezone.localdate() - timedelta(days=60),
    )
    switch_digest(on=True, by=madrid.assistant)
    switch_digest(on=False, by=madrid.merchant)
    carrier = Carrier()
    everybody(MORNING, carrier)
    (sent,) = carrier.mails
    text = text_of(sent)
    assert "Write to" in text
    assert "3 supplier refunds have not come in time" in text
    assert "maria@example.com" not in sent.as_string() + text
    assert "38.70" not in text


def test_it_is_in_the_persons_language(madrid: Cast) -> None:
    bad_day(madrid)
    madrid.merchant.user.language = "es"
    madrid.merchant.user.save(update_fields=["language"])
    carrier = Carrier()
    everybody(MORNING, carrier)
    assert "30 nov 2026" in text_of(carrier.mails[0]).lower()


@pytest.mark.parametrize(
    ("outcome", "state", "again"),
    [
        (Outcome.SENT, "sent", False),
        (Outcome.FAILED, "failed", False),
        (Outcome.UNCERTAIN, "uncertain", False),
        (Outcome.DEFERRED, "deferred", True),
        (Outcome.SENDER_REFUSED, "deferred", True),
    ],
)
def test_only_what_was_clearly_not_accepted_is_tried_again(
    madrid: Cast, outcome: Outcome, state: str, again: bool
) -> None:
    bad_day(madrid)
    everybody(MORNING, Carrier(outcome))
    assert Digest.objects.get().state == state
    carrier = Carrier()
    assert everybody(MORNING + timedelta(minutes=5), carrier) == [], "after a pause"
    assert len(everybody(MORNING + timedelta(minutes=20), carrier)) == again
    assert everybody(MORNING + timedelta(minutes=50), carrier) == []


@pytest.mark.parametrize(("dies", "again"), [("before", True), ("after", False)])
def test_a_worker_that_dies_loses_nothing_before_the_final_dot_and_sends_nothing_twice_after_it(
    madrid: Cast, dies: str, again: bool
) -> None:
    bad_day(madrid)
    with pytest.raises(SystemExit):
        everybody(MORNING, Carrier(dies=dies))
    carrier = Carrier()
    assert everybody(MORNING + timedelta(minutes=1), carrier) == [], "another worker may still have it"
    assert len(everybody(MORNING + timedelta(minutes=10), carrier)) == again


def test_a_worker_that_lost_its_row_sends_no_final_dot(madrid: Cast) -> None:
    bad_day(madrid)

    class Slow(Carrier):
        def deliver(self, **kwargs: Any) -> Delivery:
            Digest.objects.update(attempt=7)
            return super().deliver(**kwargs)

    carrier = Slow()
    assert everybody(MORNING, carrier) == []
    assert Digest.objects.get().attempt == 7


def test_the_sweep_starts_the_tasks_and_the_mail_leaves_through_the_teams_mail_server(
    madrid: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad_day(madrid)
    started: list[int] = []
    monkeypatch.setattr(tasks, "enqueue_on_commit", lambda _task, pk: started.append(pk))
    tasks.sweep_digests()
    assert started == [madrid.merchant.pk]
    tasks.send_digest(started[0])
    assert [sent.subject for sent in mail.outbox] == ["Casa Luna this morning: 1 open incident"]
    assert mail.outbox[0].to == [madrid.merchant.user.email]


def test_the_page_shows_how_it_would_read_and_costs_nothing(madrid: Cast, client_of: SignIn) -> None:
    bad_day(madrid)
    for member, on in ((madrid.merchant, True), (madrid.assistant, False)):
        shown = client_of(member).get(reverse("incidents:digest", args=[madrid.team.slug])).content.decode()
        assert "Casa Luna this morning: 1 open incident" in shown
        assert (f'name="on" value="{0 if on else 1}"') in shown
    assert not Digest.objects.exists()
