"""An order that was reopened or made good before its mail leaves drops out of it, or stops it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.cases.actions import move_case, open_case
from closedorders.cases.moves import UNBLOCKING
from closedorders.closures import actions as closures
from closedorders.closures.models import Closure
from closedorders.core.mail.delivery import Delivery, Outcome, Phase, Reason
from closedorders.orders.models import StoreOrder
from closedorders.orders.status import changed_statuses as changed_statuses
from closedorders.outreach import actions, sending
from closedorders.outreach.audience import Person
from closedorders.outreach.models import Kind, Message
from closedorders.outreach.plans.plan import Plan
from tests.cast import Cast
from tests.factories import make_customer, make_store
from tests.outreach import scenes
from tests.outreach.scenes import Scene, make_scene
from tests.smtp_sink import SmtpSink


@pytest.fixture
def scene(cast: Cast) -> Scene:
    """One customer with two closed orders."""
    store = make_store(cast.team)
    maria = make_customer(store)
    scene = make_scene(cast.merchant, store=store, customers=[maria, maria])
    scene.customers.pop()
    return scene


def _closures() -> list[Closure]:
    return list(Closure.objects.select_related("supplier_order__store_order").order_by("pk"))


def _number(closure: Closure) -> str:
    assert closure.supplier_order.store_order is not None
    return closure.supplier_order.store_order.number


@pytest.mark.parametrize("kind", Kind.values)
def test_an_order_that_was_reopened_drops_out_of_the_mail(scene: Scene, sink: SmtpSink, kind: Kind) -> None:
    campaign = scenes.sending(scene, kind)
    reopened, closed = _closures()
    before = Message.objects.get()
    assert _number(reopened) in before.body
    closures.reopen_closure(closure=reopened, by=scene.by)
    sending.send_due(campaign.pk)
    message = Message.objects.get()
    assert message.state == "sent"
    assert list(message.closures.all()) == [closed]
    [mail] = sink.received
    assert _number(reopened) not in message.body
    assert _number(closed) in message.body
    assert _number(reopened).encode() not in mail.content
    assert message.message_id == before.message_id
    assert changed_statuses(list(StoreOrder.objects.values_list("pk", flat=True))) == {}


def test_the_refund_in_the_mail_is_that_of_the_order_that_is_left(scene: Scene, sink: SmtpSink) -> None:
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    assert "9.00" in Message.objects.get().body.replace(",", "."), "10 % of two orders of 45.00"
    closures.reopen_closure(closure=_closures()[0], by=scene.by)
    sending.send_due(campaign.pk)
    assert "4.50" in Message.objects.get().body.replace(",", ".")


def test_a_mail_that_is_written_anew_is_proven_to_have_nothing_of_others(
    cast: Cast, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store(cast.team)
    maria, jonas = make_customer(store, "Maria García"), make_customer(store, "Jonas Weber")
    scene = make_scene(cast.merchant, store=store, customers=[maria, maria, jonas])
    scene.customers.pop(0)
    campaign = scenes.sending(scene, Kind.HOLDING)
    of_jonas = jonas.orders.get().number
    values = Plan.values

    def mixed_up(plan: Plan, person: Person) -> dict[str, str | None]:
        """As if a mistake in the program put another customer's order into what is written anew."""
        right = values(plan, person)
        return right | {"orders": of_jonas} if len(person.orders) == 1 and person.customer == maria else right

    monkeypatch.setattr(Plan, "values", mixed_up)
    closures.reopen_closure(closure=_closures()[0], by=scene.by)
    sending.send_due(campaign.pk)
    assert [mail.recipient for mail in sink.received] == [jonas.email]
    message = Message.objects.get(customer=maria)
    assert (message.state, message.skip_reason) == ("skipped", "changed")
    assert of_jonas not in message.body


def _reopen(closure: Closure, scene: Scene) -> None:
    closures.reopen_closure(closure=closure, by=scene.by)


def _refund(closure: Closure, scene: Scene) -> None:
    closures.set_outcome(closure=closure, outcome="refunded", by=scene.by)


