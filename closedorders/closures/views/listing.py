from __future__ import annotations

from django.contrib import messages
from django.db.models import Max, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import post_only
from closedorders.core.notices import success_with_undo
from closedorders.core.paging import CAP, page_of
from closedorders.orders.bulk.plan import UNDO_FOR
from closedorders.orders.models import BulkEdit

from .. import actions
from ..actions.reasons import REASONS_VERB
from ..bulk.forms import outcome_choices
from ..forms import NOT_SURE, BulkReasonForm
from ..listing import OUTCOME_TONES, Filters, customer_name, tabs_for, view_of
from ..models import Closure, ClosureReason
from .outcomes import done_words, proposal_notices, undo_offer


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
        "outcomes": outcome_choices(request.membership),
        **proposal_notices(request),
    }
    if (edit := undo_offer(request)) is not None:
        context["outcomes_undo"] = {"edit": edit, "words": done_words(edit)}
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
    """The last change of many reasons that this person may still undo."""
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
    with attempt(request):
        change = actions.set_reason(closures=chosen.only("pk"), reason=form.chosen(), by=request.membership)
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
    with attempt(request):
        count = actions.undo_reason(edit=edit, by=request.membership)
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
