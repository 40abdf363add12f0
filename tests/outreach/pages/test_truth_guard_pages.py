from __future__ import annotations

from django.urls import reverse

from closedorders.accounts.models import AuditEvent
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.outreach import actions
from closedorders.outreach.models import Campaign, Kind, Template
from closedorders.outreach.plans.checks import checks_of
from closedorders.outreach.plans.plan import Plan
from tests.cast import Cast
from tests.factories import make_store, reason
from tests.outreach.pages.responses import SignIn, text_of, url_of
from tests.outreach.scenes import approve, draft, make_scene

STORY = "Hi {first_name|there}. There was a hiccup in manufacturing. Sorry."


def with_story(cast: Cast, code: str = "card_check") -> Campaign:
    campaign = draft(make_scene(cast.merchant, 2, code=code), Kind.HOLDING)
    return actions.change_texts(
        campaign=campaign, language="en", subject="Your order", body=STORY, reason="", by=cast.merchant
    )


def truth(campaign: Campaign) -> bool:
    return next(check.ok for check in checks_of(Plan(campaign)) if check.code == "truth")


def refusal(campaign: Campaign, cast: Cast) -> str:
    try:
        approve(campaign, cast.merchant, 2)
    except Refused as refused:
        return str(refused)
    return ""


def test_a_mail_that_blames_manufacturing_for_a_payment_check_is_stopped_at_the_gate(
    cast: Cast, client_of: SignIn
) -> None:
    campaign = with_story(cast)
    page = text_of(client_of(cast.merchant).get(url_of("campaign", campaign)))
    assert "<mark>manufacturing</mark>" in page
    assert "blames “manufacturing”" in page
    assert "Send to 2 people" not in page
    assert "payment or an account check" in refusal(campaign, cast)


def test_a_closure_whose_reason_is_not_sure_yet_does_not_make_the_story_true(cast: Cast) -> None:
    campaign = with_story(cast)
    Closure.objects.filter(pk=Closure.objects.order_by("pk").first().pk).update(reason=None)  # type: ignore[union-attr]  # there are two
    campaign.refresh_from_db()
    assert "not known yet" in refusal(campaign, cast)


def test_the_cause_of_the_incident_counts_where_no_closure_has_a_reason(cast: Cast) -> None:
    campaign = with_story(cast)
    Closure.objects.update(reason=None)
    assert not truth(campaign)
    campaign.incident.cause = None
    assert truth(campaign)


def test_the_story_passes_where_the_supplier_did_cancel(cast: Cast) -> None:
    campaign = with_story(cast, "supplier_cancelled")
    assert truth(campaign)
    Closure.objects.update(reason=reason("card_check"))
    campaign.refresh_from_db()
    assert truth(campaign)


def test_a_store_template_is_judged_like_a_campaigns_own_words(cast: Cast, client_of: SignIn) -> None:
    scene = make_scene(cast.merchant, 2, code="card_check")
    Template.objects.create(store=scene.store, kind="holding", language="en", subject="Hi", body=STORY)
    assert "manufacturing" in refusal(draft(scene, Kind.HOLDING), cast)


def test_a_click_puts_true_words_in_and_saves_nothing(cast: Cast, client_of: SignIn) -> None:
    campaign, client = with_story(cast), client_of(cast.merchant)
    typed = {"subject": "Your order", "body": STORY + " P.S. typed just now", "reason": "", "do": "wording-1"}
    answer = client.post(url_of("text", campaign, "en"), typed)
    page = text_of(answer)
    assert answer.status_code == 200
    assert "Hi {first_name|there}. What happened: {reason}. Sorry. P.S. typed just now" in page
    assert "a payment of ours to our supplier was held back for a security check" in page
    assert '<del lang="en">There was a hiccup in manufacturing.</del>' in page
    campaign.refresh_from_db()
    assert campaign.texts["en"]["body"] == STORY
    assert client.post(url_of("text", campaign, "en"), {**typed, "do": "wording-9"}).status_code == 404
    assert client.post(url_of("text", campaign, "en"), {**typed, "do": "wording-x"}).status_code == 404


def test_words_that_are_true_after_all_are_confirmed_until_the_text_changes(
    cast: Cast, client_of: SignIn
) -> None:
    campaign, client = with_story(cast), client_of(cast.merchant)
    client.post(url_of("text", campaign, "en"), {"do": "confirm", "word": ["stock"]})
    campaign.refresh_from_db()
    assert not truth(campaign)
    client.post(url_of("text", campaign, "en"), {"do": "confirm", "word": ["manufacturing"]})
    campaign.refresh_from_db()
    assert truth(campaign)
    assert campaign.texts["en"]["body"] == STORY
    assert AuditEvent.objects.get(verb="campaign_words_confirmed").after["confirmed_words"] == "manufacturing"
    actions.change_texts(
        campaign=campaign, language="en", subject="S", body=STORY + "!", reason="", by=cast.merchant
    )
    campaign.refresh_from_db()
    assert not truth(campaign)


def test_the_template_page_marks_the_words_and_puts_true_ones_in(cast: Cast, client_of: SignIn) -> None:
    store, client = make_store(cast.team), client_of(cast.merchant)
    address = reverse("outreach:template", args=[cast.team.slug, store.pk, "holding", "en"])
    assert "<mark>" not in text_of(client.get(address))
    client.post(address, {"subject": "Hi", "body": STORY, "do": "save"})
    assert "<mark>manufacturing</mark>" in text_of(client.get(address))
    page = text_of(client.post(address, {"subject": "Hi", "body": STORY, "do": "true_words"}))
    assert "What happened: {reason}." in page
    assert Template.objects.get().body == STORY
