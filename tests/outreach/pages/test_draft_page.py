from __future__ import annotations

import re

from django.core import mail
from django.urls import reverse

from closedorders.outreach.models import DiscountCode, Kind, Message, Template
from tests.cast import Cast
from tests.factories import make_customer, make_store
from tests.outreach import scenes
from tests.outreach.pages.responses import SignIn, text_of, url_of
from tests.outreach.scenes import draft, make_ready, make_scene


def test_the_preview_goes_through_the_recipients_in_their_languages(cast: Cast, client_of: SignIn) -> None:
    store = make_store(cast.team, language="es")
    people = [
        make_customer(store, "María García", language="es"),
        make_customer(store, "John Smith", language="en"),
    ]
    campaign = make_ready(draft(make_scene(cast.merchant, store=store, customers=people)), cast.merchant)
    client = client_of(cast.merchant)
    first = text_of(client.get(url_of("campaign", campaign)))
    second = text_of(client.get(url_of("campaign", campaign) + "?person=2"))
    letters = [
        re.search(r'<div class="letter" lang="(..)">(.*?)</div>', page, re.DOTALL) for page in (first, second)
    ]
    assert [(m[1], "Hola María" in m[2], "Hi John" in m[2]) for m in letters if m] == [
        ("es", True, False),
        ("en", False, True),
    ]
    for code in DiscountCode.objects.all():
        assert any(match and code.code in match[2] for match in letters)
    assert client.get(url_of("campaign", campaign) + "?person=999").status_code == 200
    assert client.get(url_of("campaign", campaign) + "?person=x").status_code == 200


def test_a_wrong_placeholder_is_explained_and_nothing_typed_is_lost(cast: Cast, client_of: SignIn) -> None:
    campaign = draft(make_scene(cast.merchant, 1))
    answer = client_of(cast.merchant).post(
        url_of("text", campaign, "en"),
        {"subject": "Hello", "body": "Hi [nombre], my own words", "reason": ""},
    )
    assert answer.status_code == 422
    page = text_of(answer)
    assert "my own words" in page
    assert "{first_name}" in page
    campaign.refresh_from_db()
    assert campaign.texts == {}


def test_a_text_can_be_saved_for_the_store_and_reset(cast: Cast, client_of: SignIn) -> None:
    scene = make_scene(cast.merchant, 1)
    campaign, client = draft(scene), client_of(cast.merchant)
    words = {"subject": "Sorry", "body": "Hi {first_name|there}.", "reason": "", "do": "template"}
    client.post(url_of("text", campaign, "en"), words)
    assert Template.objects.get().body == "Hi {first_name|there}."
    client.post(url_of("text", campaign, "en"), {"do": "reset"})
    campaign.refresh_from_db()
    assert campaign.texts == {}
    page = text_of(client.get(url_of("campaign", campaign)))
    assert "store's template" in page
    template = reverse("outreach:template", args=[cast.team.slug, scene.store.pk, "resolution", "en"])
    assert "Hi {first_name|there}." in text_of(client.get(template))
    client.post(template, {"do": "reset"})
    assert not Template.objects.exists()


def test_missing_names_unmatched_orders_and_left_out_people_are_listed(cast: Cast, client_of: SignIn) -> None:
    store = make_store(cast.team)
    nameless, blank = make_customer(store, ""), make_customer(store, "No Mail", email="")
    scene = make_scene(cast.merchant, store=store, customers=[nameless, blank])
    campaign, client = draft(scene, Kind.HOLDING), client_of(cast.merchant)
    page = text_of(client.get(url_of("campaign", campaign)))
    assert "First name not known" in page
    assert "No e-mail address" in page
    client.post(url_of("left_out", campaign), {"customer": nameless.pk, "do": "leave_out"})
    assert "Left out by hand" in text_of(client.get(url_of("campaign", campaign)))
    client.post(url_of("left_out", campaign), {"customer": nameless.pk, "do": "take_in"})
    assert "Left out by hand" not in text_of(client.get(url_of("campaign", campaign)))


def test_the_offer_form_refuses_what_cannot_be(cast: Cast, client_of: SignIn) -> None:
    campaign = draft(make_scene(cast.merchant, 1))
    offer = {"code_percent": "101", "refund_percent": "10", "refund_base": "total", "new_date": "2001-01-01"}
    answer = client_of(cast.merchant).post(url_of("offer", campaign), offer)
    assert answer.status_code == 422
    assert "From 0 to 100." in text_of(answer)
    assert "This day is over." in text_of(answer)
    campaign.refresh_from_db()
    assert campaign.code_percent == 10


