"""Refunds ticked by mistake are to be refunded again for a minute."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.closures.models import Incident
from closedorders.core.refusals import Refused
from closedorders.outreach import actions
from closedorders.outreach.models import Campaign, Refund
from tests.cast import Cast
from tests.outreach.scenes import draft, make_scene

SignIn = Callable[[Membership | None], Client]


@pytest.fixture
def approved(cast: Cast) -> Campaign:
    campaign = actions.change_offer(
        campaign=draft(make_scene(cast.merchant, 3)),
        by=cast.merchant,
        refund_percent=10,
        refund_base=Campaign.RefundBase.TOTAL,
    )
    actions.prepare(campaign=campaign, by=cast.merchant)
    actions.approve_refunds(refunds=campaign.refunds.all(), by=cast.merchant)
    return campaign


def states() -> list[str]:
    return list(Refund.objects.order_by("pk").values_list("state", flat=True))


def test_the_page_ticks_them_and_takes_only_those_back(
    approved: Campaign, cast: Cast, client_of: SignIn
) -> None:
    merchant, url = client_of(cast.merchant), f"/t/{cast.team.slug}/outreach/refunds/"
    first, *others = approved.refunds.order_by("pk")
    merchant.post(url, {"do": "issue", "pk": [first.pk]}, follow=True)
    page = merchant.post(url, {"do": "issue", "pk": [each.pk for each in others]}, follow=True)
    undo = re.search(r'action="([^"]*/undo/)"', page.content.decode())
    assert undo is not None
    assert 'data-toast="60"' in page.content.decode()
    answer = merchant.post(undo[1], follow=True).content.decode()
    assert "Taken back: 2 orders" in answer
    assert states() == ["issued", "approved", "approved"]
    assert "taken back already" in merchant.post(undo[1], follow=True).content.decode()
    assert AuditEvent.objects.filter(verb="refunds_issuing_undone").count() == 1


def test_after_a_minute_or_by_somebody_else_they_stay(approved: Campaign, cast: Cast) -> None:
    at = timezone.now() - timedelta(seconds=61)
    actions.issue_refunds(refunds=approved.refunds.all(), by=cast.merchant, issued_at=at)
    with pytest.raises(Refused, match="minute"):
        actions.undo_issuing(issued_at=at, by=cast.merchant)
    later = timezone.now()
    Refund.objects.update(issued_at=later)
    for person in (cast.assistant, cast.reviewer):
        with pytest.raises(Refused):
            actions.undo_issuing(issued_at=later, by=person)
    assert states() == ["issued"] * 3


def test_they_stay_when_the_incident_was_ended_on_them(approved: Campaign, cast: Cast) -> None:
    at = timezone.now()
    actions.issue_refunds(refunds=approved.refunds.all(), by=cast.merchant, issued_at=at)
    Incident.objects.update(ended_at=timezone.now() + timedelta(seconds=1))
    with pytest.raises(Refused, match="ended since"):
        actions.undo_issuing(issued_at=at, by=cast.merchant)


def test_a_moment_out_of_all_time_is_no_address(cast: Cast, client_of: SignIn) -> None:
    url = f"/t/{cast.team.slug}/outreach/refunds/{10**30}/undo/"
    assert client_of(cast.merchant).post(url).status_code == 404
