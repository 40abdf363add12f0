from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from closedorders.outreach import actions
from closedorders.outreach.models import Campaign, Kind, Message, Suppression
from closedorders.outreach.sending import send_due
from tests.cast import Cast
from tests.outreach import scenes
from tests.outreach.pages.responses import SignIn, said_on, text_of, url_of
from tests.outreach.scenes import draft, make_ready, make_scene


def test_a_merchant_goes_from_the_list_to_a_finished_campaign(cast: Cast, client_of: SignIn) -> None:
    scene = make_scene(cast.merchant, 2)
    client = client_of(cast.merchant)
    listed = text_of(client.get(reverse("outreach:campaigns", args=[cast.team.slug])))
    assert "2 customers" in listed
    assert "Write the apology" in listed
    made = client.post(
        reverse("outreach:campaign_creation", args=[cast.team.slug, scene.incident.number]),
        {"kind": "resolution", "store": scene.store.pk},
    )
    campaign = Campaign.objects.get()
    assert made.url == url_of("campaign", campaign)  # type: ignore[attr-defined]  # the test client's answers have no public type
    page = text_of(client.get(made.url))  # type: ignore[attr-defined]  # the test client's answers have no public type
    assert "Missing" in page
    assert "Send to 2 people" not in page
    client.post(url_of("preparation", campaign))
    client.post(url_of("codes_loading", campaign))
    client.post(url_of("refunds_approval", campaign))
    assert "Send to 2 people" in text_of(client.get(url_of("campaign", campaign)))
    wrong = client.post(url_of("approval", campaign), {"count": "3"}, follow=True)
    assert "You typed 3" in said_on(wrong)
    client.post(url_of("approval", campaign), {"count": "2"})
    page = text_of(client.get(url_of("campaign", campaign)))
    assert "Take it back" in page
    assert "Starts in" in page
    scenes.start(campaign)
    send_due(campaign.pk)
    page = text_of(client.get(url_of("campaign", campaign)))
    assert "Finished" in page
    assert len(mail.outbox) == 2


def test_the_progress_moves_by_itself_and_asks_for_the_page_when_it_changes(
    cast: Cast, client_of: SignIn
) -> None:
    campaign = scenes.approve(draft(make_scene(cast.merchant, 2), Kind.HOLDING), cast.merchant, 2)
    client = client_of(cast.merchant)
    url = url_of("progress", campaign) + "?phase=undo"
    waiting = client.get(url)
    assert "HX-Refresh" not in waiting
    assert "hx-get" in text_of(waiting)
    scenes.start(campaign)
    assert client.get(url)["HX-Refresh"] == "true"
    Message.objects.update(state="sent", settled_at=timezone.now())
    Campaign.objects.update(state="finished")
    done = client.get(url_of("progress", campaign) + "?phase=finished")
    assert "hx-get" not in text_of(done)
    assert "2 of 2" in text_of(done)


def test_the_ledger_has_tabs_by_state_and_says_why(cast: Cast, client_of: SignIn) -> None:
    scene = make_scene(cast.merchant, 3)
    campaign = scenes.sending(scene)
    failed, waiting, _sent = Message.objects.order_by("pk")
    Message.objects.filter(pk=failed.pk).update(
        state="failed", reason="refused", reply_code=550, reply_words="5.1.1 no such user"
    )
    Message.objects.filter(pk=waiting.pk).update(
        state="deferred", reason="timed_out", not_before=timezone.now() + timedelta(minutes=5)
    )
    client = client_of(cast.merchant)
    page = text_of(client.get(url_of("campaign", campaign)))
    assert "550 5.1.1 no such user" in page
    assert "did not answer in time" in page
    assert "Next try:" in page
    only = text_of(client.get(url_of("campaign", campaign) + "?state=failed"))
    assert failed.recipient in only
    assert waiting.recipient not in only


@pytest.mark.parametrize(
    ("language", "reply", "pause"),
    [
        ("en", "“550 no such user”", "It said: “535 wrong password”"),
        ("es", "«550 no such user»", "Decía: «535 wrong password»"),
    ],
)
def test_what_the_mail_server_said_is_quoted_as_the_language_does(
    cast: Cast, client_of: SignIn, language: str, reply: str, pause: str
) -> None:
    cast.merchant.user.language = language
    cast.merchant.user.save()
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    Message.objects.update(state="failed", reason="refused", reply_code=550, reply_words="no such user")
    Campaign.objects.update(state="paused", pause_cause="sender_refused", pause_reason="535 wrong password")
    page = text_of(client_of(cast.merchant).get(url_of("campaign", campaign)))
    assert reply in page
    assert pause in page


@pytest.mark.parametrize("page", ["draft", "run", "campaigns", "codes", "refunds", "suppressions"])
def test_pages_cost_the_same_queries_for_2_and_50(
    cast: Cast, other_cast: Cast, client_of: SignIn, page: str
) -> None:
    counts = []
    for people, members in ((2, cast), (50, other_cast)):
        scene = make_scene(members.merchant, people)
        campaign = draft(scene)
        actions.prepare(campaign=campaign, by=members.merchant)
        if page == "run":
            make_ready(campaign, members.merchant)
            scenes.approve(campaign, members.merchant, people)
            Message.objects.filter(campaign=campaign).update(state="uncertain")
        for number in range(people):
            actions.add_suppression(
                team=members.team,
                email=f"x{number}@example.com",
                cause=Suppression.Cause.ASKED,
                detail="",
                by=members.merchant,
            )
            if page == "campaigns":
                draft(make_scene(members.merchant, 1), Kind.HOLDING)
        name = {"draft": "campaign", "run": "campaign"}.get(page, page)
        args = [campaign.pk] if name == "campaign" else []
        client = client_of(members.merchant)
        url = reverse(f"outreach:{name}", args=[members.team.slug, *args])
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
