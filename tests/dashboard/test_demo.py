"""The demo tells one story: nothing in it happens before what it follows from, and no reason contradicts another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases.models import Case, Slot
from closedorders.cases.reads import case_summary
from closedorders.closures.models import Closure, Incident
from closedorders.dashboard import demo
from closedorders.orderfiles import samples
from closedorders.risk.models import RiskSnapshot
from closedorders.risk.tuning import backtest
from tests.cast import Cast
from tests.factories import make_buyer_account, make_store, make_store_order, make_supplier_order
from tests.imports.files import import_file

SignIn = Callable[[Membership | None], Client]


@pytest.fixture
def told(cast: Cast) -> Cast:
    """The demo's orders, as its files bring them, and what happened to them."""
    store, account = make_store(cast.team), make_buyer_account(cast.team, "Main")
    start = timezone.localdate() - timedelta(days=demo.DAYS + 1)
    for order in samples.sample_orders(orders=demo.ORDERS, seed=demo.SEED, start=start, days=demo.DAYS):
        sale = make_store_order(store, placed_at=order.placed_at)
        for number in order.aliexpress_numbers:
            make_supplier_order(
                cast.team, sale, number=number, placed_at=order.placed_at, buyer_account=account
            )
    for _twice in range(2):
        demo._earlier_incident(account, cast.merchant, cast.assistant)
        demo._bad_day(account, cast.merchant, cast.assistant)
    return cast


def test_every_closure_is_logged_after_it_happened_and_made_good_after_that(told: Cast) -> None:
    now = timezone.now()
    for closure in Closure.objects.filter(team=told.team).select_related("supplier_order", "incident"):
        placed = closure.supplier_order.placed_at
        assert placed is not None
        assert placed <= closure.closed_at <= closure.logged_at <= now
        assert closure.incident.opened_at <= closure.logged_at
        if closure.outcome_at:
            assert closure.logged_at < closure.outcome_at < (closure.incident.ended_at or now)


def test_the_earlier_trouble_is_over_before_the_bad_day_begins(told: Cast) -> None:
    earlier, bad_day = Incident.objects.filter(team=told.team).order_by("number")
    assert earlier.ended_at is not None
    assert earlier.ended_at < bad_day.closures.earliest("closed_at").closed_at
    assert bad_day.ended_at is None
    reasons = [
        {code for code in incident.closures.values_list("reason__code", flat=True) if code}
        for incident in (earlier, bad_day)
    ]
    assert reasons == [{"payment_timeout"}, {"fraud_review"}]
    assert not Case.objects.filter(incident=earlier).exists()


def test_the_case_follows_the_closures_and_its_clock_runs_since_the_first_closure(told: Cast) -> None:
    case = Case.objects.get(team=told.team)
    assert case.opened_at > case.incident.opened_at
    contact = case.contacts.get()
    ready = case.slots.filter(state=Slot.State.READY)
    assert ready.count() == 5
    assert case.opened_at < contact.at < min(slot.changed_at for slot in ready if slot.changed_at)
    clock = case_summary(case).clock
    assert timedelta(hours=20, minutes=59) < clock.total < timedelta(hours=21, minutes=5)
    assert clock.ours == clock.total


def test_the_audit_trail_has_the_same_times(told: Cast) -> None:
    case = Case.objects.get(team=told.team)
    opened = AuditEvent.objects.get(verb="case_opened")
    assert abs(opened.at - case.opened_at) < timedelta(seconds=5)
    last = AuditEvent.objects.filter(team=told.team).latest("at")
    assert last.verb == "check_confirmed"


def test_today_has_one_next_step(told: Cast, client_of: SignIn) -> None:
    page = client_of(told.merchant).get(f"/t/{told.team.slug}/").content.decode()
    assert "Get the documents ready" in page
    assert "<h2>Set up</h2>" not in page


def test_the_checklist_had_warned_three_days_before_the_bad_day(cast: Cast) -> None:
    store = make_store(cast.team)
    account = make_buyer_account(cast.team, "Main", card_country="ES", ordering_place="Madrid")
    import_file(demo._stock_csv(cast.team), store=store, by=cast.assistant, account=account)
    for _twice in range(2):
        demo._warnings(cast.team)
    warned = RiskSnapshot.objects.filter(team=cast.team)
    assert len(warned) == demo.WARNED_DAYS
    today = timezone.localdate(timezone=cast.team.zone)
    # The first closure of the bad day is of yesterday, or of today where it is late in the evening.
    assert warned.get(day=today - timedelta(days=4)).states["fraud_review"] == "watch"
    assert warned.get(day=today - timedelta(days=2)).states["fraud_review"] == "act"
    tried = backtest(cast.team, "spend_watch", 7_000, months=3)
    assert tried.fired[0] == today - timedelta(days=4)
