"""Writing texts: two tabs, former versions, the class of the mail and its offer put last."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from closedorders.accounts.models import AuditEvent
from closedorders.outreach import actions
from closedorders.outreach.actions.templates import MOST_VERSIONS
from closedorders.outreach.models import Campaign, Kind, Template, TextVersion
from tests.cast import Cast
from tests.outreach.pages.responses import SignIn, said_on, text_of, url_of
from tests.outreach.scenes import Scene, draft, make_ready, make_scene, write_text


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return make_scene(cast.merchant, 1)


def _seen(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found is not None
    return found[1]


def _template_url(scene: Scene, name: str = "template") -> str:
    return reverse(f"outreach:{name}", args=[scene.team.slug, scene.store.pk, "resolution", "en"])


def _words(body: str, seen: str = "") -> dict[str, str]:
    return {"subject": "Your order", "body": body, "reason": "", "seen": seen}


def test_two_tabs_lose_no_text_of_a_campaign(cast: Cast, scene: Scene, client_of: SignIn) -> None:
    campaign, client = draft(scene), client_of(cast.merchant)
    seen = _seen(text_of(client.get(url_of("campaign", campaign))))
    url = url_of("text", campaign, "en")
    assert client.post(url, _words("From the first tab.", seen)).status_code == 302
    answer = client.post(url, _words("From the second tab.", seen))
    page = text_of(answer)
    assert answer.status_code == 422
    assert "From the second tab." in page
    assert "Somebody changed this" in page
    campaign.refresh_from_db()
    assert campaign.texts["en"]["body"] == "From the first tab."
    assert client.post(url, _words("From the second tab.", _seen(page))).status_code == 302
    assert list(TextVersion.objects.of_campaign(campaign, "en").values_list("body", flat=True)) == [
        "From the second tab.",
        "From the first tab.",
    ]


def test_two_tabs_lose_no_text_of_a_template(cast: Cast, scene: Scene, client_of: SignIn) -> None:
    client, url = client_of(cast.merchant), _template_url(scene)
    seen = _seen(text_of(client.get(url)))
    assert client.post(url, _words("First.", seen)).status_code == 302
    answer = client.post(url, _words("Second.", seen))
    page = text_of(answer)
    assert "Second." in page
    assert "Somebody changed this" in page
    assert Template.objects.get().body == "First."
    assert client.post(url, _words("Second.", _seen(page))).status_code == 302
    assert Template.objects.get().body == "Second."


@pytest.mark.parametrize("of_campaign", [True, False])
def test_a_former_text_can_be_had_back_and_none_is_lost_by_it(
    cast: Cast, scene: Scene, client_of: SignIn, of_campaign: bool
) -> None:
    campaign, client = draft(scene), client_of(cast.merchant)
    for body in ("One.", "Two."):
        if of_campaign:
            write_text(scene, campaign, body)
        else:
            actions.save_template(
                store=scene.store,
                kind=Kind.RESOLUTION,
                language="en",
                subject="Hello",
                body=body,
                by=cast.merchant,
            )
    url = (
        url_of("text_versions", campaign, "en") if of_campaign else _template_url(scene, "template_versions")
    )
    page = text_of(client.get(url))
    assert page.index("Two.") < page.index("One.")
    former = TextVersion.objects.get(body="One.")
    assert page.count("Have this one back") == 1
    restoration = reverse("outreach:version_restoration", args=[cast.team.slug, former.pk])
    assert "newest version now" in said_on(client.post(restoration, follow=True))
    campaign.refresh_from_db()
    stored = campaign.texts["en"]["body"] if of_campaign else Template.objects.get().body
    assert stored == "One."
    assert list(TextVersion.objects.order_by("pk").values_list("body", flat=True)) == ["One.", "Two.", "One."]
    verb = "campaign_text_changed" if of_campaign else "template_saved"
    assert AuditEvent.objects.filter(verb=verb).count() == 3


def test_nobody_has_a_text_back_into_a_campaign_that_is_no_draft(
    cast: Cast, scene: Scene, client_of: SignIn
) -> None:
    campaign = draft(scene)
    write_text(scene, campaign, "One.")
    write_text(scene, campaign, "Two.")
    Campaign.objects.update(state="finished")
    former = TextVersion.objects.get(body="One.")
    restoration = reverse("outreach:version_restoration", args=[cast.team.slug, former.pk])
    client_of(cast.merchant).post(restoration)
    campaign.refresh_from_db()
    assert campaign.texts["en"]["body"] == "Two."


def test_only_so_many_former_texts_are_stored(cast: Cast, scene: Scene, client_of: SignIn) -> None:
    campaign = draft(scene)
    for number in range(MOST_VERSIONS + 3):
        write_text(scene, campaign, f"Text {number}.")
    found = TextVersion.objects.of_campaign(campaign, "en")
    assert found.count() == MOST_VERSIONS
    assert found[0].body == f"Text {MOST_VERSIONS + 2}."


def _draft_with(scene: Scene, client: Client, body: str) -> Campaign:
    campaign = make_ready(draft(scene), scene.by)
    client.post(url_of("text", campaign, "en"), _words(body))
    return campaign


def test_the_draft_says_which_class_the_mail_has_and_puts_the_offer_last(
    cast: Cast, scene: Scene, client_of: SignIn
) -> None:
    client = client_of(cast.merchant)
    body = "Hi there,\n\nHere are {code_percent} off: {code}.\n\nYour {orders}: {refund} goes back."
    campaign = _draft_with(scene, client, body)
    page = text_of(client.get(url_of("campaign", campaign)))
    assert "The offer is in the first paragraph." in page
    assert "Send it as advertising" in page
    answer = client.post(url_of("text", campaign, "en"), {**_words(body, _seen(page)), "do": "offer_last"})
    moved = text_of(answer)
    assert answer.status_code == 200
    assert "The offer is moved to the end below." in moved
    campaign.refresh_from_db()
    assert campaign.texts["en"]["body"] == body
    again = answer.context["texts"][0]["form"].initial
    client.post(url_of("text", campaign, "en"), again)
    page = text_of(client.get(url_of("campaign", campaign)))
    assert "About the order, with an offer" in page
    assert "Put the offer last" not in page


def test_a_mail_may_be_sent_as_advertising_when_a_merchant_says_so(
    cast: Cast, scene: Scene, client_of: SignIn
) -> None:
    client = client_of(cast.merchant)
    body = "Here are {code_percent} off: {code}.\n\nYour {orders}: {refund} goes back."
    campaign = _draft_with(scene, client, body)
    page = text_of(client.get(url_of("campaign", campaign)))
    client.post(url_of("text", campaign, "en"), {**_words(body, _seen(page)), "do": "advertising"})
    page = text_of(client.get(url_of("campaign", campaign)))
    assert "The mail is advertising, as you said." in page
    assert AuditEvent.objects.filter(verb="campaign_advertising_confirmed").count() == 1
