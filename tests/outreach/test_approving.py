from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from closedorders.cases.models import Case
from closedorders.core.refusals import Refused
from closedorders.orders.models import StoreOrder
from closedorders.outreach import actions
from closedorders.outreach.models import Campaign, DiscountCode, Kind, Message, Refund
from closedorders.outreach.plans.plan import Plan
from tests.cast import Cast
from tests.factories import make_customer, make_store
from tests.outreach.scenes import Scene, approve, draft, make_ready, make_scene, sending, states, write_text


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


def _wrong_placeholder(scene: Scene, campaign: Campaign) -> None:
    write_text(scene, campaign, "Hi {nombre}")


def _missing_name(scene: Scene, campaign: Campaign) -> None:
    scene.customers[0].name = ""
    scene.customers[0].save()
    write_text(scene, campaign, "Hi {first_name}, {refund} for {orders}.\n\n{code}")


def _advertising(scene: Scene, campaign: Campaign) -> None:
    write_text(scene, campaign, "Hi, here are {code_percent} off.\n\nYour {orders}: {refund}, with {code}.")


def _dropped_refund(scene: Scene, campaign: Campaign) -> None:
    actions.drop_refunds(refunds=campaign.refunds.all()[:1].all(), by=scene.by)


def _false_claim(scene: Scene, campaign: Campaign) -> None:
    write_text(scene, campaign, "Hi, we have refunded {refund}.\n\n{code}")


def _code_over(scene: Scene, campaign: Campaign) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    Campaign.objects.update(code_expires_on=yesterday)
    DiscountCode.objects.update(expires_on=yesterday)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_missing_case, "mark its case as unblocked"),
        (_missing_people, "There is nobody to write to"),
        (_missing_sender, "has no sender e-mail"),
        (_missing_codes, "3 people have no code"),
        (_missing_load, "3 codes are not in the shop yet"),
        (_missing_refunds, "3 orders have no refund"),
        (_missing_approval, "1 refund is not approved yet"),
        (_missing_amount, "3 orders have no amount"),
        (_wrong_placeholder, "something to correct: {nombre}"),
        (_advertising, "begins with its offer"),
        (_missing_name, "lacks {first_name}"),
        (_false_claim, "not every refund is made"),
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
