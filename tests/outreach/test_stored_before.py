"""What older versions stored of refunds and of who was told is brought up to date by a migration."""

from __future__ import annotations

import importlib
import pkgutil
from decimal import Decimal
from typing import Any

from django.apps import apps

from closedorders.orders.models import StoreOrder
from closedorders.orders.status import refresh_status as refresh_status
from closedorders.outreach import actions, migrations
from closedorders.outreach.models import Kind, Message, Refund, Suppression
from tests.cast import Cast
from tests.factories import make_customer, make_store
from tests.outreach import scenes
from tests.outreach.scenes import make_scene


def _migration() -> Any:
    name = next(
        each.name for each in pkgutil.iter_modules(migrations.__path__) if each.name.endswith("_untold")
    )
    return importlib.import_module(f"{migrations.__name__}.{name}")


def test_the_migration_stores_what_a_refresh_would_store(cast: Cast) -> None:
    store = make_store(cast.team)
    emails = ("a@example.com", "b@example.com", "", "x@members.ebay.com", "no@example.com", "c@example.com")
    customers = [make_customer(store, f"Person {email}", email=email) for email in emails]
    scene = make_scene(cast.merchant, store=store, customers=customers)
    scenes.make_ready(scenes.draft(scene), cast.merchant)
    scenes.sending(make_scene(cast.merchant, 2, store=store), Kind.RESOLUTION)
    Message.objects.filter(pk=Message.objects.latest("pk").pk).update(state="sent")
    actions.issue_refunds(refunds=Refund.objects.all(), by=cast.merchant)
    Refund.objects.filter(pk=Refund.objects.latest("pk").pk).update(amount=Decimal("45.00"))
    actions.add_suppression(
        team=cast.team, email="no@example.com", cause=Suppression.Cause.ASKED, detail="", by=cast.merchant
    )
    orders = StoreOrder.objects.order_by("pk")
    refresh_status(orders.values_list("pk", flat=True))
    right = list(orders.values_list("money_state", "told_state", "untold"))
    assert {"unreachable", "not_told", "on_its_way", "told"} == {told for _money, told, _untold in right}
    assert {"refunded", "back_10"} <= {money for money, _told, _untold in right}

    # As it was stored before.
    orders.update(untold=False)
    orders.filter(told_state="unreachable").update(told_state="not_told")
    orders.filter(money_state__in=["refunded", "back_10"]).update(money_state="refund_issued")
    migration = _migration()
    for step in (
        migration.note_who_is_untold, migration.note_who_cannot_be_mailed, migration.say_how_much_went_back
    ):  # fmt: skip
        step(apps, None)
    assert list(orders.values_list("money_state", "told_state", "untold")) == right
