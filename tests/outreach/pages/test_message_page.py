"""The page of one mail, and the ways to it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from closedorders.outreach.models import Kind, Message
from closedorders.outreach.sending import send_due
from tests.cast import Cast
from tests.outreach import scenes
from tests.outreach.pages.responses import SignIn, text_of, url_of
from tests.outreach.scenes import draft, make_scene
from tests.smtp_sink import SmtpSink


def _address(message: Message) -> str:
    return reverse("outreach:message", args=[message.team.slug, message.pk])


def test_a_merchant_reads_what_a_customer_got_word_for_word(
    cast: Cast, client_of: SignIn, sink: SmtpSink
) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 2), Kind.RESOLUTION)
    send_due(campaign.pk)
    message = campaign.messages.select_related("team", "customer").all()[0]
    page = text_of(client_of(cast.merchant).get(_address(message)))
    assert message.subject in page
    code = campaign.codes.get(customer=message.customer).code
    assert code in page
    for line in message.body.splitlines():
        assert " ".join(line.split()) in " ".join(page.split())
    assert message.recipient in page
    assert "Sent" in page
    assert message.reply_words in page


def test_an_assistant_sees_what_became_of_it_and_neither_code_nor_text(
    cast: Cast, client_of: SignIn, sink: SmtpSink
) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1), Kind.RESOLUTION)
    send_due(campaign.pk)
    message = campaign.messages.select_related("team").get()
    page = text_of(client_of(cast.assistant).get(_address(message)))
    assert "Sent" in page
    assert "merchants of your team read it" in page
    assert message.recipient not in page
    assert message.subject not in page
    assert campaign.codes.get().code not in page


def test_an_assistant_reads_a_note_to_wait_with_its_addresses_masked(cast: Cast, client_of: SignIn) -> None:
    scene = make_scene(cast.merchant, 1)
    campaign = draft(scene, Kind.HOLDING)
    scenes.write_text(scene, campaign, "Hello, answer to boss@example.com, please.")
    scenes.approve(campaign, cast.merchant, 1)
    page = text_of(client_of(cast.assistant).get(_address(campaign.messages.select_related("team").get())))
    assert "Hello, answer to" in page
    assert "boss@example.com" not in page


def test_the_ledger_and_the_orders_timeline_lead_to_the_mail(cast: Cast, client_of: SignIn) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    message = campaign.messages.select_related("team").get()
    order = message.closures.get().supplier_order.store_order
    assert order is not None
    for member in (cast.merchant, cast.assistant):
        client = client_of(member)
        assert _address(message) in client.get(url_of("campaign", campaign)).content.decode()
        order_page = client.get(reverse("orders:order", args=[cast.team.slug, order.pk]))
        assert order_page.content.decode().count(_address(message)) >= 2


def test_a_mail_of_another_team_is_not_found(cast: Cast, other_cast: Cast, client_of: SignIn) -> None:
    message = scenes.sending(make_scene(other_cast.merchant, 1)).messages.get()
    client = client_of(cast.merchant)
    assert client.get(reverse("outreach:message", args=[cast.team.slug, message.pk])).status_code == 404


def test_the_page_of_a_mail_takes_no_more_queries_for_more_orders(cast: Cast, client_of: SignIn) -> None:
    client = client_of(cast.merchant)
    numbers = []
    for people in (1, 6):
        campaign = scenes.sending(make_scene(cast.merchant, people))
        message = campaign.messages.select_related("team").all()[0]
        client.get(_address(message))
        with CaptureQueriesContext(connection) as queries:
            client.get(_address(message))
        numbers.append(len(queries))
    assert numbers[0] == numbers[1] <= 14


@pytest.mark.parametrize("do", ["arrived", "again"])
def test_a_page_of_uncertain_mails_is_decided_at_once(cast: Cast, client_of: SignIn, do: str) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 3))
    Message.objects.update(state=Message.State.UNCERTAIN)
    client = client_of(cast.merchant)
    page = client.get(url_of("campaign", campaign) + "?state=uncertain").content.decode()
    assert page.count('form="decide"') == 3
    ticked = [str(pk) for pk in Message.objects.values_list("pk", flat=True)[:2]]
    said = client.post(url_of("decisions", campaign), {"pk": ticked, "do": do}, follow=True)
    assert ("2 mails arrived" if do == "arrived" else "2 mails are sent again") in text_of(said)
    shown = text_of(client.get(url_of("campaign", campaign)))
    assert f"Decided by {cast.merchant.user}" in shown


def test_an_assistant_is_not_asked_to_decide(cast: Cast, client_of: SignIn) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    Message.objects.update(state=Message.State.UNCERTAIN)
    assert 'form="decide"' not in client_of(cast.assistant).get(url_of("campaign", campaign)).content.decode()


def test_an_unknown_decision_is_not_found(cast: Cast, client_of: SignIn) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    assert client_of(cast.merchant).post(url_of("decisions", campaign), {"do": "x"}).status_code == 404
