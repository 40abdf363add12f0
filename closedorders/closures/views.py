from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.access import ASSISTANT, EVERYONE, MERCHANT, TeamRequest, team_page
from closedorders.core.methods import get_and_post, post_only
from closedorders.core.notices import success_with_undo
from closedorders.core.paging import CAP, page_of
from closedorders.core.refusals import Refused
from closedorders.core.templatetags.look import count
from closedorders.orders.bulk import UNDO_FOR, chosen_orders
from closedorders.orders.masking import SeenSupplierOrder, Sight
from closedorders.orders.models import BulkEdit, SupplierOrder
from closedorders.orders.views.order_bulk import listed

from . import actions
from .actions import MOST_NUMBERS, PLAYBOOK_WORDS, REASONS_VERB, LogResult
from .forms import (
    NOT_SURE,
    BulkReasonForm,
    ClosureReasonForm,
    OutcomeForm,
    OwnReasonForm,
    PlaybookForm,
    QuickLogForm,
)
from .listing import OUTCOME_TONES, Filters, customer_name, history_of, tabs_for, view_of
from .models import Closure, ClosureReason, Incident
from .pasting import Pasted
from .playbooks import advice_for

RESULTS_KEPT = 5
# A paste may be a whole page: what could not be read is shown as a sample.
UNREADABLE_SHOWN = 20


@team_page(MERCHANT, ASSISTANT)
def closures(request: TeamRequest) -> HttpResponse:
    """The list, and one reason for many of it."""
    team = request.team
    filters = Filters.read(request.GET)
    tabs = tabs_for(team, filters)
    matching = next(tab.count for tab in tabs if tab.active)
    page = page_of(request, view_of(team, filters, filters.view).with_order())
    reasons = list(ClosureReason.objects.for_team(team))
    context = {
        "tabs": tabs,
        "filters": filters,
        "without_reason_filter": filters.query(reason=""),
        "without_incident_filter": filters.query(incident=""),
        "reason_name": _reason_name(filters.reason, reasons),
        "page": page,
        "rows": [
            {
                "closure": closure,
                "order": closure.supplier_order,
                "store_order": closure.supplier_order.store_order,
                "customer": customer_name(
                    closure.supplier_order.store_order.customer
                    if closure.supplier_order.store_order
                    else None
                ),
                "tone": OUTCOME_TONES[Closure.Outcome(closure.outcome)],
            }
            for closure in page.rows
        ],
        "reasons": reasons,
        "not_sure": NOT_SURE,
        "matching": matching,
        "matching_is_capped": matching > CAP,
        "newest": page.rows[0].pk if page.rows else 0,
        "undo": _undo_offer(request),
    }
    # Earlier pages hold newer rows: "all that match" means those too, up to the newest there is now.
    if page.previous_query:
        context["newest"] = (
            view_of(team, filters, filters.view).aggregate(newest=Max("pk"))["newest"] or context["newest"]
        )
    return render(request, "closures/closures.html", context)


def _reason_name(code: str, reasons: list[ClosureReason]) -> str:
    if code == NOT_SURE:
        return _("Not sure yet")
    return next((reason.name for reason in reasons if reason.code == code), code)


def _own_reason_edits(request: TeamRequest) -> QuerySet[BulkEdit]:
    return BulkEdit.objects.filter(team=request.team, by=request.membership, verb=REASONS_VERB)


def _undo_offer(request: TeamRequest) -> BulkEdit | None:
    """The last change of many reasons this person may still take back."""
    recent = _own_reason_edits(request).filter(created_at__gt=timezone.now() - UNDO_FOR)
    edit = recent.order_by("-pk").first()
    return edit if edit and edit.changed > 1 and edit.undone_at is None else None


