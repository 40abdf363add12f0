from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from closedorders.accounts.models import AuditEvent
from closedorders.cases.models import Case
from closedorders.core.refusals import Refused
from closedorders.orders.models import StoreOrder
from closedorders.outreach import actions
from closedorders.outreach.models import Campaign, DiscountCode, Kind, Message, Refund, Suppression
from closedorders.outreach.plans.plan import Plan
from tests.cast import Cast
from tests.factories import make_customer, make_store
from tests.outreach.scenes import Scene, approve, draft, make_ready, make_scene, sending, start, states


def test_creating_twice_gives_the_same_draft(cast: Cast) -> None:
    scene = make_scene(cast.merchant)
    assert draft(scene) == draft(scene)
    assert draft(scene, Kind.HOLDING) != draft(scene)


# -- Preparing ---------------------------------------------------------------------------------------------------------


def test_preparing_twice_makes_nothing_twice_and_tops_up_newcomers(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    campaign = draft(scene)
    actions.prepare(campaign=campaign, by=cast.merchant)
    before = set(DiscountCode.objects.values_list("code", flat=True))
    actions.prepare(campaign=campaign, by=cast.merchant)
    assert set(DiscountCode.objects.values_list("code", flat=True)) == before
    assert Refund.objects.count() == 2
    StoreOrder.objects.filter(customer=scene.customers[0]).update(customer=make_customer(scene.store))
    plan = actions.prepare(campaign=campaign, by=cast.merchant)
    assert plan.is_prepared
    assert DiscountCode.objects.count() == 3


@pytest.mark.parametrize(("base", "amount"), [("total", "4.50"), ("subtotal", "4.00"), ("shipping", "0.50")])
def test_a_refund_is_its_part_of_the_chosen_base(cast: Cast, base: str, amount: str) -> None:
    campaign = draft(make_scene(cast.merchant, 1))
    actions.change_offer(campaign=campaign, by=cast.merchant, refund_base=base)
    actions.prepare(campaign=campaign, by=cast.merchant)
    assert Refund.objects.get().amount == Decimal(amount)


def test_a_refund_is_rounded_the_way_its_currency_is(cast: Cast) -> None:
    campaign = draft(make_scene(cast.merchant, 1, currency="JPY", total=Decimal(1999)))
    actions.prepare(campaign=campaign, by=cast.merchant)
    assert Refund.objects.get().amount == Decimal(200)


def test_orders_without_an_amount_are_listed_not_guessed(cast: Cast) -> None:
    campaign = draft(make_scene(cast.merchant, 2, total=None))
    plan = actions.prepare(campaign=campaign, by=cast.merchant)
    assert len(plan.without_amount) == 2
    assert not Refund.objects.exists()


def test_another_offer_makes_codes_and_refunds_anew(cast: Cast) -> None:
    campaign = make_ready(draft(make_scene(cast.merchant, 2)), cast.merchant)
    old = set(DiscountCode.objects.values_list("code", flat=True))
    actions.change_offer(campaign=campaign, by=cast.merchant, code_percent=15, refund_percent=20)
    campaign.refresh_from_db()
    assert not Plan(campaign).is_prepared
    actions.prepare(campaign=campaign, by=cast.merchant)
    codes = DiscountCode.objects.all()
    assert not old & {code.code for code in codes}
    assert {(code.percent, code.loaded_at) for code in codes} == {(15, None)}
    assert {(refund.amount, refund.state) for refund in Refund.objects.all()} == {
        (Decimal(9), Refund.State.PROPOSED)
    }


def test_money_that_is_paid_is_not_taken_back_by_another_offer(cast: Cast) -> None:
    campaign = make_ready(draft(make_scene(cast.merchant, 1)), cast.merchant)
    actions.issue_refunds(refunds=campaign.refunds.all(), by=cast.merchant)
    actions.change_offer(campaign=campaign, by=cast.merchant, refund_percent=20)
    actions.prepare(campaign=campaign, by=cast.merchant)
    refund = Refund.objects.get()
    assert (refund.amount, refund.state) == (Decimal("4.5"), Refund.State.ISSUED)


def test_codes_of_a_store_never_meet(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = make_scene(cast.merchant, 6, store=make_store(cast.team))
    draws = iter(["same-a", "same-a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"])

    def drawn(name: str, percent: object, taken: Callable[[str], bool]) -> str:
        return next(code for code in draws if not taken(code))

    DiscountCode.objects.create(
        store=scene.store,
        campaign=draft(make_scene(cast.merchant, 1)),
        incident=make_scene(cast.merchant, 1).incident,
        customer=scene.customers[0],
        code="b",
        percent=10,
    )
    monkeypatch.setattr("closedorders.outreach.codes.make_code", drawn)
    campaign = draft(scene)
    actions.prepare(campaign=campaign, by=cast.merchant)
    codes = list(DiscountCode.objects.filter(store=scene.store).values_list("code", flat=True))
    assert len(codes) == len(set(codes)) == 7


def test_the_database_refuses_a_second_code_of_the_same_name(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    campaign = draft(scene)
    actions.prepare(campaign=campaign, by=cast.merchant)
    first, second = DiscountCode.objects.order_by("pk")
    second.code = first.code
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()


# -- The gate ----------------------------------------------------------------------------------------------------------


def _missing_case(scene: Scene, campaign: Campaign) -> None:
    Case.objects.create(
        team=scene.team,
        incident=scene.incident,
        buyer_account=scene.incident.buyer_account,
        opened_by=scene.by,
    )


def _missing_people(scene: Scene, campaign: Campaign) -> None:
    for customer in scene.customers:
        actions.leave_out(campaign=campaign, customer=customer, by=scene.by)


def _missing_sender(scene: Scene, campaign: Campaign) -> None:
    scene.store.sender_email = ""
    scene.store.save()


def _missing_codes(scene: Scene, campaign: Campaign) -> None:
    DiscountCode.objects.all().delete()


def _missing_load(scene: Scene, campaign: Campaign) -> None:
    DiscountCode.objects.update(loaded_at=None)


def _missing_refunds(scene: Scene, campaign: Campaign) -> None:
    Refund.objects.all().delete()


def _missing_approval(scene: Scene, campaign: Campaign) -> None:
    Refund.objects.filter(pk=Refund.objects.order_by("pk").values("pk")[:1]).update(state="proposed")


def _missing_amount(scene: Scene, campaign: Campaign) -> None:
    Refund.objects.all().delete()
    StoreOrder.objects.update(total=None)


def _text(scene: Scene, campaign: Campaign, body: str) -> None:
    actions.change_texts(campaign=campaign, language="en", subject="Hello", body=body, reason="", by=scene.by)


def _wrong_placeholder(scene: Scene, campaign: Campaign) -> None:
    _text(scene, campaign, "Hi {nombre}")


def _missing_name(scene: Scene, campaign: Campaign) -> None:
    scene.customers[0].name = ""
    scene.customers[0].save()
    _text(scene, campaign, "Hi {first_name}, {code}, {refund}")


def _dropped_refund(scene: Scene, campaign: Campaign) -> None:
    actions.drop_refunds(refunds=campaign.refunds.all()[:1].all(), by=scene.by)


def _false_claim(scene: Scene, campaign: Campaign) -> None:
    _text(scene, campaign, "Hi, we have refunded {refund}. {code}")


def _code_over(scene: Scene, campaign: Campaign) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    Campaign.objects.update(code_expires_on=yesterday)
    DiscountCode.objects.update(expires_on=yesterday)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_missing_case, "mark its case as unblocked first"),
        (_missing_people, "There is nobody to write to"),
        (_missing_sender, "has no sender e-mail"),
        (_missing_codes, "3 people have no code"),
        (_missing_load, "3 codes are not in the shop yet"),
        (_missing_refunds, "3 orders have no refund"),
        (_missing_approval, "1 refund is not approved yet"),
        (_missing_amount, "3 orders have no amount"),
        (_wrong_placeholder, "something to mend: {nombre}"),
        (_missing_name, "lacks {first_name}"),
        (_false_claim, "not every refund is paid"),
        (_code_over, "The code's last day is over"),
    ],
)
def test_the_gate_refuses_what_is_missing(
    cast: Cast, spoil: Callable[[Scene, Campaign], None], sentence: str
) -> None:
    scene = make_scene(cast.merchant, 3)
    campaign = make_ready(draft(scene), cast.merchant)
    spoil(scene, campaign)
    with translation.override("en"), pytest.raises(Refused, match=sentence.replace("{", r"\{")):
        approve(campaign, cast.merchant, 3)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DRAFT
    assert not Message.objects.exclude(skip_reason="left_out").exists()


