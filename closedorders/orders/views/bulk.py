"""One thing done to many orders of the list: the page that asks, the one that tells, Undo."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.team_cache import team_cached
from closedorders.core.files.csv_export import csv_response
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.paging import capped_count
from closedorders.core.refusals import Refused
from closedorders.core.text.formatting import count

from ..bulk.actions import apply_bulk_edit, undo_bulk_edit
from ..bulk.plan import (
    EXCEPTIONS,
    MOST,
    NAMED,
    UNDO_FOR,
    VERBS,
    BulkVerb,
    LeftOut,
    VerbForm,
    chosen_orders,
    list_query,
    packed,
    plan_of,
    unpacked,
    verbs_for,
)
from ..listing.filters import Listing
from ..masking import Sight
from ..models import BulkEdit, StoreOrder
from ..querysets import StoreOrderQuerySet

# The last edits among which one that can be undone is looked for.
_RECENT = 10


def listed(request: TeamRequest, query: QueryDict) -> StoreOrderQuerySet:
    """The store orders that the list of this query has, on all its pages."""
    listing = Listing.of(request.team, Sight.of(request.membership), query)
    return StoreOrder.objects.none() if listing.of_aliexpress else listing.store_orders()


def _for_others(request: TeamRequest, query: QueryDict) -> str:
    """A list's query for others to come back by: what was searched for, or is no filter, may be an address."""
    asked = Listing.of(request.team, Sight.of(request.membership), query).query
    return urlencode({name: value for name, value in asked.items() if name != "q"})


def bulk_bar(request: TeamRequest, listing: Listing, matching: int | None = None) -> dict[str, Any]:
    """For `orders/bulk/_bulk_bar.html` and `orders/bulk/_bulk_undo.html`, as `bulk`: one query.

    `matching` is how many orders the list has on all its pages, where that is known without counting.
    """
    asked = matching is None and not listing.of_aliexpress
    return {
        "verbs": verbs_for(request.membership),
        "query": listing.query_string,
        "matching": matching,
        "most": MOST,
        "too_many": matching is not None and matching > MOST,
        "matching_url": reverse("orders:bulk_matching", args=[request.team.slug], query=listing.query)
        if asked
        else "",
        "undo": _undoable(request.membership),
    }


@team_page(MERCHANT, ASSISTANT)
def bulk_matching(request: TeamRequest) -> HttpResponse:
    """How many orders "Select all" would take: the bar asks when it comes into sight, for counting may take long."""
    listing = Listing.of(request.team, Sight.of(request.membership), request.GET)
    matching = 0 if listing.of_aliexpress else capped_count(listing.store_orders(), MOST)
    return render(request, "orders/bulk/_bulk_all.html", {"bulk": bulk_bar(request, listing, matching)})


def _undoable(by: Membership) -> dict[str, Any] | None:
    """The last bulk edit that this person may still take back."""
    since = timezone.now() - UNDO_FOR
    for edit in team_cached(by.team, "bulk edits", lambda: _recent(by.team)):
        if edit.created_at > since and edit.changed and _may_undo(edit, by):
            return {"edit": edit, "label": _label(edit)}
    return None


def _recent(team: Team) -> list[BulkEdit]:
    edits = (
        BulkEdit.objects.filter(team=team, verb__in=VERBS)
        .select_related("by__user")
        .defer("params", "exceptions")
    )
    return list(edits.order_by("-pk")[:_RECENT])


def _may_undo(edit: BulkEdit, by: Membership) -> bool:
    verb = VERBS.get(edit.verb)
    mine = edit.by_id == by.pk or by.is_merchant
    return verb is not None and mine and by.role in verb.roles and edit.undone_at is None


def _label(edit: BulkEdit) -> str:
    return str(VERBS[edit.verb].label) if edit.verb in VERBS else edit.verb


def _list_url(request: TeamRequest, query: str) -> str:
    return reverse("orders:orders", args=[request.team.slug]) + (f"?{query}" if query else "")


def _back(request: TeamRequest, data: QueryDict) -> HttpResponseRedirect:
    return HttpResponseRedirect(_list_url(request, list_query(data).urlencode()))


def _verb(request: TeamRequest, data: QueryDict) -> BulkVerb:
    """Return the verb that was chosen. Raises Refused where this person has no such verb."""
    name = data.get("verb", "")
    for verb in verbs_for(request.membership):
        if verb.name == name:
            return verb
    raise Refused(_("Choose what to do with these orders first. Nothing was changed."))


@team_page(MERCHANT, ASSISTANT)
def bulk(request: TeamRequest) -> HttpResponse:
    """What shall be done, to how many, and who is left out and why. Nothing is changed by it.

    Whoever comes without a choice goes to the list.
    """
    data = request.GET
    with attempt(request):
        verb = _verb(request, data)
        order_ids = chosen_orders(request.team, data, listed=lambda query: listed(request, query))
        return _asking(request, data, verb, order_ids, verb.form_class(team=request.team))
    return _back(request, data)


