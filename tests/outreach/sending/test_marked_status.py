"""The status of orders follows their mails many at a time, and none is forgotten when a worker dies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.orders.models import StoreOrder
from closedorders.orders.status import changed_statuses
from closedorders.outreach import order_status, sending
from closedorders.outreach.models import Message
from tests.cast import Cast
from tests.outreach import scenes
from tests.outreach.scenes import make_scene
from tests.smtp_sink import SmtpSink


def _all_true() -> bool:
    return changed_statuses(list(StoreOrder.objects.values_list("pk", flat=True))) == {}


def test_after_a_run_every_order_says_what_became_of_its_mail(cast: Cast, sink: SmtpSink) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 3))
    sending.send_due(campaign.pk)
    assert not Message.objects.filter(status_due=True).exists()
    assert _all_true()


def test_what_a_killed_worker_did_not_bring_up_to_date_the_sweep_does(
    cast: Cast, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = scenes.sending(make_scene(cast.merchant, 3))
    # As if it were killed right after the last answer of the mail server.
    monkeypatch.setattr(sending, "refresh_marked", lambda messages: None)
    sending.send_due(campaign.pk)
    assert Message.objects.filter(status_due=True, state="sent").count() == 3
    assert not _all_true()
    monkeypatch.undo()
    sending.sweep()
    assert not _all_true(), "a worker may still be at it"
    Message.objects.update(settled_at=timezone.now() - order_status.LEFT_BEHIND_AFTER - timedelta(seconds=1))
    sending.sweep()
    assert not Message.objects.filter(status_due=True).exists()
    assert _all_true()


def test_a_mail_costs_few_statements(cast: Cast, sink: SmtpSink) -> None:
    spent = []
    for people in (2, 12):
        campaign = scenes.sending(make_scene(cast.merchant, people))
        with CaptureQueriesContext(connection) as queries:
            sending.send_due(campaign.pk)
        spent.append(len(queries))
    # The claim, the mark before the final dot, and the result.
    assert spent[1] - spent[0] == 3 * 10