def _cancel_in_the_shop(closure: Closure, scene: Scene) -> None:
    StoreOrder.objects.filter(number=_number(closure)).update(cancelled_at=timezone.now())


@pytest.mark.parametrize(
    ("change", "why"), [(_reopen, "reopened"), (_refund, "settled"), (_cancel_in_the_shop, "settled")]
)
def test_a_mail_of_which_no_order_is_left_is_not_sent(
    scene: Scene, sink: SmtpSink, change: Callable[[Closure, Scene], None], why: str
) -> None:
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    for closure in _closures():
        change(closure, scene)
    sending.send_due(campaign.pk)
    message = Message.objects.get()
    assert (message.state, message.skip_reason) == ("skipped", why)
    assert sink.received == []
    campaign.refresh_from_db()
    assert campaign.state == "finished"


def test_what_is_reopened_while_the_mail_is_on_the_wire_stops_it_before_its_final_dot(scene: Scene) -> None:
    campaign = scenes.sending(scene, Kind.HOLDING)
    reopened, closed = _closures()
    contents: list[bytes] = []

    class Wire:
        def deliver(self, *, content: bytes, before_final_dot: Callable[[], bool], **_rest: Any) -> Delivery:
            if not contents:
                closures.reopen_closure(closure=reopened, by=scene.by)
            contents.append(content)
            if not before_final_dot():
                return Delivery(outcome=Outcome.DEFERRED, phase=Phase.DATA, reason=Reason.LOST_CLAIM)
            return Delivery(outcome=Outcome.SENT, phase=Phase.FINAL_DOT, reason=Reason.ACCEPTED)

        def close(self) -> None:
            pass

    sending.send_due(campaign.pk, transport=Wire())
    assert len(contents) == 2
    assert _number(reopened).encode() not in contents[1]
    message = Message.objects.get()
    assert (message.state, list(message.closures.all())) == ("sent", [closed])


def test_words_that_nobody_approved_are_not_sent(scene: Scene, sink: SmtpSink) -> None:
    campaign = scenes.sending(scene, Kind.HOLDING)
    actions.save_template(
        store=scene.store,
        kind=Kind.HOLDING,
        language="en",
        subject="Other",
        body="Other words {orders}",
        by=scene.by,
    )
    closures.reopen_closure(closure=_closures()[0], by=scene.by)
    sending.send_due(campaign.pk)
    message = Message.objects.get()
    assert (message.state, message.skip_reason) == ("skipped", "changed")
    assert sink.received == []
    # A person prepares a new one.
    assert len(Plan(scenes.draft(scene, Kind.HOLDING)).people) == 1


def test_an_account_that_is_blocked_again_stops_the_apologies(scene: Scene, sink: SmtpSink) -> None:
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    case = open_case(incident=scene.incident, by=scene.by, again=True)
    sending.send_due(campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.pause_cause) == ("paused", "not_solved")
    assert (scenes.states(campaign), sink.received) == (["queued"], [])
    move_case(case=case, move=UNBLOCKING, by=scene.by, note="It was a mistake of theirs.")
    actions.resume(campaign=campaign, by=scene.by)
    sending.send_due(campaign.pk)
    assert scenes.states(campaign) == ["sent"]


def test_nothing_is_read_twice_where_nothing_changed(cast: Cast, sink: SmtpSink) -> None:
    counts = []
    for people in (1, 6):
        campaign = scenes.sending(make_scene(cast.merchant, people))
        with CaptureQueriesContext(connection) as queries:
            sending.send_due(campaign.pk)
        looks = [query["sql"] for query in queries.captured_queries if "outreach_suppression" in query["sql"]]
        # What is stored of the order afterwards asks for blocked addresses as well, beginning with its closures.
        # With each final dot it is looked at once more, by the UPDATE itself.
        selects = [look for look in looks if look.startswith("SELECT")]
        counts.append(sum('SELECT "closures_closure"' not in look for look in selects))
    assert counts == [1, 1], "one look for all of them"
