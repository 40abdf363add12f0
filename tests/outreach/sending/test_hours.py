"""Mails leave by day where their customer lives, and a campaign may begin later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.refusals import Refused
from closedorders.orders.models import StoreOrder
from closedorders.outreach import actions, sending, tasks
from closedorders.outreach.models import Campaign, Kind, Message
from closedorders.senders.models import SendingRules
from closedorders.senders.pace.actions import set_sending_rules
from closedorders.senders.pace.hours import next_span
from closedorders.senders.pace.zones import zones_of
from tests.cast import Cast
from tests.outreach import scenes
from tests.outreach.pages.responses import text_of, url_of
from tests.outreach.scenes import Scene, draft, make_scene, states
from tests.smtp_sink import SmtpSink

SignIn = Callable[[Membership | None], Client]
NIGHT = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)


class Clock:
    """Sets what the product takes for the present moment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def set(self, moment: datetime) -> None:
        self._monkeypatch.setattr(timezone, "now", lambda: moment)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def _span(moment: datetime, country: str, home: str = "UTC") -> tuple[str, str]:
    found = next_span(moment, opens=time(9), closes=time(20), zones=zones_of(country, home))
    return f"{found.begins:%d %H:%M}", f"{found.ends:%d %H:%M}"


def test_the_hours_are_those_of_every_zone_of_the_country() -> None:
    assert _span(NIGHT, "FR") == ("01 08:00", "01 19:00")
    assert _span(NIGHT, "JP") == ("01 03:00", "01 11:00")
    # On the Canary Islands it is an hour earlier than in Madrid.
    assert _span(NIGHT, "ES") == ("01 09:00", "01 19:00")
    # It is day in Honolulu and in New York at once for six hours.
    assert _span(NIGHT, "US") == ("01 19:00", "02 01:00")
    assert _span(NIGHT, "", home="Asia/Tokyo") == ("01 03:00", "01 11:00")


def test_the_next_days_hours_follow_when_these_are_over() -> None:
    evening = datetime(2026, 12, 1, 19, 0, tzinfo=UTC)
    assert _span(evening, "FR") == ("02 08:00", "02 19:00")
    before_summer_time = datetime(2027, 3, 27, 20, 0, tzinfo=UTC)
    assert _span(before_summer_time, "FR") == ("28 07:00", "28 18:00")


def _live_in(scene: Scene, *countries: str) -> None:
    for customer, country in zip(scene.customers, countries, strict=True):
        StoreOrder.objects.filter(customer=customer).update(ship_country=country)


def _by_day(scene: Scene) -> None:
    set_sending_rules(
        store=scene.store, opens_at=time(9), closes_at=time(20), hourly_cap=None, daily_cap=None, by=scene.by
    )


def test_each_mail_waits_until_it_is_day_for_its_customer(cast: Cast, sink: SmtpSink, clock: Clock) -> None:
    scene = make_scene(cast.merchant, 2)
    _live_in(scene, "FR", "JP")
    _by_day(scene)
    clock.set(NIGHT)
    campaign = scenes.approve(draft(scene, Kind.HOLDING), scene.by, 2)
    clock.set(NIGHT + timedelta(minutes=2))
    tasks.sweep()
    sending.send_due(campaign.pk)
    assert [mail.recipient for mail in sink.received] == [scene.customers[1].email]
    campaign.refresh_from_db()
    assert campaign.is_waiting
    assert campaign.waits_until == datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
    clock.set(datetime(2026, 12, 1, 8, 0, tzinfo=UTC))
    sending.send_due(campaign.pk)
    assert states(campaign) == ["sent", "sent"]


def test_what_did_not_leave_within_the_hours_waits_for_the_next_ones(
    cast: Cast, sink: SmtpSink, clock: Clock
) -> None:
    scene = make_scene(cast.merchant, 1)
    _live_in(scene, "FR")
    _by_day(scene)
    clock.set(datetime(2026, 12, 1, 18, 58, tzinfo=UTC))
    campaign = scenes.approve(draft(scene, Kind.HOLDING), scene.by, 1)
    row = Message.objects.get()
    clock.set(datetime(2026, 12, 1, 19, 0, tzinfo=UTC))
    assert not sending.claim(row.pk, row.attempt, row.recipient)
    tasks.sweep()
    sending.send_due(campaign.pk)
    assert sink.received == []
    row.refresh_from_db()
    assert row.not_before == datetime(2026, 12, 2, 8, 0, tzinfo=UTC)


def test_resuming_at_night_sends_nothing_before_the_day(cast: Cast, sink: SmtpSink, clock: Clock) -> None:
    scene = make_scene(cast.merchant, 1)
    _live_in(scene, "FR")
    _by_day(scene)
    clock.set(NIGHT)
    campaign = scenes.approve(draft(scene, Kind.HOLDING), scene.by, 1)
    clock.set(NIGHT + timedelta(minutes=2))
    actions.pause(campaign=campaign, by=scene.by)
    actions.resume(campaign=campaign, by=scene.by)
    sending.send_due(campaign.pk)
    assert sink.received == []


def test_without_hours_mails_leave_at_night(cast: Cast, sink: SmtpSink, clock: Clock) -> None:
    clock.set(NIGHT)
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    sending.send_due(campaign.pk)
    assert states(campaign) == ["sent"]


def test_a_campaign_begins_when_it_was_told_to(
    cast: Cast, sink: SmtpSink, client_of: SignIn, clock: Clock
) -> None:
    scene = make_scene(cast.merchant, 1)
    campaign = draft(scene, Kind.HOLDING)
    begins = timezone.now().replace(microsecond=0) + timedelta(hours=5)
    client = client_of(cast.merchant)
    local = timezone.localtime(begins, cast.team.zone).strftime("%Y-%m-%dT%H:%M")
    client.post(url_of("approval", campaign), {"count": "1", "begins_at": local})
    campaign.refresh_from_db()
    assert campaign.starts_at == begins.replace(second=0)
    page = text_of(client.get(url_of("campaign", campaign)))
    assert "Starts on" in page
    assert "Take it back" in page
    clock.set(begins - timedelta(minutes=5))
    sending.send_due(campaign.pk)
    assert sink.received == []
    clock.set(begins + timedelta(seconds=1))
    sending.send_due(campaign.pk)
    assert states(campaign) == ["sent"]


def test_a_beginning_must_come_before_the_days_that_the_mail_names(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    campaign = draft(scene, Kind.HOLDING)
    Campaign.objects.filter(pk=campaign.pk).update(new_date=timezone.localdate() + timedelta(days=2))
    for days in (3, 31):
        with pytest.raises(Refused):
            actions.approve_campaign(
                campaign=campaign,
                typed_count=1,
                begins_at=timezone.now() + timedelta(days=days),
                by=scene.by,
            )
    assert not Message.objects.exists()


def test_a_merchant_sets_the_hours_on_the_page_of_the_sender(cast: Cast, client_of: SignIn) -> None:
    store = make_scene(cast.merchant, 1).store
    client = client_of(cast.merchant)
    url = f"/t/{cast.team.slug}/stores/{store.pk}/sending/rules/"
    wrong = client.post(url, {"opens_at": "20:00", "closes_at": "09:00"})
    assert wrong.status_code == 422
    assert "the earlier one first" in text_of(wrong)
    client.post(url, {"opens_at": "09:00", "closes_at": "20:00"})
    rules = SendingRules.objects.get(store=store)
    assert (rules.opens_at, rules.closes_at) == (time(9), time(20))
    noted = AuditEvent.objects.get(verb="sending_rules_set")
    assert noted.after["sending_hours"] == "09:00–20:00"
