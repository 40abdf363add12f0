"""Two tabs, two people, two workers at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from closedorders.accounts import actions as people
from closedorders.accounts.models import AuditEvent, Invitation, Membership, Role
from closedorders.closures import actions as closures
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.imports.actions import save_import, upload_import
from closedorders.imports.models import Import
from closedorders.imports.runs import reading, saving
from closedorders.orderfiles.samples import shopify_csv
from closedorders.orders.actions.supplier_orders import match_supplier_order
from closedorders.orders.models import Customer, StoreOrder, SupplierOrder
from closedorders.orders.status import changed_statuses as changed_statuses
from closedorders.orders.status import refresh_status as refresh_status
from closedorders.outreach import actions
from closedorders.outreach.models import Kind, Message
from tests.factories import PASSWORD, make_member, make_store, make_team
from tests.outreach.scenes import committed_scene, draft


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do them at the same moment, each on a connection of its own; "done" or "refused" for each."""
    together = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        together.wait()
        try:
            act()
        except Refused:
            return "refused"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.django_db(transaction=True)
def test_of_two_tabs_that_approve_one_sends_and_the_other_is_told() -> None:
    scene = committed_scene(3)
    campaign = draft(scene, Kind.HOLDING)

    def approve() -> object:
        return actions.approve_campaign(campaign=campaign, typed_count=3, by=scene.by)

    assert sorted(at_once(approve, approve, approve)) == ["done", "refused", "refused"]
    assert Message.objects.count() == 3
    assert AuditEvent.objects.filter(verb="campaign_approved").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_send_that_is_cancelled_and_taken_back_at_once_is_one_of_the_two() -> None:
    scene = committed_scene(3)
    campaign = draft(scene, Kind.HOLDING)
    actions.approve_campaign(campaign=campaign, typed_count=3, by=scene.by)
    at_once(
        lambda: actions.withdraw_approval(campaign=campaign, by=scene.by),
        lambda: actions.cancel_campaign(campaign=campaign, by=scene.by),
    )
    campaign.refresh_from_db()
    assert campaign.state in {"draft", "cancelled"}
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["logged", "reopened", "refunded", "without_reason"])
def test_an_order_joined_while_its_closure_changes_stands_where_both_say(how: str) -> None:
    scene = committed_scene(1)
    order, closure = StoreOrder.objects.get(), Closure.objects.get()
    bought = closure.supplier_order
    SupplierOrder.objects.filter(pk=bought.pk).update(store_order=None)
    if how == "logged":
        closures.reopen_closure(closure=closure, by=scene.by)
    refresh_status([order.pk])
    changes: dict[str, Callable[[], object]] = {
        "logged": lambda: closures.log_closures(
            team=scene.team,
            numbers=[bought.number],
            reason=None,
            buyer_account=scene.incident.buyer_account,
            by=scene.by,
        ),
        "reopened": lambda: closures.reopen_closure(closure=closure, by=scene.by),
        "refunded": lambda: closures.set_outcome(closure=closure, outcome="refunded", by=scene.by),
        "without_reason": lambda: closures.set_reason(closures=[closure], reason=None, by=scene.by),
    }

    def join() -> object:
        return match_supplier_order(
            supplier_order=bought, store=scene.store, number=order.number, by=scene.by
        )

    assert at_once(join, changes[how]) == ["done", "done"]
    assert changed_statuses([order.pk]) == {}


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_invite_one_address_the_later_has_the_only_link() -> None:
    first = make_member(make_team())
    second = make_member(first.team)
    tokens: list[str] = []

    def invite(by: Membership) -> None:
        made = people.invite(team=by.team, email="new@example.com", role=Role.ASSISTANT, by=by)
        tokens.append(made.token)

    assert at_once(lambda: invite(first), lambda: invite(second), lambda: invite(first)) == ["done"] * 3
    assert len([token for token in tokens if people.find_invitation(token)]) == 1
    assert Invitation.objects.filter(revoked_at=None).count() == 1
    assert AuditEvent.objects.filter(verb="invitation_revoked").count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_link_accepted_in_two_tabs_at_once_makes_one_member() -> None:
    by = make_member(make_team())
    invitation = people.invite(team=by.team, email="new@example.com", role=Role.ASSISTANT, by=by).invitation

    def accept() -> object:
        return people.accept_invitation(invitation=invitation, user=None, name="Ana", password=PASSWORD)

    assert sorted(at_once(accept, accept)) == ["done", "refused"]
    assert Membership.objects.filter(user__email="new@example.com").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_link_accepted_while_it_is_withdrawn_does_one_of_the_two() -> None:
    by = make_member(make_team())
    invitation = people.invite(team=by.team, email="new@example.com", role=Role.ASSISTANT, by=by).invitation
    at_once(
        lambda: people.accept_invitation(invitation=invitation, user=None, name="Ana", password=PASSWORD),
        lambda: people.revoke_invitation(invitation=invitation, by=by),
    )
    invitation.refresh_from_db()
    assert (invitation.accepted_at is None) != (invitation.revoked_at is None)


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_the_same_orders_at_once_save_each_order_once() -> None:
    by = make_member(make_team())
    store = make_store(by.team, currency="EUR")
    content = shopify_csv(orders=1_500, start=date(2026, 1, 1), days=20)
    sources = []
    for _copy in range(2):
        upload = SimpleUploadedFile("orders.csv", content)
        source = upload_import(team=by.team, upload=upload, store=store, buyer_account=None, by=by)
        reading.read_file(source.pk)
        source.refresh_from_db()
        save_import(source=source, by=by)
        sources.append(source.pk)
    # Each import is given to two workers.
    at_once(*(lambda pk=pk: saving.commit_file(pk) for pk in sources * 2))
    imports = list(Import.objects.order_by("pk"))
    assert [each.state for each in imports] == ["committed", "committed"]
    assert sum(each.orders_new for each in imports) == StoreOrder.objects.count() == 1_500
    assert sum(each.orders_changed for each in imports) == 0
    assert sum(each.orders_unchanged for each in imports) == 1_500
    assert Customer.objects.filter(orders=None).count() == 0
