"""Above what a team has set, one merchant asks and another one approves exactly the same mails."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from closedorders.accounts.models import AuditEvent, Membership, Role
from closedorders.core.refusals import Refused
from closedorders.orders.models import Customer
from closedorders.outreach import actions
from closedorders.outreach.compensations.actions import issue_compensations
from closedorders.outreach.models import (
    Approval,
    ApprovalRule,
    Campaign,
    Compensation,
    Kind,
    Message,
    Refund,
)
from tests.cast import Cast
from tests.factories import make_member
from tests.outreach import scenes
from tests.outreach.pages.responses import said_on, text_of, url_of
from tests.outreach.scenes import draft, make_ready, make_scene, states

SignIn = Callable[[Membership | None], Client]


@pytest.fixture
def second(cast: Cast) -> Membership:
    return make_member(cast.team, Role.MERCHANT)


def _want(cast: Cast, **limits: object) -> ApprovalRule:
    return ApprovalRule.objects.create(team=cast.team, **limits)


def _asked(cast: Cast, people: int = 3) -> Campaign:
    campaign = draft(make_scene(cast.merchant, people), Kind.HOLDING)
    return scenes.approve(campaign, cast.merchant, people)


def test_one_asks_and_another_approves_the_same_mails(
    cast: Cast, second: Membership, client_of: SignIn
) -> None:
    _want(cast, people=2)
    campaign = draft(make_scene(cast.merchant, 3), Kind.HOLDING)
    first = client_of(cast.merchant)
    answer = first.post(url_of("approval", campaign), {"count": "3"}, follow=True)
    assert "nothing is sent before another merchant approves" in said_on(answer)
    campaign.refresh_from_db()
    assert (campaign.state, Message.objects.count()) == (Campaign.State.DRAFT, 0)
    page = text_of(first.get(url_of("campaign", campaign)))
    assert f"It is the turn of: {second.user.get_full_name()}" in page
    assert "Send to 3 people" not in page
    other = client_of(second)
    assert "asks for your approval" in text_of(other.get(reverse("dashboard:today", args=[cast.team.slug])))
    assert "asks you to approve this" in text_of(other.get(url_of("campaign", campaign)))
    other.post(url_of("approval", campaign), {"count": "3"})
    campaign.refresh_from_db()
    assert (campaign.state, campaign.approved_by) == (Campaign.State.SENDING, second)
    assert states(campaign) == ["queued"] * 3
    noted = dict(AuditEvent.objects.filter(verb__startswith="campaign_appro").values_list("verb", "actor"))
    assert noted == {
        "campaign_approval_asked": cast.merchant.user_id,
        "campaign_approved": second.user_id,
    }


def test_store_credit_counts_towards_the_amount_that_one_may_approve_alone(
    cast: Cast, second: Membership
) -> None:
    _want(cast, amount=Decimal(10))
    campaign = draft(make_scene(cast.merchant, 3))
    campaign = actions.change_offer(
        campaign=campaign, by=cast.merchant, code_percent=0, refund_percent=0, store_credit=Decimal(4)
    )
    make_ready(campaign, cast.merchant)
    issue_compensations(campaign=campaign, kind="credit", by=cast.merchant)
    scenes.approve(campaign, cast.merchant, 3)
    campaign.refresh_from_db()
    assert (campaign.state, Message.objects.count()) == (Campaign.State.DRAFT, 0)
    # Of what both are to approve, the credit is a part.
    Compensation.objects.filter(campaign=campaign).update(amount=Decimal(5))
    campaign.store_credit = Decimal(5)
    campaign.save()
    with pytest.raises(Refused):
        scenes.approve(campaign, second, 3)


def test_nobody_approves_what_they_asked_for(cast: Cast, second: Membership) -> None:
    _want(cast, people=2)
    campaign = _asked(cast)
    with pytest.raises(Refused, match="another merchant has to approve"):
        scenes.approve(campaign, cast.merchant, 3)
    with pytest.raises(Refused, match="You typed 4"):
        scenes.approve(campaign, second, 4)
    assert not Message.objects.exists()


@pytest.mark.parametrize("change", ["text", "name", "left out", "sender"])
def test_whatever_changes_makes_the_question_void(
    cast: Cast, second: Membership, client_of: SignIn, change: str
) -> None:
    _want(cast, people=1)
    scene = make_scene(cast.merchant, 3)
    campaign = draft(scene, Kind.HOLDING)
    scenes.approve(campaign, cast.merchant, 3)
    match change:
        case "text":
            scenes.write_text(scene, campaign, "Hello {first_name|there}, your order {orders} is late.")
        case "name":
            Customer.objects.filter(pk=scene.customers[0].pk).update(name="Bea Gil")
        case "left out":
            actions.leave_out(campaign=campaign, customer=scene.customers[0], by=second)
        case "sender":
            scene.store.sender_name = "Another shop"
            scene.store.save()
    assert "has changed since" in text_of(client_of(second).get(url_of("campaign", campaign)))
    with pytest.raises(Refused):
        scenes.approve(campaign, second, 3)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DRAFT
    assert not Message.objects.exclude(state="skipped").exists()


def test_what_was_asked_can_be_taken_back_and_asked_anew(
    cast: Cast, second: Membership, client_of: SignIn
) -> None:
    _want(cast, people=2)
    campaign = _asked(cast)
    client_of(cast.merchant).post(url_of("asking_withdrawal", campaign))
    assert Approval.objects.get().state == Approval.State.CANCELLED
    scenes.approve(campaign, second, 3)
    assert Approval.objects.asked().get().asked_by == second
    assert scenes.approve(campaign, cast.merchant, 3).state == Campaign.State.SENDING


def test_up_to_the_limit_one_merchant_is_enough(cast: Cast, second: Membership) -> None:
    _want(cast, people=3, amount=Decimal(1_000_000))
    assert _asked(cast).state == Campaign.State.SENDING


def test_the_amount_given_back_counts_and_one_that_nobody_can_convert_is_too_much(
    cast: Cast, second: Membership
) -> None:
    for limit in (Decimal("0.01"), Decimal(1_000_000)):
        ApprovalRule.objects.update_or_create(team=cast.team, defaults={"amount": limit})
        campaign = make_ready(draft(make_scene(cast.merchant, 1)), cast.merchant)
        currency = campaign.refunds.get().currency
        asked = scenes.approve(campaign, cast.merchant, 1).state == Campaign.State.DRAFT
        assert asked is (limit < 1 or currency != cast.team.currency)


def test_who_approved_a_large_refund_does_not_mark_it_as_paid(cast: Cast, second: Membership) -> None:
    campaign = make_ready(draft(make_scene(cast.merchant, 1)), cast.merchant)
    refund = campaign.refunds.get()
    cast.team.currency = refund.currency
    cast.team.save()
    _want(cast, refund=refund.amount - Decimal("0.01"))
    with pytest.raises(Refused, match="above your team's limit"):
        actions.issue_refunds(refunds=campaign.refunds.all(), by=cast.merchant)
    assert actions.issue_refunds(refunds=campaign.refunds.all(), by=second) == 1
    assert campaign.refunds.get().state == Refund.State.ISSUED


def test_a_rule_needs_somebody_who_could_be_the_second(cast: Cast, client_of: SignIn) -> None:
    url = reverse("outreach:approval_rule", args=[cast.team.slug])
    client = client_of(cast.merchant)
    refused = client.post(url, {"people": "5", "amount": "", "refund": ""})
    assert refused.status_code == 422
    assert "You are the only merchant" in text_of(refused)
    make_member(cast.team, Role.MERCHANT)
    client.post(url, {"people": "5", "amount": "100", "refund": ""})
    rule = ApprovalRule.objects.get()
    assert (rule.people, rule.amount, rule.refund) == (5, Decimal(100), None)
    assert AuditEvent.objects.get(verb="approval_rule_set").after["second_people"] == 5
