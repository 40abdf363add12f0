from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.core.text.masks import mask_email
from closedorders.outreach import actions
from closedorders.outreach.models import Campaign, DiscountCode, Kind, Message, Refund, Suppression, Template
from closedorders.outreach.sending import send_due
from tests.cast import Cast
from tests.factories import make_customer, make_store
from tests.outreach import scenes
from tests.outreach.scenes import draft, make_ready, make_scene

SignIn = Callable[[Membership | None], Client]


def _url(name: str, campaign: Campaign, *args: object) -> str:
    return reverse(f"outreach:{name}", args=[campaign.team.slug, campaign.pk, *args])


def _text(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return str(content.decode())


def _said(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


# -- Who may ---------------------------------------------------------------------------------------------------------

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
    url = _url(name, campaign, *args)
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
    page = _text(client_of(cast.assistant).get(_url("campaign", campaign)))
    for customer in scene.customers:
        assert customer.email not in page
        assert mask_email(customer.email) in page
    assert "It arrived" not in page
    assert "Pause" not in page
    seen = _text(client_of(cast.merchant).get(_url("campaign", campaign)))
    assert scene.customers[0].email in seen
    assert "It arrived" in seen
    assert client_of(cast.reviewer).get(_url("campaign", campaign)).status_code == 403


def test_an_assistant_sees_no_draft(cast: Cast, client_of: SignIn) -> None:
    scene = make_scene(cast.merchant, 1)
    page = _text(client_of(cast.assistant).get(_url("campaign", draft(scene))))
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


# -- From the list to the last mail ------------------------------------------------------------------------------------


def test_a_merchant_goes_from_the_list_to_a_finished_campaign(cast: Cast, client_of: SignIn) -> None:
    scene = make_scene(cast.merchant, 2)
    client = client_of(cast.merchant)
    listed = _text(client.get(reverse("outreach:campaigns", args=[cast.team.slug])))
    assert "2 customers" in listed
    assert "Write the apology" in listed
    made = client.post(
        reverse("outreach:campaign_creation", args=[cast.team.slug, scene.incident.number]),
        {"kind": "resolution", "store": scene.store.pk},
    )
    campaign = Campaign.objects.get()
    assert made.url == _url("campaign", campaign)  # type: ignore[attr-defined]  # the test client's answers have no public type
    page = _text(client.get(made.url))  # type: ignore[attr-defined]  # the test client's answers have no public type
    assert "Missing" in page
    assert "Send to 2 people" not in page
    client.post(_url("preparation", campaign))
    client.post(_url("codes_loading", campaign))
    client.post(_url("refunds_approval", campaign))
    assert "Send to 2 people" in _text(client.get(_url("campaign", campaign)))
    wrong = client.post(_url("approval", campaign), {"count": "3"}, follow=True)
    assert "You typed 3" in _said(wrong)
    client.post(_url("approval", campaign), {"count": "2"})
    page = _text(client.get(_url("campaign", campaign)))
    assert "Take it back" in page
    assert "Starts in" in page
    scenes.start(campaign)
    send_due(campaign.pk)
    page = _text(client.get(_url("campaign", campaign)))
    assert "Finished" in page
    assert len(mail.outbox) == 2


def test_the_progress_moves_by_itself_and_asks_for_the_page_when_it_changes(
    cast: Cast, client_of: SignIn
) -> None:
    campaign = scenes.approve(draft(make_scene(cast.merchant, 2), Kind.HOLDING), cast.merchant, 2)
    client = client_of(cast.merchant)
    url = _url("progress", campaign) + "?phase=undo"
    waiting = client.get(url)
    assert "HX-Refresh" not in waiting
    assert "hx-get" in _text(waiting)
    scenes.start(campaign)
    assert client.get(url)["HX-Refresh"] == "true"
    Message.objects.update(state="sent", settled_at=timezone.now())
    Campaign.objects.update(state="finished")
    done = client.get(_url("progress", campaign) + "?phase=finished")
    assert "hx-get" not in _text(done)
    assert "2 of 2" in _text(done)


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
    page = _text(client.get(_url("campaign", campaign)))
    assert "550 5.1.1 no such user" in page
    assert "did not answer in time" in page
    assert "Next try:" in page
    only = _text(client.get(_url("campaign", campaign) + "?state=failed"))
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
    page = _text(client_of(cast.merchant).get(_url("campaign", campaign)))
    assert reply in page
    assert pause in page


# -- A draft's panels --------------------------------------------------------------------------------------------------


def test_the_preview_goes_through_the_recipients_in_their_languages(cast: Cast, client_of: SignIn) -> None:
    store = make_store(cast.team, language="es")
    people = [
        make_customer(store, "María García", language="es"),
        make_customer(store, "John Smith", language="en"),
    ]
    campaign = make_ready(draft(make_scene(cast.merchant, store=store, customers=people)), cast.merchant)
    client = client_of(cast.merchant)
    first = _text(client.get(_url("campaign", campaign)))
    second = _text(client.get(_url("campaign", campaign) + "?person=2"))
    letters = [
        re.search(r'<div class="letter" lang="(..)">(.*?)</div>', page, re.DOTALL) for page in (first, second)
    ]
    assert [(m[1], "Hola María" in m[2], "Hi John" in m[2]) for m in letters if m] == [
        ("es", True, False),
        ("en", False, True),
    ]
    for code in DiscountCode.objects.all():
        assert any(match and code.code in match[2] for match in letters)
    assert client.get(_url("campaign", campaign) + "?person=999").status_code == 200
    assert client.get(_url("campaign", campaign) + "?person=x").status_code == 200


def test_a_wrong_placeholder_is_explained_and_nothing_typed_is_lost(cast: Cast, client_of: SignIn) -> None:
    campaign = draft(make_scene(cast.merchant, 1))
    answer = client_of(cast.merchant).post(
        _url("text", campaign, "en"), {"subject": "Hello", "body": "Hi [nombre], my own words", "reason": ""}
    )
    assert answer.status_code == 422
    page = _text(answer)
    assert "my own words" in page
    assert "{first_name}" in page
    campaign.refresh_from_db()
    assert campaign.texts == {}


def test_a_text_can_be_saved_for_the_store_and_reset(cast: Cast, client_of: SignIn) -> None:
    scene = make_scene(cast.merchant, 1)
    campaign, client = draft(scene), client_of(cast.merchant)
    words = {"subject": "Sorry", "body": "Hi {first_name|there}.", "reason": "", "do": "template"}
    client.post(_url("text", campaign, "en"), words)
    assert Template.objects.get().body == "Hi {first_name|there}."
    client.post(_url("text", campaign, "en"), {"do": "reset"})
    campaign.refresh_from_db()
    assert campaign.texts == {}
    page = _text(client.get(_url("campaign", campaign)))
    assert "store's template" in page
    template = reverse("outreach:template", args=[cast.team.slug, scene.store.pk, "resolution", "en"])
    assert "Hi {first_name|there}." in _text(client.get(template))
    client.post(template, {"do": "reset"})
    assert not Template.objects.exists()


def test_missing_names_unmatched_orders_and_left_out_people_are_listed(cast: Cast, client_of: SignIn) -> None:
    store = make_store(cast.team)
    nameless, blank = make_customer(store, ""), make_customer(store, "No Mail", email="")
    scene = make_scene(cast.merchant, store=store, customers=[nameless, blank])
    campaign, client = draft(scene, Kind.HOLDING), client_of(cast.merchant)
    page = _text(client.get(_url("campaign", campaign)))
    assert "First name not known" in page
    assert "No e-mail address" in page
    client.post(_url("left_out", campaign), {"customer": nameless.pk, "do": "leave_out"})
    assert "Left out by hand" in _text(client.get(_url("campaign", campaign)))
    client.post(_url("left_out", campaign), {"customer": nameless.pk, "do": "take_in"})
    assert "Left out by hand" not in _text(client.get(_url("campaign", campaign)))


def test_the_offer_form_refuses_what_cannot_be(cast: Cast, client_of: SignIn) -> None:
    campaign = draft(make_scene(cast.merchant, 1))
    offer = {"code_percent": "101", "refund_percent": "10", "refund_base": "total", "new_date": "2001-01-01"}
    answer = client_of(cast.merchant).post(_url("offer", campaign), offer)
    assert answer.status_code == 422
    assert "From 0 to 100." in _text(answer)
    assert "This day is over." in _text(answer)
    campaign.refresh_from_db()
    assert campaign.code_percent == 10


def test_a_test_mail_is_sent_from_the_preview(cast: Cast, client_of: SignIn) -> None:
    campaign = draft(make_scene(cast.merchant, 2), Kind.HOLDING)
    client_of(cast.merchant).post(
        _url("test_mail", campaign), {"address": "me@casaluna.example", "person": "2"}
    )
    assert mail.outbox[0].to == ["me@casaluna.example"]
    assert mail.outbox[0].subject.startswith("TEST: ")


def test_uncertain_mails_are_decided_one_by_one(cast: Cast, client_of: SignIn) -> None:
    scenes.sending(make_scene(cast.merchant, 2))
    Message.objects.update(state="uncertain")
    first, second = Message.objects.order_by("pk")
    client, slug = client_of(cast.merchant), cast.team.slug
    client.post(reverse("outreach:message_arrival", args=[slug, first.pk]))
    client.post(reverse("outreach:message_resending", args=[slug, second.pk]))
    assert list(Message.objects.order_by("pk").values_list("state", flat=True)) == ["sent", "queued"]


# -- Worklists and files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "head"), [("shopify", "code"), ("woocommerce", "post_title,"), ("other", "\ufeffCode,")]
)
def test_codes_leave_in_the_shape_the_shop_takes(
    cast: Cast, client_of: SignIn, platform: str, head: str
) -> None:
    scene = make_scene(cast.merchant, 2, store=make_store(cast.team, platform=platform))
    campaign = draft(scene)
    actions.prepare(campaign=campaign, by=cast.merchant)
    answer = client_of(cast.merchant).post(_url("campaign_codes_file", campaign))
    text = _text(answer)
    assert text.startswith(head)
    for code in DiscountCode.objects.all():
        assert code.code in text
        assert code.exported_at is not None
    assert "attachment" in answer["Content-Disposition"]


def test_a_name_that_is_a_formula_leaves_as_text(cast: Cast, client_of: SignIn) -> None:
    store = make_store(cast.team, platform="other")
    customer = make_customer(store, '=HYPERLINK("http://x")')
    campaign = make_ready(draft(make_scene(cast.merchant, store=store, customers=[customer])), cast.merchant)
    client = client_of(cast.merchant)
    codes = _text(client.post(_url("campaign_codes_file", campaign)))
    refunds = _text(client.get(reverse("outreach:refunds_file", args=[cast.team.slug])))
    for text in (codes, refunds):
        assert "'=HYPERLINK" in text
        assert ',"=HYPERLINK' not in text
    assert "4.50,EUR" in refunds


def test_refunds_are_ticked_singly_and_together(cast: Cast, client_of: SignIn) -> None:
    campaign = draft(make_scene(cast.merchant, 3))
    actions.prepare(campaign=campaign, by=cast.merchant)
    client, url = client_of(cast.merchant), reverse("outreach:refunds", args=[cast.team.slug])
    one, *others = Refund.objects.order_by("pk").values_list("pk", flat=True)
    client.post(url + "?view=proposed", {"do": "approve", "pk": [one, *others]})
    client.post(url, {"do": "issue", "pk": one})
    assert Refund.objects.get(pk=one).issued_by == cast.merchant
    client.post(url, {"do": "issue", "pk": others})
    assert set(Refund.objects.values_list("state", flat=True)) == {"issued"}
    client.post(url + "?view=paid", {"do": "reopen", "pk": one})
    assert Refund.objects.get(pk=one).state == "approved"
    assert "€4.50" in _text(client.get(url))
    nothing = client.post(url, {"do": "issue"}, follow=True)
    assert "Nothing was ticked" in _said(nothing)


def test_codes_are_ticked_as_loaded(cast: Cast, client_of: SignIn) -> None:
    campaign = draft(make_scene(cast.merchant, 2))
    actions.prepare(campaign=campaign, by=cast.merchant)
    first = DiscountCode.objects.order_by("pk").first()
    assert first is not None
    client, url = client_of(cast.merchant), reverse("outreach:codes", args=[cast.team.slug])
    client.post(url, {"pk": first.pk})
    assert [code.loaded_at is not None for code in DiscountCode.objects.order_by("pk")] == [True, False]
    assert first.code in _text(client.get(url + "?view=loaded"))


def test_an_address_is_blocked_and_released(cast: Cast, client_of: SignIn) -> None:
    client, url = client_of(cast.merchant), reverse("outreach:suppressions", args=[cast.team.slug])
    client.post(url, {"email": "Maria@Example.com", "cause": "asked", "detail": "by phone"})
    row = Suppression.objects.get()
    assert row.email == "maria@example.com"
    assert "by phone" in _text(client.get(url))
    client.post(reverse("outreach:suppression_release", args=[cast.team.slug, row.pk]))
    assert not Suppression.objects.live().exists()
    assert "maria@example.com" in _text(client.get(url + "?view=released"))


# -- The number of queries does not grow -------------------------------------------------------------------------------


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


# -- One next step ---------------------------------------------------------------------------------------------------


def test_a_draft_has_one_button_that_leads_on_from_the_codes_to_the_sending(
    cast: Cast, client_of: SignIn
) -> None:
    campaign = draft(make_scene(cast.merchant, 2))
    browser = client_of(cast.merchant)

    def leads_on() -> str:
        found = re.findall(
            r'<button class="btn btn-primary"[^>]*>(.*?)</button>',
            _text(browser.get(_url("campaign", campaign))),
            re.S,
        )
        assert len(found) == 1, found
        return re.sub(r"<svg.*?</svg>", "", found[0], flags=re.S).strip()

    assert leads_on() == "Prepare codes and refunds"
    browser.post(_url("preparation", campaign))
    assert leads_on().startswith("File for the shop")
    browser.post(_url("campaign_codes_file", campaign))
    assert leads_on() == "They are in the shop"
    browser.post(_url("codes_loading", campaign))
    assert leads_on() == "Approve all 2 refunds"
    browser.post(_url("refunds_approval", campaign))
    assert leads_on() == "Send to 2 people"
