"""“No more offers”: the button of a mail program (RFC 8058), the page behind it, and what the merchant may do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.refusals import Refused
from closedorders.outreach import actions
from closedorders.outreach.models import Campaign, Kind, Message, Suppression
from closedorders.outreach.sending import send_due
from closedorders.outreach.texts.public_links import read_unsubscribe_token, unsubscribe_token
from tests.cast import Cast
from tests.outreach.conftest import sink as sink
from tests.outreach.scenes import make_scene, sending
from tests.responses.conftest import SITE
from tests.smtp_sink import SmtpSink

SignIn = Callable[[Membership | None], Client]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def mail_of(cast: Cast) -> Message:
    return Message.objects.get(campaign=sending(make_scene(cast.merchant, 1), Kind.RESOLUTION))


def url_of(message: Message) -> str:
    return reverse("offers", args=[unsubscribe_token(message.pk)])


def test_a_mail_with_an_offer_has_the_button_of_mail_programs_and_a_note_to_wait_has_none(
    cast: Cast, sink: SmtpSink
) -> None:
    for kind in (Kind.RESOLUTION, Kind.HOLDING):
        send_due(sending(make_scene(cast.merchant, 1), kind).pk)
    offer, note = (each.message for each in sink.received)
    message = Message.objects.get(kind=Kind.RESOLUTION)
    assert offer["List-Unsubscribe"] == f"<{SITE}{url_of(message)}>"
    assert offer["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert note["List-Unsubscribe"] is None
    assert note["List-Unsubscribe-Post"] is None


def test_without_an_offer_or_an_https_address_a_mail_has_no_button(
    cast: Cast, sink: SmtpSink, settings: Settings, client_of: SignIn
) -> None:
    campaign = sending(make_scene(cast.merchant, 1), Kind.RESOLUTION)
    Campaign.objects.filter(pk=campaign.pk).update(code_percent=0, refund_percent=0, gift="")
    send_due(campaign.pk)
    settings.SITE_URL = "http://127.0.0.1:8000"
    send_due(sending(make_scene(cast.merchant, 1), Kind.RESOLUTION).pk)
    assert len(sink.received) == 2
    assert not [each for each in sink.received if each.message["List-Unsubscribe"]]
    page = client_of(cast.merchant).get(reverse("outreach:suppressions", args=[cast.team.slug]))
    assert "SITE_URL names none" in page.content.decode()


def test_opening_the_link_changes_nothing_and_only_pressing_does(cast: Cast) -> None:
    """Programs that check mails open every link."""
    message = mail_of(cast)
    for _ in range(3):
        assert Client().get(url_of(message)).status_code == 200
        assert Client().head(url_of(message)).status_code == 200
    assert not Suppression.objects.exists()
    answer = Client(enforce_csrf_checks=True).post(url_of(message), ONE_CLICK)
    assert (answer.status_code, dict(answer.cookies)) == (200, {})
    row = Suppression.objects.get()
    assert (row.email, row.cause, row.created_by, row.team) == (message.recipient, "asked", None, cast.team)
    Client().post(url_of(message), ONE_CLICK)
    assert Suppression.objects.count() == 1
    event = AuditEvent.objects.get(verb="offers_declined")
    assert (event.actor, event.team) == (None, cast.team)
    assert message.recipient not in f"{event.label}{event.before}{event.after}"


@pytest.mark.parametrize("token", ["x", "A" * 38, "A" * 39])
def test_a_token_that_was_not_made_here_changes_nothing(cast: Cast, token: str) -> None:
    mail_of(cast)
    assert read_unsubscribe_token(token) is None
    assert Client().post(reverse("offers", args=[token]), ONE_CLICK).status_code == 404
    assert not Suppression.objects.exists()


def test_what_was_pressed_by_mistake_is_taken_back_on_the_page(cast: Cast) -> None:
    message = mail_of(cast)
    page = Client().post(url_of(message), ONE_CLICK)
    assert "I pressed it by mistake" in page.content.decode()
    Client().post(url_of(message), {"undo": "1"})
    assert not Suppression.objects.live().exists()
    assert AuditEvent.objects.filter(verb="offers_accepted_again").count() == 1
    Client().post(url_of(message), {"undo": "1"})
    assert AuditEvent.objects.filter(verb="offers_accepted_again").count() == 1


def test_an_address_that_a_merchant_blocked_is_not_released_by_the_link(cast: Cast) -> None:
    message = mail_of(cast)
    actions.add_suppression(
        team=cast.team,
        email=message.recipient,
        cause=Suppression.Cause.BY_HAND,
        detail="",
        by=cast.merchant,
    )
    page = Client().post(url_of(message), ONE_CLICK)
    assert "by mistake" not in page.content.decode()
    Client().post(url_of(message), {"undo": "1"})
    assert Suppression.objects.live().get().cause == "by_hand"


def test_a_merchant_releases_what_a_person_pressed_only_with_a_reason_that_is_noted(
    cast: Cast, client_of: SignIn
) -> None:
    message = mail_of(cast)
    Client().post(url_of(message), ONE_CLICK)
    row = Suppression.objects.get()
    with pytest.raises(Refused):
        actions.release_suppression(suppression=row, by=cast.merchant)
    url = reverse("outreach:suppression_release", args=[cast.team.slug, row.pk])
    page = client_of(cast.merchant).post(url, {"why": "  "}, follow=True)
    assert "wants no mails of yours" in page.content.decode()
    assert Suppression.objects.live().exists()
    client_of(cast.merchant).post(url, {"why": "She wrote to us on Friday."})
    assert not Suppression.objects.live().exists()
    event = AuditEvent.objects.get(verb="address_released")
    assert event.after == {"why": "She wrote to us on Friday."}
