from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.closures.models import Closure
from closedorders.core.http.attempts import attempt, form_is_valid
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.paging import capped_count, page_of
from closedorders.core.refusals import Refused

from . import actions, reads
from .forms import DayForm, SupplierRefundForm, WindowForm

VIEWS = ("waiting", "overdue", "received", "not_entered")


@dataclass(frozen=True, slots=True)
class Row:
    """One closed order and where its money is. `came` and `due` are days; `short`: less came than was expected."""

    closure: Closure
    earliest: date | None
    latest: date | None
    tone: str
    state: str


def _rows(closures: Iterable[Closure], window: reads.Window) -> list[Row]:
    today = timezone.localdate()
    rows = []
    for closure in closures:
        announced, came = closure.supplier_refund_announced_on, closure.supplier_refund_received_on
        earliest = window.earliest(announced) if announced else None
        latest = window.latest(announced) if announced else None
        expected, got = closure.supplier_refund_expected, closure.supplier_refund_received
        if came:
            short = expected is not None and got is not None and got < expected
            tone, state = ("amber", _("Came short")) if short else ("green", _("Received"))
        elif latest is None:
            tone, state = "grey", _("Not entered")
        elif latest < today:
            tone, state = "red", _("Overdue")
        else:
            tone, state = "blue", _("Waiting")
        rows.append(Row(closure, earliest, latest, tone, state))
    return rows


def _views(request: TeamRequest, window: reads.Window) -> dict[str, tuple[str, QuerySet[Closure]]]:
    team = request.team
    return {
        "waiting": (_("Waiting"), reads.expected(team)),
        "overdue": (_("Overdue"), reads.overdue(team, window)),
        "received": (_("Received"), reads.received(team)),
        "not_entered": (_("Not entered yet"), reads.not_entered(team)),
    }


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def supplier_refunds(request: TeamRequest) -> HttpResponse:
    """What AliExpress owes for closed orders. Assistants see where each refund is, and no amount."""
    view = request.GET.get("view", "waiting")
    view = view if view in VIEWS else "waiting"
    if request.method == "POST":
        form = DayForm(request.POST)
        if request.POST.get("do") == "take_back" or form_is_valid(request, form):
            with attempt(request):
                messages.success(request, _do(request, form))
        url = reverse("incidents:supplier_refunds", args=[request.team.slug])
        return redirect(f"{url}?view={view}")
    window = reads.Window.of(request.team)
    views = _views(request, window)
    rows = views[view][1].select_related(
        "supplier_order__store_order", "incident__buyer_account", "incident__team"
    )
    page = page_of(request, rows.defer("supplier_order__store_order__lines"))
    merchant = request.membership.is_merchant
    context = {
        "tabs": [
            {"label": label, "url": f"?view={name}", "count": capped_count(found), "active": name == view}
            for name, (label, found) in views.items()
        ],
        "view": view,
        "page": page,
        "rows": _rows(page.rows, window),
        "window": window,
        "today": timezone.localdate(),
        "totals": reads.sums(views[view][1]) if merchant and view in {"waiting", "overdue"} else [],
        "cards": reads.missing_by_card(request.team) if merchant else [],
        "window_form": WindowForm(initial={"first_day": window.first_day, "last_day": window.last_day})
        if merchant
        else None,
    }
    return render(request, "incidents/limbo/supplier_refunds.html", context)


def _ticked(request: TeamRequest) -> QuerySet[Closure]:
    keys = [
        int(pk) for pk in request.POST.getlist("pk")[: actions.MOST + 1] if pk.isdecimal() and len(pk) < 19
    ]
    return Closure.objects.for_team(request.team).filter(pk__in=keys)


def _do(request: TeamRequest, form: DayForm) -> str:
    by, ticked = request.membership, _ticked(request)
    match request.POST.get("do"):
        case "expect":
            count = actions.expect_supplier_refunds(
                closures=ticked, announced_on=form.cleaned_data["day"], by=by
            )
            words = ngettext("%(count)s refund is expected.", "%(count)s refunds are expected.", count)
        case "receive":
            count = len(
                actions.receive_supplier_refunds(closures=ticked, received_on=form.cleaned_data["day"], by=by)
            )
            words = ngettext("%(count)s refund is received.", "%(count)s refunds are received.", count)
        case "take_back":
            count = actions.take_back_receipt(closures=ticked, by=by)
            words = ngettext(
                "%(count)s refund is waited for again.", "%(count)s refunds are waited for again.", count
            )
        case _:
            raise Http404
    if not count:
        raise Refused(_("Nothing was ticked that this fits."))
    return words % {"count": count}


@team_page(MERCHANT)
@get_and_post
def supplier_refund(request: TeamRequest, pk: int) -> HttpResponse:
    """One closed order: what was announced and what came."""
    closure = get_object_or_404(
        Closure.objects.for_team(request.team).select_related("team", "supplier_order", "incident__team"),
        pk=pk,
    )
    order = closure.supplier_order
    known = closure.supplier_refund_announced_on is not None
    initial: dict[str, Any] = {
        "expected": closure.supplier_refund_expected if known else order.cost,
        "currency": closure.supplier_refund_currency if known else order.currency,
        "announced_on": closure.supplier_refund_announced_on,
        "received": closure.supplier_refund_received,
        "received_on": closure.supplier_refund_received_on,
        "seen": actions.mark_of_refund(closure),
    }
    form = SupplierRefundForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form):
            actions.set_supplier_refund(closure=closure, by=request.membership, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("incidents:supplier_refunds", team=request.team.slug)
    context = {"form": form, "closure": closure, "order": order}
    return render(request, "incidents/limbo/supplier_refund.html", context)


@team_page(MERCHANT)
@post_only
def refund_window(request: TeamRequest) -> HttpResponse:
    form = WindowForm(request.POST)
    if form_is_valid(request, form):
        with attempt(request):
            actions.set_refund_window(team=request.team, by=request.membership, **form.cleaned_data)
            messages.success(request, _("Saved."))
    return redirect("incidents:supplier_refunds", team=request.team.slug)