def test_a_test_mail_is_sent_from_the_preview(cast: Cast, client_of: SignIn) -> None:
    campaign = draft(make_scene(cast.merchant, 2), Kind.HOLDING)
    client_of(cast.merchant).post(
        url_of("test_mail", campaign), {"address": "me@casaluna.example", "person": "2"}
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


def test_a_draft_has_one_button_that_leads_on_from_the_codes_to_the_sending(
    cast: Cast, client_of: SignIn
) -> None:
    campaign = draft(make_scene(cast.merchant, 2))
    browser = client_of(cast.merchant)

    def leads_on() -> str:
        found = re.findall(
            r'<button class="btn btn-primary"[^>]*>(.*?)</button>',
            text_of(browser.get(url_of("campaign", campaign))),
            re.S,
        )
        assert len(found) == 1, found
        return re.sub(r"<svg.*?</svg>", "", found[0], flags=re.S).strip()

    assert leads_on() == "Prepare codes and refunds"
    browser.post(url_of("preparation", campaign))
    assert leads_on().startswith("File for the shop")
    browser.post(url_of("campaign_codes_file", campaign))
    assert leads_on() == "They are in the shop"
    browser.post(url_of("codes_loading", campaign))
    assert leads_on() == "Approve all 2 refunds"
    browser.post(url_of("refunds_approval", campaign))
    assert leads_on() == "Send to 2 people"


def test_a_missing_sender_is_asked_for_on_the_draft_itself(cast: Cast, client_of: SignIn) -> None:
    store = make_store(cast.team, name="Casa Luna", sender_name="", sender_email="")
    campaign = draft(make_scene(cast.merchant, 1, store=store))
    client = client_of(cast.merchant)
    page = text_of(client.get(url_of("campaign", campaign)))
    assert 'id="sender"' in page
    assert 'value="Casa Luna"' in page
    assert page.count("btn-primary") == 1
    wrong = client.post(url_of("sender", campaign), {"sender_name": "Casa Luna", "sender_email": "hola"})
    assert wrong.status_code == 422
    assert 'value="hola"' in text_of(wrong)
    client.post(url_of("sender", campaign), {"sender_name": "Casa Luna", "sender_email": "hola@luna.example"})
    store.refresh_from_db()
    assert (store.sender_name, store.sender_email) == ("Casa Luna", "hola@luna.example")
    page = text_of(client.get(url_of("campaign", campaign)))
    assert 'id="sender"' not in page
    assert "Mails come from hola@luna.example" in page


def test_the_preview_frames_the_mail_with_its_colours_and_lets_it_do_nothing(
    cast: Cast, client_of: SignIn
) -> None:
    store = make_store(cast.team)
    people = [make_customer(store, "María García"), make_customer(store, "John Smith")]
    campaign = make_ready(draft(make_scene(cast.merchant, store=store, customers=people)), cast.merchant)
    client = client_of(cast.merchant)
    page = text_of(client.get(url_of("campaign", campaign) + "?person=2"))
    frame = re.search(r'<iframe[^>]* sandbox [^>]*src="([^"]+)"', page)
    assert frame is not None
    answer = client.get(frame[1])
    assert "Hi John" in text_of(answer)
    assert "María" not in text_of(answer)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("frame-ancestors 'self'; sandbox")
    assert "script" not in policy


def test_the_frame_of_nobody_says_so(cast: Cast, client_of: SignIn) -> None:
    scene = make_scene(cast.merchant, customers=[make_customer(make_store(cast.team), "No Mail", email="")])
    answer = client_of(cast.merchant).get(url_of("letter", draft(scene, Kind.HOLDING)))
    assert (answer.status_code, answer.content.decode()) == (200, "Nobody is in this list.")


def test_a_test_says_in_its_first_line_that_it_is_one(cast: Cast, client_of: SignIn) -> None:
    store = make_store(cast.team, language="es")
    scene = make_scene(cast.merchant, store=store, customers=[make_customer(store, "María García")])
    campaign = draft(scene, Kind.HOLDING)
    client_of(cast.merchant).post(url_of("test_mail", campaign), {"address": "me@example.com"})
    [sent] = mail.outbox
    assert sent.subject.startswith("TEST: ")
    assert str(sent.body).startswith("TEST: así se lee el correo para María García.")
