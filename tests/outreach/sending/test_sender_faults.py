from __future__ import annotations

import pytest

from closedorders.outreach import sending
from closedorders.outreach.models import Campaign, Message, Suppression
from tests.cast import Cast
from tests.outreach import scenes
from tests.outreach.scenes import make_scene, states
from tests.smtp_sink import Act, SmtpSink


@pytest.mark.parametrize("at", ["rcpt", "data", "dot"])
def test_a_refused_sender_pauses_the_campaign_and_fails_nobody(cast: Cast, sink: SmtpSink, at: str) -> None:
    sink.play(Act(at, "550 5.7.26 the sender is unauthenticated", times=None))  # type: ignore[arg-type]
    campaign = scenes.sending(make_scene(cast.merchant, 3))
    sending.send_due(campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.pause_cause) == (Campaign.State.PAUSED, "sender_refused")
    assert campaign.pause_reason.startswith("550 5.7.26")
    assert states(campaign) == ["queued"] * 3
    assert not Suppression.objects.exists()


def test_a_sender_that_is_put_off_again_and_again_pauses_the_campaign_in_the_end(
    cast: Cast, sink: SmtpSink
) -> None:
    sink.play(Act("rcpt", "421 4.7.26 the sender is unauthenticated", times=None))
    campaign = scenes.sending(make_scene(cast.merchant, 1))
    Message.objects.update(deferrals=sending.MAX_ATTEMPTS - 1)
    sending.send_due(campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.pause_cause) == (Campaign.State.PAUSED, "sender_refused")
    assert states(campaign) == ["queued"]