@team_page(MERCHANT, ASSISTANT)
@post_only
def bulk_reason(request: TeamRequest) -> HttpResponse:
    filters = Filters.read(request.POST)
    back = reverse("closures:closures", args=[request.team.slug])
    # The form's own "reason" is the one to set; the list's filter travels under another name.
    filters = Filters(filters.view, request.POST.get("filter_reason", "")[:40], filters.incident)
    here = back + filters.query()
    form = BulkReasonForm(request.POST, team=request.team)
    if not form.is_valid():
        messages.error(request, _("Choose a reason for these closures first. Nothing was changed."))
        return redirect(here)
    chosen = view_of(request.team, filters, filters.view)
    if form.cleaned_data["scope"] == "matching":
        chosen = chosen.filter(pk__lte=form.cleaned_data["newest"])
        if chosen.order_by()[: CAP + 1].count() > CAP:
            messages.error(
                request, _("More than 10,000 closures match. Filter the list further. Nothing was changed.")
            )
            return redirect(here)
    else:
        ticked = [
            int(pk)
            for pk in request.POST.getlist("closure")[:200]
            if pk.isascii() and pk.isdigit() and len(pk) < 19
        ]
        if not ticked:
            messages.error(request, _("Tick the closures first. Nothing was changed."))
            return redirect(here)
        chosen = Closure.objects.for_team(request.team).filter(pk__in=ticked)
    try:
        change = actions.set_reason(closures=chosen.only("pk"), reason=form.chosen(), by=request.membership)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        words = ngettext(
            "%(count)s closure has a new reason.", "%(count)s closures have a new reason.", change.changed
        ) % {"count": change.changed}
        if change.edit is None:
            messages.success(request, words)
        else:
            undo_url = reverse("closures:bulk_reason_undo", args=[request.team.slug, change.edit.pk])
            success_with_undo(request, words, undo_url=undo_url)
    return redirect(here)


