"""The reorder plan of an incident, and the tick sheet by which it is worked through."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.closures.listing import customer_name
from closedorders.closures.models import Closure, Incident
from closedorders.core.http.attempts import attempt, form_is_valid
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.money import Total, amounts_in_words
from closedorders.core.notices import success_with_undo
from closedorders.core.paging import page_of
from closedorders.core.text.formatting import count
from closedorders.orders.masking import SeenSupplierOrder, Sight
from closedorders.orders.models import SupplierOrder

from . import actions
from .forms import LineForm, NumberForm, PlanForm, RouteForm, first_values
from .models import ReorderBatch, ReorderLine, ReorderPlan

# Of a sheet that many people work on.
_CLAIMS_SHOWN, _DONE_SHOWN = 20, 10
_BATCHES_A_PAGE = 25


def _incident(request: TeamRequest, number: int) -> Incident:
    return get_object_or_404(Incident.objects.for_team(request.team), number=number)


def _plan(incident: Incident) -> ReorderPlan | None:
    plans = ReorderPlan.objects.current().filter(incident=incident).select_related("made_by__user", "team")
    return plans.first()


def _line(request: TeamRequest, number: int, closure: int) -> ReorderLine:
    """The line of the newest plan that has this closure: an older page of a sheet still finds its order."""
    lines = ReorderLine.objects.filter(
        plan__team=request.team, plan__incident__number=number, closure=closure
    ).select_related("plan__incident__team", "plan__team", "batch", "closure__supplier_order")
    line = lines.order_by("-plan").first()
    return line or get_object_or_404(lines, pk=0)


def _figures(plan: ReorderPlan) -> list[dict[str, Any]]:
    waiting = plan.lines.waiting()
    costs = list(
        waiting.order_by()
        .values_list("currency")
        .annotate(amount=Sum("cost"), known=Count("cost"), duty=Sum("duty"), orders=Count("pk"))
    )
    orders = sum(orders for *_rest, orders in costs)
    known = [Total(amount, currency, known) for currency, amount, known, _duty, _o in costs if known]
    duty = sum(duty or 0 for _c, _a, _k, duty, _o in costs)
    unknown = orders - sum(total.count for total in known)
    last = waiting.order_by("-batch__day").values_list("batch__day", flat=True).first()
    return [
        {"label": _("To reorder"), "value": count(orders)},
        {
            "label": _("What it costs"),
            "value": amounts_in_words(known),
            "note": _("%(count)s without a known cost") % {"count": count(unknown)} if unknown else "",
        },
        {
            "label": _("EU duty on top"),
            "value": amounts_in_words([Total(duty, plan.duty_currency, 1)] if duty else []),
        },
        {"label": _("Last day"), "value": date_format(last) if last else "–"},
    ]


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def reorder(request: TeamRequest, number: int) -> HttpResponse:
    """The plan with its batches; a merchant makes it, and makes it anew."""
    incident = _incident(request, number)
    posted = request.POST if request.method == "POST" and request.membership.is_merchant else None
    plan = _plan(incident)
    still_open = Closure.objects.filter(incident=incident).open()
    form = None
    if request.membership.is_merchant:
        first = still_open.exclude(supplier_order__currency="").values_list(
            "supplier_order__currency", flat=True
        )
        initial = first_values(
            request.team, plan or actions.last_plan(request.team), first.order_by("pk").first() or ""
        )
        form = PlanForm(posted, initial=initial)
        if posted is not None and form.is_valid():
            with attempt(request, form):
                actions.make_plan(incident=incident, options=form.options(), by=request.membership)
                messages.success(request, _("The plan is made. Open the tick sheet to work through it."))
                return redirect("incidents:reorder", team=request.team.slug, number=number)
    batches = ReorderBatch.objects.filter(plan=plan).with_counts() if plan else ReorderBatch.objects.none()
    context = {
        "incident": incident,
        "plan": plan,
        "form": form,
        "replanning": bool(form and form.errors),
        "open_count": still_open.count(),
        "not_planned": _not_planned(incident, plan),
        "figures": _figures(plan) if plan else [],
        "page": page_of(request, batches, size=_BATCHES_A_PAGE, ascending=True),
        "routes": SupplierOrder.PaidWith.choices,
    }
    return render(request, "incidents/reorder/reorder.html", context)


def _not_planned(incident: Incident, plan: ReorderPlan | None) -> int:
    """Open closures that came after the plan."""
    if plan is None:
        return 0
    return Closure.objects.filter(incident=incident).open().exclude(reorder_lines__plan=plan).count()


@team_page(MERCHANT)
@post_only
def reorder_route(request: TeamRequest, number: int, batch: int) -> HttpResponse:
    incident = _incident(request, number)
    found = get_object_or_404(
        ReorderBatch.objects.filter(plan__incident=incident, plan__retired_at=None).select_related("plan"),
        number=batch,
    )
    form = RouteForm(request.POST)
    if form_is_valid(request, form):
        actions.set_route(batch=found, route=form.cleaned_data["route"], by=request.membership)
        messages.success(request, _("Saved."))
    return redirect("incidents:reorder_batch", team=request.team.slug, number=number, batch=batch)


@team_page(MERCHANT, ASSISTANT)
def reorder_batch(request: TeamRequest, number: int, batch: int) -> HttpResponse:
    """The orders of one batch, in turn."""
    incident = _incident(request, number)
    batches = ReorderBatch.objects.filter(plan__incident=incident, plan__retired_at=None).select_related(
        "plan"
    )
    found = get_object_or_404(batches.with_counts(), number=batch)
    page = page_of(request, found.lines.with_order(), ascending=True)
    now = timezone.now()
    context = {
        "incident": incident,
        "batch": found,
        "page": page,
        "rows": [_row(line, now) for line in page.rows],
        "routes": SupplierOrder.PaidWith.choices,
        "shippings": ReorderLine.Shipping.choices,
    }
    return render(request, "incidents/reorder/batch.html", context)


def _row(line: ReorderLine, now: Any) -> dict[str, Any]:
    closure = line.closure
    order = closure.supplier_order
    sale = order.store_order
    return {
        "line": line,
        "closure": closure,
        "order": order,
        "store_order": sale,
        "customer": customer_name(sale.customer if sale else None),
        "waiting": closure.outcome == Closure.Outcome.OPEN and closure.reopened_at is None,
        "claimed": line.is_claimed_at(now),
    }


@team_page(MERCHANT)
@post_only
def reorder_line(request: TeamRequest, number: int, closure: int) -> HttpResponse:
    line = _line(request, number, closure)
    form = LineForm(request.POST)
    if form_is_valid(request, form):
        actions.change_line(line=line, by=request.membership, **form.cleaned_data)
        messages.success(request, _("Saved."))
    return redirect("incidents:reorder_batch", team=request.team.slug, number=number, batch=line.batch.number)


# --- The tick sheet ---


@team_page(MERCHANT, ASSISTANT)
def reorder_sheet(request: TeamRequest, number: int) -> HttpResponse:
    return _sheet(request, _incident(request, number))


def _sheet(request: TeamRequest, incident: Incident, form: NumberForm | None = None) -> HttpResponse:
    """The order this person has, or "Next"; who has what, and what was placed last."""
    plan = _plan(incident)
    if plan is None:
        return redirect("incidents:reorder", team=request.team.slug, number=incident.number)
    now = timezone.now()
    lines = plan.lines.with_order()
    claims = [_row(line, now) for line in lines.waiting().claimed(now).in_turn()[:_CLAIMS_SHOWN]]
    mine = next(iter(lines.waiting().claimed(now).filter(claimed_by=request.membership)[:1]), None)
    done = lines.filter(done_at__isnull=False, closure__outcome="replaced").order_by("-done_at")[:_DONE_SHOWN]
    waiting = plan.lines.waiting().count()
    undo_since = now - actions.UNDO_FOR
    context = {
        "incident": incident,
        "plan": plan,
        "waiting": waiting,
        "placed": plan.lines.filter(closure__outcome="replaced").count(),
        "mine": _mine(request, mine) if mine else None,
        "form": form or NumberForm(team=request.team),
        "claims": claims,
        "done": [
            _row(line, now)
            | {
                "may_undo": line.done_at
                and line.done_at > undo_since
                and (line.done_by_id == request.membership.pk or request.membership.is_merchant)
            }
            for line in done
        ],
    }
    return render(request, "incidents/reorder/sheet.html", context)


def _mine(request: TeamRequest, line: ReorderLine) -> dict[str, Any]:
    row = _row(line, timezone.now())
    sight = Sight.of(request.membership)
    sale = row["store_order"]
    products = sale.lines if sale else []
    return row | {
        "seen": SeenSupplierOrder.of(row["order"], sight),
        "products": [
            each._replace(name=sight.words(each.name), sku=sight.words(each.sku)) for each in products
        ],
        "route": SupplierOrder.PaidWith(line.batch.route).label,
        "parts": SupplierOrder.objects.filter(store_order=sale, replaces=None).count() if sale else 1,
        # Begun minutes count: who has just claimed it reads 20.
        "minutes": max(int((line.claimed_until - timezone.now()).total_seconds() + 59) // 60, 0)
        if line.claimed_until
        else 0,
    }


@team_page(MERCHANT, ASSISTANT)
@post_only
def reorder_next(request: TeamRequest, number: int) -> HttpResponse:
    plan = _plan(_incident(request, number))
    if plan is not None:
        with attempt(request):
            actions.claim_next(plan=plan, by=request.membership)
    return redirect("incidents:reorder_sheet", team=request.team.slug, number=number)


@team_page(MERCHANT, ASSISTANT)
@post_only
def reorder_number(request: TeamRequest, number: int, closure: int) -> HttpResponse:
    line = _line(request, number, closure)
    form = NumberForm(request.POST, team=request.team)
    if form.is_valid():
        with attempt(request, form, "number"):
            actions.enter_number(line=line, number=form.cleaned_data["number"], by=request.membership)
            undo_url = reverse("incidents:reorder_undo", args=[request.team.slug, number, closure])
            success_with_undo(
                request,
                _("%(number)s is reordered.") % {"number": line.closure.supplier_order.number},
                undo_url=undo_url,
            )
            return redirect("incidents:reorder_sheet", team=request.team.slug, number=number)
    return _sheet(request, line.plan.incident, form)


@team_page(MERCHANT, ASSISTANT)
@post_only
def reorder_release(request: TeamRequest, number: int, closure: int) -> HttpResponse:
    line = _line(request, number, closure)
    with attempt(request):
        actions.release_line(line=line, by=request.membership)
    return redirect("incidents:reorder_sheet", team=request.team.slug, number=number)


@team_page(MERCHANT, ASSISTANT)
@post_only
def reorder_undo(request: TeamRequest, number: int, closure: int) -> HttpResponse:
    line = _line(request, number, closure)
    with attempt(request):
        actions.undo_number(line=line, by=request.membership)
        messages.success(request, _("The number is taken off. Enter the right one."))
    return redirect("incidents:reorder_sheet", team=request.team.slug, number=number)
