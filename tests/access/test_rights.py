"""Every write asks who may, itself: whoever calls it, whatever page was in front of it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.utils import timezone

import closedorders.accounts.actions
import closedorders.cases.actions
import closedorders.closures.actions
import closedorders.documents.proof.actions
import closedorders.imports.actions
import closedorders.imports.columns
import closedorders.incidents.actions
import closedorders.incidents.digest.actions
import closedorders.incidents.limbo.actions
import closedorders.incidents.reminders.actions
import closedorders.orders.actions
import closedorders.orders.actions.stores
import closedorders.orders.bulk.actions
import closedorders.outreach.actions
import closedorders.outreach.compensations.actions
import closedorders.outreach.recipients.actions
import closedorders.responses.actions
import closedorders.responses.inbox.actions
import closedorders.responses.personal_data.actions
import closedorders.risk.actions
import closedorders.senders.pace.actions
from closedorders.accounts.models import AuditEvent, Membership, Role
from closedorders.core.refusals import Refused
from closedorders.outreach.actions import (
    approve_refunds,
    create_campaign,
    drop_refunds,
    export_codes,
    mark_codes_loaded,
)
from closedorders.outreach.models import DiscountCode, Kind, Message, Refund
from tests.cast import Cast
from tests.factories import make_incident, make_store, make_store_order, make_supplier_order
from tests.outreach.scenes import draft, make_scene

MODULES = [
    closedorders.accounts.actions,
    closedorders.cases.actions,
    closedorders.closures.actions,
    closedorders.documents.proof.actions,
    closedorders.imports.actions,
    closedorders.imports.columns,
    closedorders.incidents.actions,
    closedorders.incidents.digest.actions,
    closedorders.incidents.limbo.actions,
    closedorders.incidents.reminders.actions,
    closedorders.orders.actions,
    closedorders.orders.bulk.actions,
    closedorders.outreach.actions,
    closedorders.outreach.compensations.actions,
    closedorders.outreach.recipients.actions,
    closedorders.responses.actions,
    closedorders.responses.inbox.actions,
    closedorders.responses.personal_data.actions,
    closedorders.risk.actions,
    closedorders.senders.pace.actions,
]


def _asks(function: ast.FunctionDef, functions: dict[str, ast.FunctionDef]) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "allow":
                return True
            called = functions.get(node.func.id)
            if called not in (None, function) and any(k.arg == "by" for k in node.keywords):
                return _asks(called, functions)
    return False


def _files(module: ModuleType) -> list[Path]:
    """The module's file; every file below a package."""
    file = Path(str(module.__file__))
    return sorted(file.parent.rglob("*.py")) if hasattr(module, "__path__") else [file]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.__name__))
def test_every_action_of_a_member_asks_whether_they_may(module: ModuleType) -> None:
    by_member: list[str] = []
    unasked: list[str] = []
    for file in _files(module):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for name, function in functions.items():
            if not name.startswith("_") and any(
                arg.arg == "by" and isinstance(arg.annotation, ast.Name) and arg.annotation.id == "Membership"
                for arg in function.args.kwonlyargs
            ):
                by_member.append(name)
                if not _asks(function, functions):
                    unasked.append(f"{file.name}: {name}")
    assert by_member
    assert set(getattr(module, "__all__", ())) <= set(by_member)
    assert unasked == []


def test_who_may_not_send_cannot_by_calling_the_action(cast: Cast, other_cast: Cast) -> None:
    actions: Any = closedorders.outreach.actions
    compensations: Any = closedorders.outreach.compensations.actions
    scene = make_scene(cast.merchant)
    campaign = draft(scene)
    message = Message(team=scene.team, campaign=campaign, state=Message.State.UNCERTAIN)
    on_campaign = [
        actions.prepare,
        actions.withdraw_approval,
        actions.pause,
        actions.resume,
        actions.cancel_campaign,
        actions.retry_failed,
    ]
    calls: list[Callable[[Membership], object]] = [
        *(lambda by, act=act: act(campaign=campaign, by=by) for act in on_campaign),
        lambda by: actions.approve_campaign(campaign=campaign, typed_count=3, by=by),
        lambda by: actions.change_offer(campaign=campaign, by=by, gift="x"),
        lambda by: compensations.export_compensations(campaign=campaign, kind="credit", by=by),
        lambda by: compensations.issue_compensations(campaign=campaign, kind="credit", by=by),
        lambda by: compensations.reopen_compensations(campaign=campaign, kind="credit", by=by),
        lambda by: closedorders.outreach.recipients.actions.choose_language(
            customer=scene.customers[0], language="es", by=by
        ),
        lambda by: actions.leave_out(campaign=campaign, customer=scene.customers[0], by=by),
        lambda by: actions.mark_uncertain_as_sent(message=message, by=by),
        lambda by: actions.send_again(message=message, by=by),
        lambda by: actions.save_template(
            store=scene.store, kind=Kind.HOLDING, language="en", subject="a", body="b", by=by
        ),
    ]
    before = AuditEvent.objects.count()
    for call in calls:
        for by in (cast.assistant, cast.reviewer, other_cast.merchant):
            with pytest.raises(Refused):
                call(by)
    assert AuditEvent.objects.count() == before


def test_a_removed_member_writes_nothing_more(cast: Cast) -> None:
    gone = cast.merchant
    gone.ended_at = timezone.now()
    with pytest.raises(Refused):
        closedorders.accounts.actions.invite(team=cast.team, email="x@y.zz", role=Role.MERCHANT, by=gone)


def test_a_campaign_never_takes_another_teams_store(cast: Cast, other_cast: Cast) -> None:
    scene = make_scene(cast.merchant)
    with pytest.raises(Refused):
        closedorders.outreach.actions.create_campaign(
            incident=scene.incident, kind=Kind.HOLDING, store=make_store(other_cast.team), by=cast.merchant
        )


def test_an_assistant_adds_the_first_store_and_no_other(cast: Cast) -> None:
    add = closedorders.orders.actions.stores.add_store
    add(team=cast.team, by=cast.assistant, name="First")
    with pytest.raises(Refused):
        add(team=cast.team, by=cast.assistant, name="Second")


def test_moves_of_codes_and_money_touch_only_rows_of_ones_own_team(cast: Cast, other_cast: Cast) -> None:
    store = make_store(other_cast.team)
    order = make_store_order(store)
    incident = make_incident(
        other_cast.team, other_cast.merchant, [make_supplier_order(other_cast.team, order)]
    )
    campaign = create_campaign(incident=incident, kind=Kind.RESOLUTION, store=store, by=other_cast.merchant)
    refund = Refund.objects.create(
        team=other_cast.team,
        campaign=campaign,
        incident=incident,
        store_order=order,
        amount=Decimal("4.50"),
        currency="EUR",
        percent=10,
    )
    code = DiscountCode.objects.create(
        store=store, campaign=campaign, incident=incident, customer=order.customer, code="ana10-x", percent=10
    )
    assert approve_refunds(refunds=Refund.objects.all(), by=cast.merchant) == 0
    assert drop_refunds(refunds=Refund.objects.all(), by=cast.merchant) == 0
    assert mark_codes_loaded(codes=DiscountCode.objects.all(), by=cast.merchant) == 0
    assert export_codes(codes=DiscountCode.objects.all(), by=cast.merchant) == []
    refund.refresh_from_db()
    code.refresh_from_db()
    assert (refund.state, code.loaded_at, code.exported_at) == (Refund.State.PROPOSED, None, None)
    assert approve_refunds(refunds=Refund.objects.all(), by=other_cast.merchant) == 1
