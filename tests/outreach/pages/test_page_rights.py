from __future__ import annotations

import pytest
from django.urls import reverse

from closedorders.core.text.masks import mask_email
from closedorders.outreach import actions
from closedorders.outreach.models import Kind, Message, Refund, Suppression
from tests.cast import Cast
from tests.outreach import scenes
from tests.outreach.pages.responses import SignIn, text_of, url_of
from tests.outreach.scenes import draft, make_scene

CAMPAIGN_POSTS = [
    ("offer", ()),
    ("preparation", ()),
    ("campaign_codes_file", ()),
    ("codes_loading", ()),
    ("refunds_approval", ()),
    ("text", ("en",)),
    ("left_out", ()),
    ("test_mail", ()),
    ("approval", ()),
    ("withdrawal", ()),
    ("pausing", ()),
    ("resumption", ()),
    ("cancellation", ()),
    ("retries", ()),
]
MERCHANTS_PAGES = ["codes", "refunds", "refunds_file", "suppressions", "templates"]


@pytest.mark.parametrize(("name", "args"), CAMPAIGN_POSTS)
def test_only_a_merchant_changes_a_campaign(
    cast: Cast, other_cast: Cast, client_of: SignIn, name: str, args: tuple[object, ...]
) -> None:
    campaign = draft(make_scene(cast.merchant, 1))
    url = url_of(name, campaign, *args)
    assert client_of(cast.assistant).post(url).status_code == 403
    assert client_of(cast.reviewer).post(url).status_code == 403
    assert client_of(other_cast.merchant).post(url).status_code == 404
    assert client_of(cast.merchant).get(url).status_code == 405
    theirs = reverse(f"outreach:{name}", args=[other_cast.team.slug, campaign.pk, *args])
    assert client_of(other_cast.merchant).post(theirs).status_code == 404


@pytest.mark.parametrize("name", MERCHANTS_PAGES)
def test_codes_money_and_addresses_are_the_merchants(cast: Cast, client_of: SignIn, name: str) -> None:
    url = reverse(f"outreach:{name}", args=[cast.team.slug])
    assert client_of(cast.merchant).get(url).status_code == 200
    scenes.sending(make_scene(cast.merchant, 2), Kind.RESOLUTION)
    assert client_of(cast.merchant).get(url).status_code == 200
    assert client_of(cast.assistant).get(url).status_code == 403
    assert client_of(cast.reviewer).get(url).status_code == 403


def test_an_assistant_follows_the_ledger_with_masked_addresses(cast: Cast, client_of: SignIn) -> None:
    scene = make_scene(cast.merchant, 2)
    campaign = scenes.sending(scene)
    Message.objects.update(state="uncertain")
    page = text_of(client_of(cast.assistant).get(url_of("campaign", campaign)))
    for customer in scene.customers:
        assert customer.email not in page
        assert mask_email(customer.email) in page
    assert "It arrived" not in page
    assert "Pause" not in page
    seen = text_of(client_of(cast.merchant).get(url_of("campaign", campaign)))
    assert scene.customers[0].email in seen
    assert "It arrived" in seen
    assert client_of(cast.reviewer).get(url_of("campaign", campaign)).status_code == 403


def test_an_assistant_sees_no_draft(cast: Cast, client_of: SignIn) -> None:
    scene = make_scene(cast.merchant, 1)
    page = text_of(client_of(cast.assistant).get(url_of("campaign", draft(scene))))
    assert "is preparing this" in page
    assert scene.customers[0].name not in page


def test_another_teams_rows_are_not_found(cast: Cast, other_cast: Cast, client_of: SignIn) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 1), Kind.RESOLUTION)
    client, slug = client_of(other_cast.merchant), other_cast.team.slug
    message = Message.objects.get()
    actions.add_suppression(
        team=cast.team, email="a@b.example", cause=Suppression.Cause.ASKED, detail="", by=cast.merchant
    )
    for url in (
        reverse("outreach:message_arrival", args=[slug, message.pk]),
        reverse("outreach:message_resending", args=[slug, message.pk]),
        reverse("outreach:suppression_release", args=[slug, Suppression.objects.get().pk]),
        reverse("outreach:template", args=[slug, campaign.store_id, "holding", "en"]),
        reverse("outreach:campaign_creation", args=[slug, campaign.incident.number]),
    ):
        assert client.post(url).status_code == 404
    client.post(reverse("outreach:refunds", args=[slug]), {"do": "issue", "pk": Refund.objects.get().pk})
    assert Refund.objects.get().state == "approved"