@team_page(MERCHANT, ASSISTANT)
@post_only
def bulk_reason_undo(request: TeamRequest, pk: int) -> HttpResponse:
    edit = get_object_or_404(_own_reason_edits(request), pk=pk)
    try:
        count = actions.undo_reason(edit=edit, by=request.membership)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request,
            ngettext(
                "%(count)s closure has its earlier reason back.",
                "%(count)s closures have their earlier reasons back.",
                count,
            )
            % {"count": count},
        )
    return redirect("closures:closures", team=request.team.slug)


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def quick_log(request: TeamRequest) -> HttpResponse:
    # A page that knows the numbers already (an import that found closed orders), or the store orders, links here
    # with them.
    known: dict[str, Any] = {}
    if request.method != "POST":
        known = _closable(request)
        if numbers := "\n".join(request.GET.getlist("numbers"))[:20_000]:
            known["numbers"] = "\n".join(filter(None, [numbers, known.get("numbers")]))
    form = QuickLogForm(request.POST or None, team=request.team, initial=known or None)
    if request.method == "POST" and form.is_valid() and form.pasted:
        data = form.cleaned_data
        try:
            result = actions.log_closures(
                team=request.team,
                numbers=data["numbers"],
                reason=form.chosen(),
                buyer_account=data.get("account") or data["new_account"],
                by=request.membership,
                closed_at=data["closed_at"],
                words=data["words"].strip(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            log = _keep_result(request, result, form.pasted)
            return redirect("closures:quick_log_result", team=request.team.slug, log=log)
    return render(request, "closures/quick_log.html", {"form": form})


def _closable(request: TeamRequest) -> dict[str, Any]:
    """What the form starts with for the store orders that an orders list chose, as for a bulk edit: the numbers of
    their AliExpress orders that no standing closure has, `MOST_NUMBERS` at most, and the account where it is one for
    all."""
    if not {"order", "all_matching"} & request.GET.keys():
        return {}
    try:
        wanted = chosen_orders(request.team, request.GET, listed=lambda query: listed(request, query))
    except Refused as refused:
        messages.error(request, str(refused))
        return {}
    closed = Closure.objects.standing().filter(supplier_order=OuterRef("pk"))
    open_orders = SupplierOrder.objects.for_team(request.team).filter(~Exists(closed), store_order__in=wanted)
    rows = open_orders.order_by("store_order", "pk")
    found = list(rows.values_list("store_order_id", "number", "buyer_account_id")[: MOST_NUMBERS + 1])
    if len(found) > MOST_NUMBERS:
        found.pop()
        words = _(
            "These are the first %(most)s AliExpress orders. Log them, then choose the rest in the list."
        )
        messages.info(request, words % {"most": count(MOST_NUMBERS)})
    elif without := len(wanted) - len({store_order for store_order, _number, _account in found}):
        messages.info(
            request,
            ngettext(
                "%(count)s chosen order has no AliExpress order that could be logged as closed.",
                "%(count)s chosen orders have no AliExpress order that could be logged as closed.",
                without,
            )
            % {"count": count(without)},
        )
    known: dict[str, Any] = {"numbers": "\n".join(number for _store_order, number, _account in found)}
    accounts = {account for _store_order, _number, account in found if account is not None}
    if len(accounts) == 1:
        known["account"] = accounts.pop()
    return known


def _keep_result(request: TeamRequest, result: LogResult, pasted: Pasted) -> str:
    """Keep what the result page shows in the session: the paste may hold more than the audit trail should."""
    kept: dict[str, Any] = request.session.get("closure_logs", {})
    log = secrets.token_urlsafe(6).replace("_", "-")
    kept[log] = {
        "team": request.team.pk,
        "incident": result.incident.pk if result.incident else None,
        "logged": len(result.logged),
        "reason": result.logged[0].reason_id if result.logged else None,
        "already": [closure.pk for closure in result.already],
        "stubs": result.stubs,
        "elsewhere": [order.number for order in result.elsewhere],
        "repeated": pasted.repeated,
        "unreadable": list(pasted.unreadable[:UNREADABLE_SHOWN]),
        "unusual": bool(pasted.unusual),
        "unreadable_more": max(0, len(pasted.unreadable) - UNREADABLE_SHOWN),
    }
    request.session["closure_logs"] = dict(list(kept.items())[-RESULTS_KEPT:])
    return log


@team_page(MERCHANT, ASSISTANT)
def quick_log_result(request: TeamRequest, log: str) -> HttpResponse:
    kept = request.session.get("closure_logs", {}).get(log)
    if kept is None or kept["team"] != request.team.pk:
        # The session ended meanwhile; what was logged is in the list.
        return redirect("closures:closures", team=request.team.slug)
    already = list(
        Closure.objects.for_team(request.team).filter(pk__in=kept["already"]).with_order().order_by("pk")
    )
    reason = ClosureReason.objects.with_retired(request.team).filter(pk=kept["reason"]).first()
    context = {
        "log": kept
        | {"unreadable": [Sight.of(request.membership).words(piece) for piece in kept["unreadable"]]},
        "incident": Incident.objects.for_team(request.team).filter(pk=kept["incident"]).first(),
        "reason": reason,
        "already": already,
    }
    return render(request, "closures/quick_log_result.html", context)


def _closure(request: TeamRequest, pk: int) -> Closure:
    everything = Closure.objects.for_team(request.team).select_related(
        "team",
        "reason",
        "incident__buyer_account",
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
    settled_by_merchant = request.membership.is_assistant and shown.outcome in actions.MONEY_OUTCOMES
    sight = Sight.of(request.membership)
    words = sight.words(shown.words)
    if reason_form is None:
        reason_form = ClosureReasonForm(
            team=request.team,
            current=shown.reason,
            initial={"reason": shown.reason.code if shown.reason else NOT_SURE, "words": words},
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
    }
    return render(request, "closures/closure.html", context)


@team_page(MERCHANT, ASSISTANT)
@post_only
def closure_reason(request: TeamRequest, pk: int) -> HttpResponse:
    shown = _closure(request, pk)
    form = ClosureReasonForm(request.POST, team=request.team, current=shown.reason)
    if not form.is_valid():
        return _closure_page(request, shown, reason_form=form)
    try:
        if form.chosen() != shown.reason:
            actions.set_reason(closures=[shown], reason=form.chosen(), by=request.membership)
        typed = form.cleaned_data["words"]
        # Saved as they were shown, they were not changed: a mask must not take an address's place.
        if typed.split() != Sight.of(request.membership).words(shown.words).split():
            actions.set_words(closure=shown, words=typed, by=request.membership)
    except Refused as refused:
        form.add_error(None, str(refused))
        return _closure_page(request, shown, reason_form=form)
    messages.success(request, _("Saved."))
    return redirect(shown)


@team_page(MERCHANT, ASSISTANT)
@post_only
def closure_outcome(request: TeamRequest, pk: int) -> HttpResponse:
    shown = _closure(request, pk)
    form = OutcomeForm(request.POST, by=request.membership)
    if not form.is_valid():
        return _closure_page(request, shown, outcome_form=form)
    try:
        actions.set_outcome(closure=shown, by=request.membership, **form.cleaned_data)
    except Refused as refused:
        form.add_error(None, str(refused))
        # Read again: the action may have changed the object before it was refused.
        return _closure_page(request, _closure(request, pk), outcome_form=form)
    messages.success(request, _("Outcome saved."))
    return redirect(shown)


@team_page(MERCHANT, ASSISTANT)
@post_only
def closure_reopening(request: TeamRequest, pk: int) -> HttpResponse:
    shown = _closure(request, pk)
    actions.reopen_closure(closure=shown, by=request.membership)
    messages.success(request, _("Noted: AliExpress took the closure back. The history stays."))
    return redirect(shown)


@team_page(*EVERYONE)
def reasons(request: TeamRequest) -> HttpResponse:
    """The reasons and how many open closures each has."""
    found = list(ClosureReason.objects.for_team(request.team).with_open_closures(request.team))
    context = {
        "seeded": [reason for reason in found if reason.team_id is None],
        "own": [reason for reason in found if reason.team_id is not None],
    }
    return render(request, "closures/reasons.html", context)


@team_page(MERCHANT)
@get_and_post
def reason_creation(request: TeamRequest) -> HttpResponse:
    form = OwnReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_reason(
                team=request.team, name=form.cleaned_data["name"], by=request.membership
            )
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("Reason added. Write down what to do about it."))
            return redirect("closures:playbook", team=request.team.slug, code=made.code)
    return render(request, "closures/reason_creation.html", {"form": form})


def _reason(request: TeamRequest, code: str) -> ClosureReason:
    found = ClosureReason.objects.with_retired(request.team).filter(code=code).first()
    if found is None:
        raise Http404
    return found


@team_page(*EVERYONE)
def reason(request: TeamRequest, code: str) -> HttpResponse:
    found = _reason(request, code)
    context = {
        "reason": found,
        "advice": advice_for(team=request.team, reason=found),
        "open_closures": Closure.objects.for_team(request.team).open().filter(reason=found).count(),
        "may_retire": request.membership.is_merchant
        and found.team_id == request.team.pk
        and found.retired_at is None,
    }
    return render(request, "closures/reason.html", context)


@team_page(MERCHANT)
@get_and_post
def playbook(request: TeamRequest, code: str) -> HttpResponse:
    found = _reason(request, code)
    advice = advice_for(team=request.team, reason=found)
    words = {name: getattr(advice, name) for name in PLAYBOOK_WORDS}
    form = PlaybookForm(request.POST or None, initial={**words, "verified_on": advice.verified_on})
    if request.method == "POST" and form.is_valid():
        actions.edit_playbook(team=request.team, reason=found, by=request.membership, **form.cleaned_data)
        messages.success(request, _("Playbook saved."))
        return redirect("closures:reason", team=request.team.slug, code=found.code)
    return render(request, "closures/playbook.html", {"form": form, "reason": found})


@team_page(MERCHANT)
@post_only
def reason_retirement(request: TeamRequest, code: str) -> HttpResponse:
    found = _reason(request, code)
    try:
        actions.retire_reason(reason=found, by=request.membership)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Reason retired. Closures that have it keep it."))
    return redirect("closures:reasons", team=request.team.slug)
