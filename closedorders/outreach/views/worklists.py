"""Discount codes and refunds across campaigns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.files.csv_export import csv_response
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.money import quantize, totals
from closedorders.core.notices import success_with_undo
from closedorders.core.paging import page_of
from closedorders.core.refusals import Refused

from .. import actions
from ..models import DiscountCode, Refund
from .code_files import code_rows
from .tabs import tabs

EXPORT_LIMIT = 10_000


def _ticked(request: TeamRequest) -> list[int]:
    return [int(pk) for pk in request.POST.getlist("pk")[:500] if pk.isdecimal() and len(pk) < 19]


@team_page(MERCHANT)
@get_and_post
def codes(request: TeamRequest) -> HttpResponse:
    found = DiscountCode.objects.for_team(request.team)
    if request.method == "POST":
        ticked = found.filter(pk__in=_ticked(request))
        with attempt(request):
            number = actions.mark_codes_loaded(codes=ticked, by=request.membership)
            words = ngettext("%(count)s code is in the shop.", "%(count)s codes are in the shop.", number)
            messages.success(request, words % {"count": number})
        return redirect("outreach:codes", team=request.team.slug)
    views = {
        "to_load": (_("Not in the shop yet"), found.not_loaded()),
        "loaded": (_("In the shop"), found.exclude(loaded_at=None)),
        "used": (_("Used"), found.used()),
    }
    view = request.GET.get("view", "to_load")
    view = view if view in views else "to_load"
    rows = views[view][1].with_use().select_related("customer", "store", "campaign__incident")
    context = {"tabs": tabs(request, view, views), "view": view, "page": page_of(request, rows)}
    return render(request, "outreach/worklists/codes.html", context)


@team_page(MERCHANT)
@post_only
def codes_file(request: TeamRequest) -> HttpResponseBase:
    """Every code that is not in a shop yet, as a table."""
    waiting = DiscountCode.objects.for_team(request.team).not_loaded().order_by("pk")[:EXPORT_LIMIT]
    found = DiscountCode.objects.filter(pk__in=list(waiting.values_list("pk", flat=True)))
    return csv_response("codes.csv", code_rows(actions.export_codes(codes=found, by=request.membership)))


_REFUND_VIEWS: dict[str, tuple[Refund.State, Callable[[], str]]] = {
    "to_pay": (Refund.State.APPROVED, lambda: _("To refund")),
    "proposed": (Refund.State.PROPOSED, lambda: _("To approve")),
    "paid": (Refund.State.ISSUED, lambda: _("Paid back")),
    "dropped": (Refund.State.DROPPED, lambda: _("Dropped")),
}


def _with_order(refunds: QuerySet[Refund]) -> QuerySet[Refund]:
    found = refunds.select_related("store_order__store", "store_order__customer", "campaign__incident")
    return found.defer("store_order__lines")


@team_page(MERCHANT)
@get_and_post
def refunds(request: TeamRequest) -> HttpResponse:
    found = Refund.objects.for_team(request.team)
    view = request.GET.get("view", "to_pay")
    view = view if view in _REFUND_VIEWS else "to_pay"
    if request.method == "POST":
        ticked = found.filter(pk__in=_ticked(request))
        with attempt(request):
            if request.POST.get("do") == "issue":
                _issue_refunds(request, ticked)
            else:
                messages.success(request, _move_refunds(request, ticked))
        url = reverse("outreach:refunds", args=[request.team.slug])
        return redirect(f"{url}?view={view}")
    views = {name: (label(), found.filter(state=state)) for name, (state, label) in _REFUND_VIEWS.items()}
    rows = _with_order(views[view][1])
    amounts = views[view][1].values_list("amount", "currency")[:EXPORT_LIMIT]
    context = {
        "tabs": tabs(request, view, views),
        "view": view,
        "page": page_of(request, rows),
        "totals": totals(amounts),
    }
    return render(request, "outreach/worklists/refunds.html", context)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _issue_refunds(request: TeamRequest, ticked: QuerySet[Refund]) -> None:
    """With a minute to take it back: what was done is known by its moment."""
    now = timezone.now()
    number = actions.issue_refunds(refunds=ticked, by=request.membership, issued_at=now)
    if not number:
        raise Refused(_("Nothing was ticked that this fits."))
    words = ngettext("%(count)s order is refunded.", "%(count)s orders are refunded.", number)
    moment = (now - _EPOCH) // timedelta(microseconds=1)
    undo_url = reverse("outreach:refunds_undo", args=[request.team.slug, moment])
    success_with_undo(request, words % {"count": number}, undo_url=undo_url, for_a_minute=True)


@team_page(MERCHANT)
@post_only
def refunds_undo(request: TeamRequest, moment: int) -> HttpResponse:
    """Takes back what this person ticked at that moment: microseconds since 1970."""
    try:
        issued_at = _EPOCH + timedelta(microseconds=moment)
    except OverflowError:
        raise Http404 from None
    with attempt(request):
        number = actions.undo_issuing(issued_at=issued_at, by=request.membership)
        words = ngettext(
            "Taken back: %(count)s order is to be refunded.",
            "Taken back: %(count)s orders are to be refunded.",
            number,
        )
        messages.success(request, words % {"count": number})
    return redirect("outreach:refunds", team=request.team.slug)


def _move_refunds(request: TeamRequest, ticked: Any) -> str:
    by = request.membership
    match request.POST.get("do"):
        case "approve":
            number = actions.approve_refunds(refunds=ticked, by=by)
            words = ngettext("%(count)s refund approved.", "%(count)s refunds approved.", number)
        case "reopen":
            number = actions.reopen_refunds(refunds=ticked, by=by)
            words = ngettext(
                "%(count)s order is to be refunded again.",
                "%(count)s orders are to be refunded again.",
                number,
            )
        case "drop":
            number = actions.drop_refunds(refunds=ticked, by=by)
            words = ngettext("%(count)s refund dropped.", "%(count)s refunds dropped.", number)
        case _:
            raise Http404
    if not number:
        raise Refused(_("Nothing was ticked that this fits."))
    return words % {"count": number}


@team_page(MERCHANT)
def refunds_file(request: TeamRequest) -> HttpResponseBase:
    """The refunds of one view, for whoever pays them."""
    view = request.GET.get("view", "to_pay")
    if view not in _REFUND_VIEWS:
        raise Http404
    found = Refund.objects.for_team(request.team).filter(state=_REFUND_VIEWS[view][0])
    rows = _with_order(found).order_by("pk")[:EXPORT_LIMIT]
    head = [
        _("Store"),
        _("Order"),
        _("Customer"),
        _("Amount"),
        _("Currency"),
        _("Percent"),
        _("State"),
        _("Incident"),
    ]
    return csv_response(
        f"refunds-{view.replace('_', '-')}.csv",
        [
            head,
            *(
                [
                    refund.store_order.store.name,
                    refund.store_order.number,
                    refund.store_order.customer.name,
                    quantize(refund.amount, refund.currency) if refund.currency else refund.amount,
                    refund.currency,
                    refund.percent,
                    refund.get_state_display(),
                    refund.campaign.incident.number,
                ]
                for refund in rows
            ),
        ],
    )
