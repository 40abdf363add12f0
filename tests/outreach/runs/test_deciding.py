"""What a person says of mails that nobody is certain of."""

from __future__ import annotations

import pytest

from closedorders.accounts.models import AuditEvent
from closedorders.core.refusals import Refused
from closedorders.outreach import actions
from closedorders.outreach.models import Campaign, Message
from tests.cast import Cast
from tests.outreach import scenes
from tests.outreach.scenes import make_scene, states


def _uncertain(cast: Cast, people: int = 3) -> Campaign:
    campaign = scenes.sending(make_scene(cast.merchant, people))
    Message.objects.filter(campaign=campaign).update(state=Message.State.UNCERTAIN)
    return campaign


def test_many_arrived_and_the_campaign_is_finished(cast: Cast) -> None:
    campaign = _uncertain(cast)
    decided = actions.decide_uncertain(
        campaign=campaign, messages=Message.objects.all(), arrived=True, by=cast.merchant
    )
    assert decided == 3
    assert states(campaign) == ["sent"] * 3
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.FINISHED
    assert {message.decided_by for message in Message.objects.all()} == {cast.merchant}
    assert AuditEvent.objects.filter(verb="message_confirmed").count() == 3


def test_what_was_not_ticked_and_what_is_certain_is_left_alone(cast: Cast) -> None:
    campaign = _uncertain(cast)
    first, second, third = Message.objects.order_by("pk")
    Message.objects.filter(pk=second.pk).update(state=Message.State.SENT)
    ticked = Message.objects.filter(pk__in=[first.pk, second.pk])
    assert actions.decide_uncertain(campaign=campaign, messages=ticked, arrived=False, by=cast.merchant) == 1
    assert states(campaign) == ["queued", "sent", "uncertain"]
    second.refresh_from_db()
    assert second.decided_by is None
    assert third.decided_by is None


def test_messages_of_another_campaign_are_not_decided_with_it(cast: Cast, other_cast: Cast) -> None:
    campaign, foreign = _uncertain(cast, 1), _uncertain(other_cast, 1)
    actions.decide_uncertain(
        campaign=campaign, messages=Message.objects.all(), arrived=True, by=cast.merchant
    )
    assert states(foreign) == ["uncertain"]


def test_what_another_person_decided_meanwhile_is_refused(cast: Cast) -> None:
    campaign = _uncertain(cast, 1)
    actions.decide_uncertain(
        campaign=campaign, messages=Message.objects.all(), arrived=False, by=cast.merchant
    )
    with pytest.raises(Refused):
        actions.decide_uncertain(
            campaign=campaign, messages=Message.objects.all(), arrived=True, by=cast.merchant
        )
    assert states(campaign) == ["queued"]
