"""An incident with customers, ready to be written to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from closedorders.accounts.models import Membership, Team
from closedorders.cases.actions import move_case, open_case
from closedorders.cases.models import Case
from closedorders.cases.moves import UNBLOCKING
from closedorders.closures.builtin_reasons import BUILTIN
from closedorders.closures.models import ClosureReason, Incident
from closedorders.orders.models import Customer, Store
from closedorders.outreach import actions
from closedorders.outreach.models import Campaign, Kind, Message
from tests.factories import (
    make_customer,
    make_incident,
    make_member,
    make_store,
    make_store_order,
    make_supplier_order,
    make_team,
    reason,
)


@dataclass(frozen=True)
class Scene:
    team: Team
    by: Membership
    store: Store
    incident: Incident
    customers: list[Customer]


def make_scene(
    by: Membership,
    people: int = 3,
    *,
    customers: Sequence[Customer] = (),
    store: Store | None = None,
    code: str = "fraud_review",
    solved: bool = True,
    **order: Any,
) -> Scene:
    """One incident that closed one order of each customer. `solved`: its account is unblocked."""
    store = store or make_store(by.team)
    found = list(customers) or [
        make_customer(store, name=f"Ana Ruiz {'abcdefghij'[n % 10]}") for n in range(people)
    ]
    supplier_orders = [
        make_supplier_order(by.team, make_store_order(store, customer, **order)) for customer in found
    ]
    incident = make_incident(by.team, by, supplier_orders, reason=reason(code))
    if solved:
        unblock(incident, by)
    return Scene(by.team, by, store, incident, found)


def unblock(incident: Incident, by: Membership) -> Case:
    """As if AliExpress had lifted the block of the incident's account."""
    case = open_case(incident=incident, by=by)
    move_case(case=case, move=UNBLOCKING, by=by, note="They lifted it.")
    return case


def draft(scene: Scene, kind: Kind = Kind.RESOLUTION) -> Campaign:
    return actions.create_campaign(incident=scene.incident, kind=kind, store=scene.store, by=scene.by)


def make_ready(campaign: Campaign, by: Membership) -> Campaign:
    """Codes in the shop, refunds approved."""
    actions.prepare(campaign=campaign, by=by)
    actions.mark_codes_loaded(codes=campaign.codes.all(), by=by)
    actions.approve_refunds(refunds=campaign.refunds.all(), by=by)
    return campaign


def approve(campaign: Campaign, by: Membership, people: int) -> Campaign:
    return actions.approve_campaign(campaign=campaign, typed_count=people, by=by)


def start(campaign: Campaign) -> Campaign:
    """As if the time in which it may be taken back were over."""
    past = timezone.now() - timedelta(seconds=1)
    Campaign.objects.filter(pk=campaign.pk).update(starts_at=past)
    Message.objects.filter(campaign=campaign).update(not_before=past)
    campaign.refresh_from_db()
    return campaign


def sending(scene: Scene, kind: Kind = Kind.HOLDING) -> Campaign:
    """A campaign whose messages are due."""
    campaign = draft(scene, kind)
    if kind == Kind.RESOLUTION:
        make_ready(campaign, scene.by)
    return start(approve(campaign, scene.by, len(scene.customers)))


def states(campaign: Campaign) -> list[str]:
    return sorted(Message.objects.filter(campaign=campaign).values_list("state", flat=True))


def committed_scene(people: int) -> Scene:
    """A cast outside of a rolled-back transaction: other connections see it. Flushing took the seeded reasons away."""
    for position, code in enumerate(BUILTIN):
        ClosureReason.objects.get_or_create(team=None, code=code, defaults={"position": position})
    return make_scene(make_member(make_team()), people)


def mail_goes_to(settings: pytest.FixtureRequest, port: int) -> None:
    """Campaigns of this test speak SMTP to 127.0.0.1:`port`, and wait a second for an answer."""
    for name, value in {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": port,
        "EMAIL_USE_TLS": False,
        "EMAIL_USE_SSL": False,
        "EMAIL_HOST_USER": "",
        "EMAIL_HOST_PASSWORD": "",
        "EMAIL_TIMEOUT": 1,
        "SMTP_FINAL_REPLY_TIMEOUT": 1,
    }.items():
        setattr(settings, name, value)


def write_text(scene: Scene, campaign: Campaign, body: str) -> None:
    actions.change_texts(campaign=campaign, language="en", subject="Hello", body=body, reason="", by=scene.by)
