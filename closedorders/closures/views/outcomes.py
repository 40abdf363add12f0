"""One outcome for many closures: the page that asks, what it did, Undo; and outcomes that imports propose."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.notices import success_with_undo
from closedorders.core.paging import CAP
from closedorders.core.refusals import Refused
from closedorders.core.text.formatting import count
from closedorders.orders.bulk.plan import UNDO_FOR, packed, unpacked
from closedorders.orders.models import BulkEdit

from ..bulk.forms import BulkOutcomeForm
from ..bulk.outcomes import (
    NAMED,
    OUTCOMES_VERB,
    REPLACEMENTS_VERB,
    plan_outcomes,
    set_outcomes,
    undo_outcomes,
)
from ..bulk.proposals import Proposed, proposals_of, set_proposals
from ..bulk.replacements import REFUSED
from ..bulk.rules import LEFT_OUT
from ..listing import Filters, customer_name, view_of
from ..models import Closure, Incident

_MOST_TICKED = 200
_PROPOSALS_SHOWN = 50


def form_key(request: TeamRequest) -> str:
    """The key that makes a form sent twice do its work once."""
    return request.POST.get("key", "").replace("\x00", "")[:40] or get_random_string(22)


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def bulk_outcomes(request: TeamRequest) -> HttpResponse:
    """What would change and what is left out; and, with the closures that page showed, do it.

    Whoever comes without a choice, as after another language was asked for on this page, goes to the list.
    """
    data = request.POST
    back = _list_url(request)
    form = BulkOutcomeForm(data, by=request.membership)
    if request.method != "POST" or not form.is_valid():
        if request.method == "POST":
            messages.error(request, _("Choose an outcome for these closures first. Nothing was changed."))
        return redirect(back)
    outcome, over = form.cleaned_data["outcome"], form.cleaned_data["over"]
    with attempt(request):
        if data.get("apply"):
            edit = set_outcomes(
                team=request.team,
                closure_ids=unpacked(data.get("chosen", "")),
                outcome=outcome,
                over=over,
                by=request.membership,
                key=form_key(request),
            )
            return _done(request, edit, back)
        chosen = unpacked(data["chosen"]) if data.get("chosen") else _chosen(request, form)
        plan = plan_outcomes(team=request.team, closure_ids=chosen, outcome=outcome, over=over)
        context = {
            "label": form.outcome_label(),
            "outcome": outcome,
            "over": over,
            "plan": plan,
            "why": _why(plan.why),
            "left_out": _named(plan.left_out),
            "more_left_out": max(plan.excepted - NAMED, 0),
            "chosen": packed(chosen),
            "key": get_random_string(22),
            "list_url": back,
            "filters": _filters(request),
        }
        return render(request, "closures/bulk/outcomes.html", context)
    return redirect(back)


def _filters(request: TeamRequest) -> Filters:
    filters = Filters.read(request.POST)
    # As in the form for reasons, whose own "reason" is the one to set.
    return Filters(filters.view, request.POST.get("filter_reason", "")[:40], filters.incident)


def _list_url(request: TeamRequest) -> str:
    return reverse("closures:closures", args=[request.team.slug]) + _filters(request).query()


def _chosen(request: TeamRequest, form: BulkOutcomeForm) -> list[int]:
    if form.cleaned_data["scope"] == "matching":
        filters = _filters(request)
        found = view_of(request.team, filters, filters.view).filter(pk__lte=form.cleaned_data["newest"] or 0)
        keys = list(found.order_by("pk").values_list("pk", flat=True)[: CAP + 1])
        if len(keys) > CAP:
            raise Refused(_("More than 10,000 closures match. Filter the list further. Nothing was changed."))
    else:
        ticked = [
            int(pk)
            for pk in request.POST.getlist("closure")[:_MOST_TICKED]
            if pk.isascii() and pk.isdigit() and len(pk) < 19
        ]
        own = Closure.objects.for_team(request.team).filter(pk__in=ticked)
        keys = list(own.order_by("pk").values_list("pk", flat=True))
    if not keys:
        raise Refused(_("Tick the closures first. Nothing was changed."))
    return keys


def _why(counts: dict[str, int]) -> list[dict[str, Any]]:
    return [{"count": number, "words": _words(code)} for code, number in counts.items()]


def _named(left_out: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each | {"words": _words(each["code"])} for each in left_out[:NAMED]]


def _words(code: str) -> str:
    return str(LEFT_OUT.get(code) or REFUSED.get(code) or code)


def _done(request: TeamRequest, edit: BulkEdit, back: str) -> HttpResponseRedirect:
    """Back to the list with a toast where all were changed; else the page that names the others."""
    if edit.excepted:
        return HttpResponseRedirect(reverse("closures:outcomes_edit", args=[request.team.slug, edit.pk]))
    undo_url = reverse("closures:outcomes_undo", args=[request.team.slug, edit.pk])
    success_with_undo(request, done_words(edit), undo_url=undo_url)
    return HttpResponseRedirect(back)


def done_words(edit: BulkEdit) -> str:
    return ngettext("%(count)s closure: %(outcome)s.", "%(count)s closures: %(outcome)s.", edit.changed) % {
        "count": count(edit.changed),
        "outcome": Closure.Outcome(edit.params["outcome"]).label,
    }


def _outcome_edits(request: TeamRequest) -> QuerySet[BulkEdit]:
    edits = BulkEdit.objects.filter(team=request.team, verb__in=(OUTCOMES_VERB, REPLACEMENTS_VERB))
    return edits.select_related("by__user", "undone_by__user")


def undo_offer(request: TeamRequest) -> BulkEdit | None:
    """The last outcomes that this person set for many closures and may still take back."""
    mine = _outcome_edits(request).filter(
        by=request.membership, undone_at=None, changed__gt=0, created_at__gt=timezone.now() - UNDO_FOR
    )
    return mine.order_by("-pk").first()


@team_page(MERCHANT, ASSISTANT)
def outcomes_edit(request: TeamRequest, pk: int) -> HttpResponse:
    """What was set, for which it could not be set, and Undo while there is time."""
    edit = get_object_or_404(_outcome_edits(request), pk=pk)
    context = {
        "edit": edit,
        "label": Closure.Outcome(edit.params["outcome"]).label,
        "left_out": _named(edit.exceptions),
        "more_left_out": max(edit.excepted - NAMED, 0),
        "undo_until": edit.created_at + UNDO_FOR,
        "may_undo": edit.changed and edit.undone_at is None and timezone.now() - edit.created_at <= UNDO_FOR,
    }
    return render(request, "closures/bulk/outcomes_edit.html", context)


@team_page(MERCHANT, ASSISTANT)
@post_only
def outcomes_undo(request: TeamRequest, pk: int) -> HttpResponse:
    edit = get_object_or_404(_outcome_edits(request), pk=pk)
    with attempt(request):
        undone = undo_outcomes(edit=edit, by=request.membership)
        messages.success(
            request,
            ngettext(
                "%(count)s closure is as it was before.",
                "%(count)s closures are as they were before.",
                undone.restored,
            )
            % {"count": count(undone.restored)},
        )
        if undone.left:
            return redirect("closures:outcomes_edit", team=request.team.slug, pk=edit.pk)
    return redirect("closures:closures", team=request.team.slug)


# --- What imports propose ---

#: Open closures that a page looks at before it answers; looking at more takes longer than the rest of the page.
_LOOKED_AT_AT_ONCE = 500


def proposal_notices(request: TeamRequest, incident: Incident | None = None) -> dict[str, Any]:
    """For `closures/bulk/_proposals.html`: what imports propose and this person may set, a line each.

    Where many closures must be looked at, only the address from which the page asks for the lines when it is there.
    """
    if request.membership.is_reviewer:
        return {"proposals": []}
    still_open = Closure.objects.for_team(request.team).open()
    if incident is not None:
        still_open = still_open.filter(incident=incident)
    if still_open.order_by()[: _LOOKED_AT_AT_ONCE + 1].count() > _LOOKED_AT_AT_ONCE:
        asked = f"?incident={incident.number}" if incident else ""
        return {"proposals_url": reverse("closures:proposal_lines", args=[request.team.slug]) + asked}
    return {"proposals": _proposal_lines(request, incident)}


@team_page(MERCHANT, ASSISTANT)
def proposal_lines(request: TeamRequest) -> HttpResponse:
    """A part of a page: what imports propose, of one incident or of all."""
    lines = _proposal_lines(request, _asked_incident(request))
    return render(request, "closures/bulk/_proposals.html", {"proposals": lines})


def _proposal_lines(request: TeamRequest, incident: Incident | None) -> list[dict[str, Any]]:
    found = proposals_of(request.team, incident)
    return [
        {
            "kind": kind.value,
            "words": _proposal_words(kind, len(proposals)),
            "chosen": packed([each.closure.pk for each in proposals]),
            "key": get_random_string(22),
            "incident": incident.number if incident else None,
        }
        for kind, proposals in found.items()
        if proposals and _may_set(request, kind)
    ]


def _may_set(request: TeamRequest, kind: Proposed) -> bool:
    return kind is not Proposed.REFUNDED or request.membership.is_merchant


def _proposal_words(kind: Proposed, number: int) -> str:
    words = {
        Proposed.REFUNDED: ngettext(
            "%(count)s closed order looks refunded in your shop.",
            "%(count)s closed orders look refunded in your shop.",
            number,
        ),
        Proposed.REOPENED: ngettext(
            "%(count)s closed order was shipped by AliExpress after all.",
            "%(count)s closed orders were shipped by AliExpress after all.",
            number,
        ),
        Proposed.REPLACED: ngettext(
            "%(count)s closed order looks placed again: there is a newer AliExpress order for the same sale.",
            "%(count)s closed orders look placed again: there are newer AliExpress orders for the same sales.",
            number,
        ),
    }
    return words[kind] % {"count": count(number)}


@team_page(MERCHANT, ASSISTANT)
def proposals(request: TeamRequest) -> HttpResponse:
    """Every proposal with what speaks for it, ticked; a merchant or assistant sets the ticked ones."""
    incident = _asked_incident(request)
    found = proposals_of(request.team, incident)
    labels = dict(Closure.Outcome.choices)
    context = {
        "incident": incident,
        "groups": [
            {
                "kind": kind.value,
                "label": labels[kind.value],
                "words": _proposal_words(kind, len(each)),
                "key": get_random_string(22),
                "more": max(len(each) - _PROPOSALS_SHOWN, 0),
                "rows": [
                    {
                        "proposal": proposal,
                        "closure": proposal.closure,
                        "customer": customer_name(
                            proposal.closure.supplier_order.store_order.customer
                            if proposal.closure.supplier_order.store_order
                            else None
                        ),
                    }
                    for proposal in each[:_PROPOSALS_SHOWN]
                ],
            }
            for kind, each in found.items()
            if each and _may_set(request, kind)
        ],
    }
    return render(request, "closures/bulk/proposals.html", context)


def _asked_incident(request: TeamRequest) -> Incident | None:
    asked = request.GET.get("incident", "") or request.POST.get("incident", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 9):
        return None
    return Incident.objects.for_team(request.team).filter(number=asked).first()


@team_page(MERCHANT, ASSISTANT)
@post_only
def proposals_setting(request: TeamRequest) -> HttpResponse:
    """Set what was proposed and shown, as far as it is still so."""
    data = request.POST
    incident = _asked_incident(request)
    back = incident.get_absolute_url() if incident else reverse("closures:closures", args=[request.team.slug])
    with attempt(request):
        if data.get("kind") not in set(Proposed):
            raise Refused(_("Choose what to set first. Nothing was changed."))
        ticked = [pk for pk in data.getlist("closure")[:_MOST_TICKED] if pk.isascii() and pk.isdigit()]
        chosen = unpacked(data["chosen"]) if data.get("chosen") else [int(pk[:18]) for pk in ticked]
        if not chosen:
            raise Refused(_("Tick the closures first. Nothing was changed."))
        edit = set_proposals(
            team=request.team,
            kind=Proposed(data["kind"]),
            closure_ids=chosen,
            by=request.membership,
            key=form_key(request),
            incident=incident,
        )
        return _done(request, edit, back)
    return redirect(back)