def _asking(
    request: TeamRequest, data: QueryDict, verb: BulkVerb, order_ids: list[int], form: VerbForm
) -> HttpResponse:
    seen = timezone.now()
    plan = plan_of(verb, request.team, order_ids, None if form.fields else {})
    query = list_query(data).urlencode()
    context = {
        "verb": verb,
        "can_apply": plan.to_change > 0 or bool(verb.lifts & plan.why.keys()),
        "form": form,
        "plan": plan,
        "why": _why(dict(plan.why.most_common())),
        "left_out": _named(plan.left_out),
        "more_left_out": plan.excepted - len(plan.left_out),
        "carried": {
            "verb": verb.name,
            "chosen": packed(order_ids),
            "seen": seen.isoformat(),
            "key": get_random_string(22),
            "query": query,
        },
        "list_url": _list_url(request, query),
    }
    return render(request, "orders/bulk/bulk.html", context, status=422 if form.errors else 200)


def _why(counts: dict[str, int]) -> list[dict[str, Any]]:
    return [{"count": number, "words": EXCEPTIONS.get(code, code)} for code, number in counts.items()]


def _named(left_out: list[LeftOut]) -> list[dict[str, Any]]:
    return [
        {"pk": each.order_id, "number": each.number, "words": EXCEPTIONS.get(each.code, each.code)}
        for each in left_out
    ]


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def bulk_applying(request: TeamRequest) -> HttpResponse:
    """Do it, once, to the orders that the page before showed.

    Whoever comes without them, as after another language or a sign-in asked for on this page, goes to the list.
    """
    data = request.POST
    with attempt(request):
        verb = _verb(request, data)
        order_ids = unpacked(data.get("chosen", ""))
        form = verb.form_class(data, team=request.team)
        if not form.is_valid():
            return _asking(request, data, verb, order_ids, form)
        edit = apply_bulk_edit(
            team=request.team,
            verb=verb,
            order_ids=order_ids,
            params=form.params(),
            key=data.get("key", "").replace("\x00", "")[:40] or get_random_string(22),
            by=request.membership,
            seen=_moment(data.get("seen", "")),
            query=_for_others(request, list_query(data)),
        )
        return redirect("orders:bulk_edit", team=request.team.slug, pk=edit.pk)
    return _back(request, data)


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text[:40])
    except ValueError:
        return None
    return moment if moment is not None and timezone.is_aware(moment) else None


def _edit(request: TeamRequest, pk: int) -> BulkEdit:
    edits = BulkEdit.objects.filter(team=request.team, verb__in=VERBS).select_related(
        "by__user", "undone_by__user", "team"
    )
    return get_object_or_404(edits, pk=pk)


@team_page(MERCHANT, ASSISTANT)
def bulk_edit(request: TeamRequest, pk: int) -> HttpResponse:
    """What a bulk edit did, what it left out, and Undo while there is time."""
    edit = _edit(request, pk)
    verb = VERBS.get(edit.verb)
    left_out = [LeftOut(each["order"], each["number"], each["code"]) for each in edit.exceptions[:NAMED]]
    context = {
        "edit": edit,
        "label": _label(edit),
        "said": verb.describe(edit.params.get("wanted", {}), request.team) if verb else "",
        "why": _why(edit.params.get("why", {})),
        "left_out": _named(left_out),
        "more_left_out": max(edit.excepted - len(left_out), 0),
        "undo_until": edit.created_at + UNDO_FOR,
        "may_undo": edit.changed
        and timezone.now() - edit.created_at <= UNDO_FOR
        and _may_undo(edit, request.membership),
        "list_url": _list_url(request, _for_others(request, QueryDict(edit.params.get("query", "")))),
    }
    return render(request, "orders/bulk/bulk_edit.html", context)


@team_page(MERCHANT, ASSISTANT)
def bulk_left_out(request: TeamRequest, pk: int) -> HttpResponseBase:
    """All orders that a bulk edit left out, as a CSV file: the page names the first."""
    edit = _edit(request, pk)
    rows = ([each["number"], str(EXCEPTIONS.get(each["code"], each["code"]))] for each in edit.exceptions)
    return csv_response(f"left-out-{edit.pk}.csv", [[_("Order"), _("Why it is left out")], *rows])


@team_page(MERCHANT, ASSISTANT)
@post_only
def bulk_undo(request: TeamRequest, pk: int) -> HttpResponse:
    edit = _edit(request, pk)
    with attempt(request):
        undone = undo_bulk_edit(edit=edit, by=request.membership)
        messages.success(
            request,
            ngettext(
                "%(count)s order is as it was before.",
                "%(count)s orders are as they were before.",
                undone.restored,
            )
            % {"count": count(undone.restored)},
        )
    return redirect("orders:bulk_edit", team=request.team.slug, pk=edit.pk)
