"""The page on which an import is taken back: what that would do, or why it cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.methods import get_and_post
from closedorders.imports import actions
from closedorders.orders.models import Customer, StoreOrder

from .. import states
from ..actions import undo_import
from ..models import Import, ImportChange
from ..states import Action
from ..undo.plan import Blocker, plan
from ..wording.names import undo_reason
from .import_page import act, source_of
from .rows import import_row

_LATER_SHOWN = 5


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def import_undo(request: TeamRequest, pk: int) -> HttpResponse:
    """What taking an import back would do, or why it cannot be; then to do it."""
    if request.method == "POST":
        return act(request, pk, undo_import)
    source = source_of(request, pk)
    allowed = actions.may_take_back(source, request.membership)
    context: dict[str, Any] = {"source": source, "row": import_row(source), "may_undo": allowed}
    if source.state in states.before(Action.UNDO) and allowed:
        found = plan(source)
        context |= {
            "found": found,
            "blockers": _blockers(request, found.blockers),
            "more": found.blocked - len(found.blockers),
            "later": _later(source) if found.orders or found.supplier_orders else [],
        }
    return render(request, "imports/import_undo.html", context)


def _later(source: Import) -> Sequence[Import]:
    """The newest files that were saved after this one and found orders here already: maybe those of this one."""
    saved = Import.objects.for_team(source.team).filter(
        store=source.store, pk__gt=source.pk, state=Import.State.COMMITTED, orders_unchanged__gt=0
    )
    return list(saved.select_related("team").order_by("-pk")[:_LATER_SHOWN])


def _blockers(request: TeamRequest, found: Sequence[Blocker]) -> list[dict[str, Any]]:
    """Each as an order and why: what was changed of a customer is told at the newest of their orders."""
    customers = {each.pk for each in found if each.thing == ImportChange.Thing.CUSTOMER}
    newest = Customer.objects.filter(pk__in=customers).annotate(newest=Max("orders"))
    orders = StoreOrder.objects.for_team(request.team).filter(pk__in=newest.values("newest"))
    order_of = {
        customer: (pk, number) for customer, pk, number in orders.values_list("customer", "pk", "number")
    }
    pages = {
        ImportChange.Thing.STORE_ORDER: "orders:order",
        ImportChange.Thing.SUPPLIER_ORDER: "orders:supplier_order",
    }
    shown = []
    for each in found:
        thing, pk, label = each.thing, each.pk, each.label
        if each.pk in order_of and thing == ImportChange.Thing.CUSTOMER:
            thing, (pk, label) = ImportChange.Thing.STORE_ORDER, order_of[each.pk]
        page = pages.get(ImportChange.Thing(thing))
        shown.append(
            {
                "label": label,
                "url": reverse(page, args=[request.team.slug, pk]) if page else "",
                "why": ", ".join(undo_reason(reason) for reason in each.reasons),
            }
        )
    return shown
