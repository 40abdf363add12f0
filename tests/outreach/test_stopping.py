from __future__ import annotations

import pytest
from django.core import mail
from django.utils import timezone

from closedorders.accounts.models import AuditEvent
from closedorders.core.refusals import Refused
from closedorders.outreach import actions
from closedorders.outreach.models import Campaign, DiscountCode, Kind, Message, Suppression
from closedorders.outreach.plans.plan import Plan
from closedorders.outreach.texts.claims import doubted_words
from tests.cast import Cast
from tests.outreach.scenes import approve, draft, make_scene, sending, start, states, write_text


def test_taking_back_makes_a_draft_that_can_be_sent_again(cast: Cast) -> None:
    campaign = approve(draft(make_scene(cast.merchant, 2), Kind.HOLDING), cast.merchant, 2)
    ids = set(Message.objects.values_list("pk", "message_id"))
    actions.withdraw_approval(campaign=campaign, by=cast.merchant)
    assert states(campaign) == ["cancelled", "cancelled"]
    approve(campaign, cast.merchant, 2)
    assert states(campaign) == ["queued", "queued"]
    assert set(Message.objects.values_list("pk", "message_id")) == ids


def test_taking_back_too_late_is_refused(cast: Cast) -> None:
    campaign = sending(make_scene(cast.merchant, 1))
    with pytest.raises(Refused, match="on their way"):
        actions.withdraw_approval(campaign=campaign, by=cast.merchant)


def test_pausing_resuming_and_cancelling(cast: Cast) -> None:
    campaign = sending(make_scene(cast.merchant, 3))
    actions.pause(campaign=campaign, by=cast.merchant)
    assert not Message.objects.due().exists()
    Message.objects.filter(pk=Message.objects.order_by("pk").values("pk")[:1]).update(state="sent")
    actions.resume(campaign=campaign, by=cast.merchant)
    assert Message.objects.due().count() == 2
    assert actions.cancel_campaign(campaign=campaign, by=cast.merchant) == 2
    assert states(campaign) == ["cancelled", "cancelled", "sent"]


def test_after_a_cancelled_campaign_the_others_can_still_be_told(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 3)
    first = sending(scene, Kind.RESOLUTION)
    told = Message.objects.order_by("pk").first()
    assert told is not None
    Message.objects.filter(pk=told.pk).update(state="sent")
    actions.cancel_campaign(campaign=first, by=cast.merchant)
    second = draft(scene)
    actions.prepare(campaign=second, by=cast.merchant)
    approve(second, cast.merchant, 2)
    assert states(first) == ["sent"]
    assert states(second) == ["queued", "queued"]
    assert Message.objects.count() == 3
    assert DiscountCode.objects.count() == 3


def test_retrying_takes_the_mended_address_and_leaves_blocked_ones(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 3)
    campaign = sending(scene)
    Message.objects.update(state="failed")
    Campaign.objects.update(state="finished")
    mended, blocked, _other = scene.customers
    mended.email = "mended@example.com"
    mended.save()
    actions.add_suppression(
        team=cast.team, email=blocked.email, cause=Suppression.Cause.BY_HAND, detail="", by=cast.merchant
    )
    assert actions.retry_failed(campaign=campaign, by=cast.merchant) == (2, 0)
    assert Message.objects.get(customer=mended).recipient == "mended@example.com"
    assert Message.objects.get(customer=blocked).state == "failed"
    campaign.refresh_from_db()
    assert campaign.state == "sending"


def test_a_person_decides_what_is_uncertain_and_it_is_written_down(cast: Cast) -> None:
    campaign = sending(make_scene(cast.merchant, 2))
    Message.objects.update(state="uncertain")
    arrived, lost = Message.objects.order_by("pk")
    actions.mark_uncertain_as_sent(message=arrived, by=cast.merchant)
    actions.send_again(message=lost, by=cast.merchant)
    assert states(campaign) == ["queued", "sent"]
    with pytest.raises(Refused, match="no longer uncertain"):
        actions.send_again(message=arrived, by=cast.merchant)
    verbs = set(AuditEvent.objects.values_list("verb", flat=True))
    assert {"message_confirmed", "message_sent_again"} <= verbs


def test_a_promised_refund_cannot_be_dropped(cast: Cast) -> None:
    campaign = sending(make_scene(cast.merchant, 2), Kind.RESOLUTION)
    with pytest.raises(Refused, match="promised"):
        actions.drop_refunds(refunds=campaign.refunds.all(), by=cast.merchant)
    actions.cancel_campaign(campaign=campaign, by=cast.merchant)
    assert actions.drop_refunds(refunds=campaign.refunds.all(), by=cast.merchant) == 2


def test_a_test_mail_is_marked_and_counts_nowhere(cast: Cast) -> None:
    campaign = draft(make_scene(cast.merchant, 2), Kind.HOLDING)
    person = Plan(campaign).people[0]
    actions.send_test(campaign=campaign, person=person, address="me@example.com", by=cast.merchant)
    assert mail.outbox[0].subject.startswith("TEST: ")
    assert mail.outbox[0].to == ["me@example.com"]
    assert not Message.objects.exists()
    assert "me@example.com" not in str(list(AuditEvent.objects.values_list("after", flat=True)))


def test_the_reason_is_said_only_when_every_closure_has_one_that_fits(cast: Cast) -> None:
    known = Plan(draft(make_scene(cast.merchant, 1), Kind.HOLDING))
    assert "{reason}" in known.words("en").body
    assert known.letter(known.people[0]).missing == []
    other = Plan(draft(make_scene(cast.merchant, 1, code="supplier_cancelled"), Kind.HOLDING))
    assert "{reason}" not in other.words("en").body


def test_words_about_the_factory_are_doubted_when_the_account_was_the_cause(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    campaign = draft(scene, Kind.HOLDING)
    write_text(scene, campaign, "There was a delay at the factory.")
    campaign.refresh_from_db()
    plan = Plan(campaign)
    assert doubted_words(plan.doubts(plan.words("en"))) == ["factory"]


def test_undo_time_is_what_the_settings_say(cast: Cast, settings: pytest.FixtureRequest) -> None:
    settings.SEND_UNDO_SECONDS = 7  # type: ignore[attr-defined]  # django-stubs lets nobody set one
    campaign = approve(draft(make_scene(cast.merchant, 1), Kind.HOLDING), cast.merchant, 1)
    assert campaign.starts_at is not None
    assert 5 < (campaign.starts_at - timezone.now()).total_seconds() <= 7
    assert not Message.objects.due().exists()
    start(campaign)
    assert Message.objects.due().count() == 1
