"""The letters of a campaign: what each may hold, for whom the offer goes, and the gate that looks at them."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from closedorders.core.refusals import Refused
from closedorders.outreach import actions, sending
from closedorders.outreach.models import DiscountCode, Kind, Message, Suppression
from closedorders.outreach.plans import proof
from closedorders.outreach.plans.checks import checks_of
from closedorders.outreach.plans.plan import Plan
from tests.cast import Cast
from tests.factories import make_customer, make_store
from tests.outreach import scenes
from tests.outreach.scenes import approve, draft, make_ready, make_scene
from tests.smtp_sink import SmtpSink


def _ask_for_no_offers(cast: Cast, email: str) -> Suppression:
    return actions.add_suppression(
        team=cast.team,
        email=email,
        cause=Suppression.Cause.ASKED,
        detail="",
        scope=Suppression.Scope.OFFERS,
        by=cast.merchant,
    )


def test_who_asked_for_no_offers_gets_the_mail_about_the_order_without_the_offer(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    _ask_for_no_offers(cast, scene.customers[0].email)
    campaign = approve(make_ready(draft(scene), cast.merchant), cast.merchant, 2)
    [code] = DiscountCode.objects.all()
    without, with_offer = Message.objects.filter(campaign=campaign).order_by("customer")
    assert (without.mail_class, without.code, without.has_offer) == ("service", "", False)
    assert (with_offer.mail_class, with_offer.code, with_offer.has_offer) == ("mixed", code.code, True)
    assert "next purchase" not in without.body
    assert code.code in with_offer.body
    for message in (without, with_offer):
        assert message.customer.orders.get().number in message.body
        assert "The refund is approved" in message.body


def test_who_asks_for_no_offers_before_the_mail_leaves_gets_it_without_the_offer(
    cast: Cast, sink: SmtpSink
) -> None:
    scene = make_scene(cast.merchant, 2)
    campaign = scenes.sending(scene, Kind.RESOLUTION)
    _ask_for_no_offers(cast, scene.customers[0].email)
    sending.send_due(campaign.pk)
    assert scenes.states(campaign) == ["sent", "sent"]
    code = DiscountCode.objects.get(customer=scene.customers[0])
    message = Message.objects.get(customer=scene.customers[0])
    assert (message.mail_class, message.code) == ("service", "")
    assert code.code not in message.body
    assert not any(code.code.encode() in mail.content for mail in sink.received)
    assert Message.objects.get(customer=scene.customers[1]).has_offer


def test_a_block_of_every_mail_takes_the_place_of_one_of_offers_and_not_the_other_way_round(
    cast: Cast,
) -> None:
    offers = _ask_for_no_offers(cast, "Ana@example.com")
    whole = actions.add_suppression(
        team=cast.team, email="ana@example.com", cause=Suppression.Cause.BY_HAND, detail="", by=cast.merchant
    )
    offers.refresh_from_db()
    assert offers.released_at is not None
    assert (whole.scope, whole.released_at) == ("everything", None)
    assert _ask_for_no_offers(cast, "ana@example.com") == whole
    assert list(Suppression.objects.blocking()) == [whole]


def _only_yours(plan: Plan) -> Any:
    with translation.override("en"):
        return next(check for check in checks_of(plan) if check.code == "only_yours")


@pytest.mark.parametrize("placeholder", ["orders", "code", "first_name", "full_name"])
def test_a_renderer_that_mixes_customers_up_is_noticed_before_anything_is_sent(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, placeholder: str
) -> None:
    store = make_store(cast.team)
    people = [make_customer(store, "Ana Ruiz"), make_customer(store, "Eva Sanz")]
    scene = make_scene(cast.merchant, store=store, customers=people)
    campaign = make_ready(draft(scene), cast.merchant)
    scenes.write_text(
        scene,
        campaign,
        "Hi {first_name}, {full_name}: about {orders}, {refund}.\n\n{code_percent} off: {code}",
    )
    campaign.refresh_from_db()
    assert _only_yours(Plan(campaign)).ok
    right = Plan.values

    def mixed_up(plan: Plan, person: Any) -> dict[str, str | None]:
        other = next(each for each in plan.people if each.customer != person.customer)
        return right(plan, person) | {placeholder: right(plan, other)[placeholder]}

    monkeypatch.setattr(Plan, "values", mixed_up)
    check = _only_yours(Plan(campaign))
    assert not check.ok
    assert "of another customer" in check.words
    with translation.override("en"), pytest.raises(Refused, match="of another customer"):
        approve(campaign, cast.merchant, 2)
    assert not Message.objects.exists()


def test_the_page_of_a_long_list_says_how_many_letters_it_looked_through(cast: Cast) -> None:
    plan = Plan(draft(make_scene(cast.merchant, 3), Kind.HOLDING))
    with translation.override("en"):
        [part] = [each for each in checks_of(plan, proven=2) if each.code == "only_yours"]
    assert "The first 2 of 3 mails" in part.words
    assert proof.strays_of(plan) == []


def test_advertising_is_sent_only_after_a_person_says_that_it_is_meant(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    campaign = make_ready(draft(scene), cast.merchant)
    body = "Hi, {code_percent} off with {code}!\n\nYour {orders}: {refund}."
    scenes.write_text(scene, campaign, body)
    campaign.refresh_from_db()
    mark = Plan(campaign).words("en").mark
    with translation.override("en"), pytest.raises(Refused, match="begins with its offer"):
        approve(campaign, cast.merchant, 1)
    with pytest.raises(Refused):
        actions.confirm_advertising(campaign=campaign, language="en", seen="another", by=cast.merchant)
    actions.confirm_advertising(campaign=campaign, language="en", seen=mark, by=cast.merchant)
    campaign.refresh_from_db()
    assert not Plan(campaign).words("en").has_misplaced_offer
    # Another text is asked anew.
    scenes.write_text(scene, campaign, body + " Thank you.")
    campaign.refresh_from_db()
    assert Plan(campaign).words("en").has_misplaced_offer