def test_a_dropped_refund_leaves_a_gap_that_stops_the_mail(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    campaign = make_ready(draft(scene), cast.merchant)
    one = Refund.objects.filter(pk=campaign.refunds.order_by("pk").values("pk")[:1])
    actions.drop_refunds(refunds=one, by=cast.merchant)
    with pytest.raises(Refused, match=r"lacks \{refund\}"):
        approve(campaign, cast.merchant, 2)


@pytest.mark.parametrize("typed", [0, 2, 4])
def test_another_number_than_the_people_is_no_confirmation(cast: Cast, typed: int) -> None:
    campaign = make_ready(draft(make_scene(cast.merchant, 3)), cast.merchant)
    with pytest.raises(Refused, match="3 people"):
        approve(campaign, cast.merchant, typed)


def test_a_holding_note_needs_neither_codes_nor_refunds_nor_an_unblocked_case(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    _missing_case(scene, draft(scene))
    campaign = approve(draft(scene, Kind.HOLDING), cast.merchant, 2)
    assert states(campaign) == ["queued", "queued"]


def test_approval_freezes_texts_recipients_and_ids(cast: Cast) -> None:
    store = make_store(cast.team, language="es")
    people = [
        make_customer(store, "María García", "maria@example.com"),
        make_customer(store, "John Smith", "john@example.com", language="en"),
        make_customer(store, "Nobody", ""),
    ]
    scene = make_scene(cast.merchant, store=store, customers=people)
    campaign = make_ready(draft(scene), cast.merchant)
    approve(campaign, cast.merchant, 2)
    maria, john, nobody = Message.objects.order_by("customer_id")
    assert (maria.language, maria.recipient, maria.state) == ("es", "maria@example.com", "queued")
    assert "Hola María" in maria.body
    assert "4,50\xa0€" in maria.body or "4,50 €" in maria.body
    assert DiscountCode.objects.get(customer=people[0]).code in maria.body
    assert "Hi John" in john.body
    assert "€4.50" in john.body
    assert (nobody.state, nobody.skip_reason) == ("skipped", "blank")
    assert maria.closures.count() == 1
    assert len({message.message_id for message in (maria, john, nobody)}) == 3
    people[0].email = "other@example.com"
    people[0].save()
    maria.refresh_from_db()
    assert maria.recipient == "maria@example.com"


def test_a_second_window_cannot_send_again(cast: Cast) -> None:
    campaign = make_ready(draft(make_scene(cast.merchant, 2)), cast.merchant)
    approve(campaign, cast.merchant, 2)
    with pytest.raises(Refused, match="being sent already"):
        approve(campaign, cast.merchant, 2)
    assert Message.objects.count() == 2


def test_the_database_refuses_a_second_message_of_an_incident_and_kind(cast: Cast) -> None:
    campaign = sending(make_scene(cast.merchant, 1))
    message = Message.objects.get()
    message.pk, message.message_id = None, "<other@example.com>"
    with pytest.raises(IntegrityError), transaction.atomic():
        message.save(force_insert=True)
    assert campaign.messages.count() == 1


def test_overlapping_campaigns_skip_who_was_told(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    campaign = sending(scene)
    Message.objects.update(state="sent")
    Campaign.objects.filter(pk=campaign.pk).update(state="finished")
    newcomer = make_customer(scene.store)
    StoreOrder.objects.filter(customer=scene.customers[0]).update(customer=newcomer)
    second = draft(scene, Kind.HOLDING)
    assert second != campaign
    assert [person.customer for person in Plan(second).people] == [newcomer]
    approve(second, cast.merchant, 1)
    assert Message.objects.filter(campaign=second).count() == 1
    assert set(campaign.messages.values_list("state", flat=True)) == {"sent"}


# -- Stopping and going on ---------------------------------------------------------------------------------------------


def test_taking_back_makes_a_draft_that_can_be_sent_again(cast: Cast) -> None:
    campaign = approve(draft(make_scene(cast.merchant, 2), Kind.HOLDING), cast.merchant, 2)
    ids = set(Message.objects.values_list("pk", "message_id"))
    actions.take_back(campaign=campaign, by=cast.merchant)
    assert states(campaign) == ["cancelled", "cancelled"]
    approve(campaign, cast.merchant, 2)
    assert states(campaign) == ["queued", "queued"]
    assert set(Message.objects.values_list("pk", "message_id")) == ids


def test_taking_back_too_late_is_refused(cast: Cast) -> None:
    campaign = sending(make_scene(cast.merchant, 1))
    with pytest.raises(Refused, match="on their way"):
        actions.take_back(campaign=campaign, by=cast.merchant)


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
    _text(scene, campaign, "There was a delay at the factory.")
    campaign.refresh_from_db()
    plan = Plan(campaign)
    assert [doubt.word for doubt in plan.doubts(plan.words("en"))] == ["factory"]


def test_undo_time_is_what_the_settings_say(cast: Cast, settings: pytest.FixtureRequest) -> None:
    settings.SEND_UNDO_SECONDS = 7  # type: ignore[attr-defined]  # django-stubs lets nobody set one
    campaign = approve(draft(make_scene(cast.merchant, 1), Kind.HOLDING), cast.merchant, 1)
    assert campaign.starts_at is not None
    assert 5 < (campaign.starts_at - timezone.now()).total_seconds() <= 7
    assert not Message.objects.due().exists()
    start(campaign)
    assert Message.objects.due().count() == 1
