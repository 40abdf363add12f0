from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import post_only
from closedorders.orders.masking import SeenSupplierOrder, Sight

from .. import actions
from ..actions.evidence import MOST_OF_A_CLOSURE, may_withdraw
from ..actions.outcomes import MONEY_OUTCOMES
from ..actions.removal import why_not_removable
from ..forms import NOT_SURE, ClosureReasonForm, OutcomeForm
from ..listing import OUTCOME_TONES, customer_name, history_of
from ..logs.forms import EvidenceForm
from ..logs.suggestions import suggestion
from ..models import Closure
from .evidence import evidence_for


def _closure(request: TeamRequest, pk: int) -> Closure:
    everything = Closure.objects.for_team(request.team).select_related(
        "team",
        "reason",
        "incident__buyer_account",
        "incident__team",
        "logged_by__user",
        "outcome_by__user",
        "supplier_order__buyer_account",
        "supplier_order__store_order__customer",
        "supplier_order__replaces",
    )
    return get_object_or_404(everything, pk=pk)


@team_page(MERCHANT, ASSISTANT)
def closure(request: TeamRequest, pk: int) -> HttpResponse:
    return _closure_page(request, _closure(request, pk))


def _closure_page(
    request: TeamRequest,
    shown: Closure,
    *,
    reason_form: ClosureReasonForm | None = None,
    outcome_form: OutcomeForm | None = None,
) -> HttpResponse:
    order = shown.supplier_order
    replacements = list(order.replacements.order_by("pk")[:5])
    settled_by_merchant = request.membership.is_assistant and shown.outcome in MONEY_OUTCOMES
    sight = Sight.of(request.membership)
    words = sight.words(shown.words)
    if reason_form is None:
        reason_form = ClosureReasonForm(
            team=request.team,
            current=shown.reason,
            initial={
                "reason": shown.reason.code if shown.reason else NOT_SURE,
                "words": words,
                "origin": shown.origin,
            },
        )
    if outcome_form is None and shown.reopened_at is None and not settled_by_merchant:
        outcome_form = OutcomeForm(
            by=request.membership,
            initial={
                # An order's page leads here to buy again: `?outcome=replaced`.
                "outcome": request.GET.get("outcome") or shown.outcome,
                "replacement": replacements[0].number if replacements else "",
                "payment_method": replacements[0].payment_method if replacements else "",
            },
        )
    context = {
        "closure": shown,
        "words": words,
        "order": order,
        "customer": customer_name(order.store_order.customer if order.store_order else None),
        "replacements": [SeenSupplierOrder.of(new, sight) for new in replacements],
        "tone": OUTCOME_TONES[Closure.Outcome(shown.outcome)],
        "reason_form": reason_form,
        "outcome_form": outcome_form,
        "settled_by_merchant": settled_by_merchant,
        "history": history_of(shown, sight),
        "evidence": [
            {"file": each, "name": sight.words(each.name), "mine": may_withdraw(each, request.membership)}
            for each in evidence_for(shown, request.membership)[:MOST_OF_A_CLOSURE]
        ],
        "evidence_form": EvidenceForm(by=request.membership, auto_id="evidence_%s"),
        **suggestion(request.team, f"{shown.words}\n{order.status}"),
        "why_it_stays": why_not_removable(shown),
    }
    return render(request, "closures/closure.html", context)


@team_page(MERCHANT, ASSISTANT)
@post_only
def closure_reason(request: TeamRequest, pk: int) -> HttpResponse:
    shown = _closure(request, pk)
    form = ClosureReasonForm(request.POST, team=request.team, current=shown.reason)
    if form.is_valid():
        with attempt(request, form):
            if form.chosen() != shown.reason:
                actions.set_reason(closures=[shown], reason=form.chosen(), by=request.membership)
            typed = form.cleaned_data["words"]
            # Saved as they were shown, they were not changed: a mask must not take an address's place.
            if typed.split() != Sight.of(request.membership).words(shown.words).split():
                actions.set_words(closure=shown, words=typed, by=request.membership)
            if form.cleaned_data["origin"] != shown.origin and "origin" in request.POST:
                actions.set_origin(closure=shown, origin=form.cleaned_data["origin"], by=request.membership)
            messages.success(request, _("Saved."))
            return redirect(shown)
    return _closure_page(request, shown, reason_form=form)


@team_page(MERCHANT, ASSISTANT)
@post_only
def closure_outcome(request: TeamRequest, pk: int) -> HttpResponse:
    shown = _closure(request, pk)
    form = OutcomeForm(request.POST, by=request.membership)
    if not form.is_valid():
        return _closure_page(request, shown, outcome_form=form)
    with attempt(request, form):
        actions.set_outcome(closure=shown, by=request.membership, **form.cleaned_data)
        messages.success(request, _("Outcome saved."))
        return redirect(shown)
    # Read again: the action may have changed the object before it was refused.
    return _closure_page(request, _closure(request, pk), outcome_form=form)


@team_page(MERCHANT, ASSISTANT)
@post_only
def closure_reopening(request: TeamRequest, pk: int) -> HttpResponse:
    shown = _closure(request, pk)
    actions.reopen_closure(closure=shown, by=request.membership)
    messages.success(request, _("Noted: AliExpress took the closure back. The history stays."))
    return redirect(shown)


@team_page(MERCHANT, ASSISTANT)
@post_only
def closure_removal(request: TeamRequest, pk: int) -> HttpResponse:
    """The number was mistyped, or the order was never closed."""
    shown = _closure(request, pk)
    incident = shown.incident
    with attempt(request):
        number = actions.remove_closure(closure=shown, by=request.membership)
        words = _("%(number)s is no longer in the log. If that was a mistake, log it again.")
        messages.success(request, words % {"number": number})
        return redirect(incident)
    return redirect(shown)
