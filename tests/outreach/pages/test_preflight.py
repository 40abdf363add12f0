"""Whether the mails will arrive, on the page of a draft; and what stops an approval."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from closedorders.core.refusals import Refused
from closedorders.outreach import sending
from closedorders.outreach.models import Campaign, Kind, Message
from closedorders.outreach.plans import preflight
from closedorders.outreach.plans.checks import checks_of
from closedorders.outreach.plans.plan import Plan
from closedorders.senders.findings import State
from closedorders.senders.models import SenderCheck
from closedorders.senders.preflight import Line
from closedorders.senders.tasks import check_sender
from tests.access.masked_pages import SignIn
from tests.cast import Cast
from tests.dns_stub import DnsStub
from tests.factories import make_customer, make_store
from tests.outreach import scenes
from tests.outreach.scenes import make_scene
from tests.senders.conftest import dns
from tests.smtp_sink import Act, SmtpSink

__all__ = ["dns"]


def line(campaign: Campaign, code: str) -> Line:
    plan = Plan(campaign)
    return next(each for each in preflight.campaign_lines(plan, checks_of(plan)) if each.code == code)


def test_a_new_draft_is_checked_without_being_asked(cast: Cast, sink: SmtpSink, dns: DnsStub) -> None:
    campaign = scenes.draft(make_scene(cast.merchant, 1))
    check = SenderCheck.objects.get(store=campaign.store)
    assert (check.state, sink.connections) == (SenderCheck.State.WAITING, 0)


def test_the_page_has_every_line_and_waits_for_a_check_that_runs(
    cast: Cast, client_of: SignIn, sink: SmtpSink, dns: DnsStub
) -> None:
    campaign = scenes.draft(make_scene(cast.merchant, 1))
    person = client_of(cast.merchant)
    lines = reverse("senders:lines", args=[cast.team.slug, campaign.store_id])
    page = person.get(campaign.get_absolute_url()).content.decode()
    assert f'hx-get="{lines}"' in page
    assert "Mails leave through the mail server of this installation" in page
    check_sender(SenderCheck.objects.get().pk)
    page = person.get(campaign.get_absolute_url()).content.decode()
    assert f'hx-get="{lines}"' not in page
    for name in ("Mail server", "SPF", "DKIM", "DMARC", "Same domain", "Replies", "Bulk sender"):
        assert f'<span class="check-text">{name}</span>' in page
    assert "hx-get" not in person.get(lines).content.decode()


def test_buttons_lead_back_to_the_draft_and_never_to_another_site(cast: Cast, client_of: SignIn) -> None:
    campaign = scenes.draft(make_scene(cast.merchant, 1))
    check = reverse("senders:check", args=[cast.team.slug, campaign.store_id])
    here = f"{campaign.get_absolute_url()}#preflight"
    person = client_of(cast.merchant)
    assert person.post(check, {"next": here}).headers["Location"] == here
    for evil in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "evil"):
        assert person.post(check, {"next": evil}).headers["Location"].endswith("/sending/")


def test_a_server_that_refuses_the_sender_stops_the_approval_until_it_takes_it(
    cast: Cast, sink: SmtpSink, dns: DnsStub
) -> None:
    sink.play(Act("mail", "553 5.7.1 not owned by user shop"))
    campaign = scenes.draft(make_scene(cast.merchant, 1), Kind.HOLDING)
    check = SenderCheck.objects.get()
    check_sender(check.pk)
    with pytest.raises(Refused, match=r"refuses hello@casaluna\.example"):
        scenes.approve(campaign, cast.merchant, 1)
    SenderCheck.objects.update(state="waiting")
    check_sender(check.pk)
    assert scenes.approve(campaign, cast.merchant, 1).state == Campaign.State.SENDING


def test_red_lines_of_the_dns_are_advice(cast: Cast, sink: SmtpSink, dns: DnsStub) -> None:
    dns.records.clear()
    campaign = scenes.draft(make_scene(cast.merchant, 1), Kind.HOLDING)
    check_sender(SenderCheck.objects.get().pk)
    assert scenes.approve(campaign, cast.merchant, 1).state == Campaign.State.SENDING


def test_names_marketplace_addresses_and_apples_are_counted(cast: Cast) -> None:
    store = make_store(cast.team)
    people = [
        make_customer(store, name=""),
        make_customer(store, email="x@privaterelay.appleid.com"),
    ]
    campaign = scenes.draft(make_scene(cast.merchant, customers=people, store=store))
    assert line(campaign, "names").words.startswith("1 person has no first name")
    assert "Apple forwards" in line(campaign, "relays").words
    sold = make_customer(store, email="x@marketplace.amazon.com")
    campaign = scenes.draft(make_scene(cast.merchant, customers=[sold, make_customer(store)], store=store))
    found = line(campaign, "relays")
    assert (found.state, "marketplace's chat" in found.words) == (State.BAD, True)


def test_mails_to_gmail_are_counted_with_those_of_the_last_day(
    cast: Cast, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "NEAR", 4)
    store = make_store(cast.team)

    def campaign_to(*addresses: str) -> Campaign:
        people = [make_customer(store, email=address) for address in addresses]
        return scenes.draft(make_scene(cast.merchant, customers=people, store=store), Kind.HOLDING)

    first = campaign_to("a@gmail.com", "b@googlemail.com", "c@example.com")
    assert line(first, "bulk").words.startswith("2 mails go to Gmail")
    scenes.start(scenes.approve(first, cast.merchant, 3))
    sending.send_due(first.pk)
    second = campaign_to("d@gmail.com", "e@gmail.com")
    found = line(second, "bulk")
    assert (found.state, "4 mails of this domain" in found.words) == (State.BAD, True)
    Message.objects.filter(campaign=first).update(settled_at=timezone.now() - timedelta(days=2))
    assert line(second, "bulk").state is State.GOOD


def test_the_page_of_a_paused_campaign_says_what_to_correct_and_leads_there(
    cast: Cast, client_of: SignIn, sink: SmtpSink
) -> None:
    sink.play(Act("rcpt", "550 5.7.26 the sender is unauthenticated", times=None))
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    sending.send_due(campaign.pk)
    page = client_of(cast.merchant).get(campaign.get_absolute_url()).content.decode()
    assert "correct SPF, DKIM and DMARC" in page
    where = reverse("senders:sending", args=[cast.team.slug, campaign.store_id])
    assert f'href="{where}"' in page
    assert where not in client_of(cast.assistant).get(campaign.get_absolute_url()).content.decode()
