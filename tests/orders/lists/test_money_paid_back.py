"""A part of the money that went back is no "Refunded", and says nothing of what is still open."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from closedorders.accounts.models import Membership
from closedorders.orders.models import StoreOrder
from closedorders.orders.status import refresh_status as refresh_status
from closedorders.outreach import actions as outreach
from closedorders.outreach.codes import percent_back
from closedorders.outreach.models import Refund
from tests.cast import Cast
from tests.outreach import scenes
from tests.outreach.scenes import Scene, make_scene

ClientOf = Callable[[Membership | None], Client]


@pytest.fixture
def scene(cast: Cast) -> Scene:
    """One closed order of which ten percent went back as an apology."""
    scene = make_scene(cast.merchant, 1)
    scenes.make_ready(scenes.draft(scene), cast.merchant)
    outreach.issue_refunds(refunds=Refund.objects.all(), by=cast.merchant)
    return scene


def _list(scene: Scene, client: Client, query: str = "") -> str:
    return client.get(f"/t/{scene.team.slug}/orders/{query}").content.decode()


def test_ten_percent_back_needs_somebody_while_the_order_is_closed_and_open(
    scene: Scene, client_of: ClientOf
) -> None:
    order = StoreOrder.objects.get()
    assert (order.supplier_state, order.money_state) == ("closed_open", "back_10")
    listed = _list(scene, client_of(scene.by))
    assert '<span class="tag tag-amber">10 % back</span>' in listed
    assert '<span class="tag tag-red">Closed</span>' in listed
    page = client_of(scene.by).get(order.get_absolute_url()).content.decode()
    assert "10 % back" in page
    assert 'green">Refunded<' not in listed + page
    assert 'quiet">Refunded<' not in listed
    worklist = client_of(scene.by).get(f"/t/{scene.team.slug}/outreach/refunds/?view=paid").content.decode()
    assert "10 % back" in worklist
    assert ">Refunded<" not in worklist


def test_a_refund_of_the_whole_order_is_refunded(cast: Cast, scene: Scene, client_of: ClientOf) -> None:
    Refund.objects.update(amount=Decimal("45.00"), percent=100)
    refresh_status(StoreOrder.objects.values_list("pk", flat=True))
    assert StoreOrder.objects.get().money_state == "refunded"
    assert '<span class="quiet">Refunded</span>' in _list(scene, client_of(cast.merchant))
    assert _list(scene, client_of(cast.merchant), "?money=refunded").count("data-row-link") == 1


def test_parts_are_found_by_one_filter_and_an_assistant_learns_no_percentage(
    cast: Cast, scene: Scene, client_of: ClientOf
) -> None:
    assert _list(scene, client_of(cast.merchant), "?money=back_").count("data-row-link") == 1
    assert _list(scene, client_of(cast.merchant), "?money=refunded").count("data-row-link") == 0
    seen = _list(scene, client_of(cast.assistant), "?money=back_")
    assert '<span class="tag tag-amber">Partly paid back</span>' in seen
    assert "10 % back" not in seen
    assert "This is no filter" in _list(scene, client_of(cast.assistant), "?money=back_10")
    exported = client_of(cast.assistant).post(reverse("orders:orders_export", args=[cast.team.slug]))
    lines = b"".join(exported.streaming_content).decode()  # type: ignore[attr-defined]  # A streaming answer has it.
    assert "Partly paid back" in lines
    assert "10 % back" not in lines
    order = StoreOrder.objects.get()
    assert "10 %" not in client_of(cast.assistant).get(order.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("amount", "total", "percent"),
    [
        ("4.50", "45.00", 10), ("45.00", "45.00", 100), ("50.00", "45.00", 100), ("44.99", "45.00", 99),
        ("0.01", "45.00", 1), ("15.00", "45.00", 33), ("4.50", None, 0), ("4.50", "0.00", 0),
    ],
)  # fmt: skip
def test_only_all_of_the_total_is_a_hundred_percent(amount: str, total: str | None, percent: int) -> None:
    assert percent_back(Decimal(amount), Decimal(total) if total else None) == percent
