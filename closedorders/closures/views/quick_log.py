from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.text.formatting import count
from closedorders.orders.bulk.plan import chosen_orders
from closedorders.orders.masking import Sight
from closedorders.orders.models import SupplierOrder
from closedorders.orders.views.bulk import listed

from .. import actions
from ..actions.log import MOST_NUMBERS, LogResult
from ..forms import QuickLogForm
from ..logs.forms import EvidenceForm
from ..logs.rows import Row, chosen_reasons, rows_of
from ..logs.suggestions import suggestion
from ..models import Closure, ClosureReason, Incident
from ..pasting import Pasted

RESULTS_STORED = 5
# A paste may be a whole page: what could not be read is shown as a sample.
UNREADABLE_SHOWN = 20


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def quick_log(request: TeamRequest) -> HttpResponse:
    # A page that knows the numbers already (an import that found closed orders), or the store orders, links here
    # with them.
    known: dict[str, Any] = {}
    if request.method != "POST":
        known = _known_numbers(request)
        if numbers := "\n".join(request.GET.getlist("numbers"))[:20_000]:
            known["numbers"] = "\n".join(filter(None, [numbers, known.get("numbers")]))
    elif reading := {"read", "use_reason"} & request.POST.keys():
        # The words were to be read, or what they suggest was chosen: nothing is checked or saved yet.
        known = request.POST.dict() | (
            {"reason": request.POST["use_reason"]} if "use_reason" in reading else {}
        )
    saving = request.method == "POST" and not known
    form = QuickLogForm(request.POST if saving else None, team=request.team, initial=known or None)
    picture = EvidenceForm(request.POST if saving else None, request.FILES or None, by=request.membership)
    rows: list[Row] = []
    if saving and form.is_valid() and picture.is_valid() and form.pasted:
        data = form.cleaned_data
        by_row = {"rows", "by_row"} & request.POST.keys()
        if by_row and len(data["numbers"]) > MOST_NUMBERS:
            form.add_error("numbers", _too_many_rows())
        elif "rows" in request.POST:
            rows = rows_of(
                request.team,
                request.POST["numbers"],
                data["numbers"],
                data["words"],
                form.chosen(),
                Sight.of(request.membership),
            )
        else:
            with attempt(request, form):
                return _save(request, form, picture, form.pasted)
    if rows or {"read", "use_reason"} & request.POST.keys():
        _ask_for_picture_again(request)
    context = {"form": form, "picture": picture, "rows": rows}
    if request.method == "POST":
        context |= _decoded(request)
    return render(request, "closures/quick_log.html", context)


def _too_many_rows() -> str:
    return _("Reasons of single rows can be chosen for %(most)s numbers at a time.") % {
        "most": count(MOST_NUMBERS)
    }


def _ask_for_picture_again(request: TeamRequest) -> None:
    if request.FILES:
        messages.info(request, _("Choose the screenshot again: a browser sends it only once."))


def _save(request: TeamRequest, form: QuickLogForm, picture: EvidenceForm, pasted: Pasted) -> HttpResponse:
    """Log what the form has, now or by a worker where it is much; raises Refused."""
    data, team, by = form.cleaned_data, request.team, request.membership
    reasons = chosen_reasons(team, data["numbers"], request.POST) if "by_row" in request.POST else {}
    fields: dict[str, Any] = {
        "team": team,
        "buyer_account": data.get("account") or data["new_account"],
        "by": by,
        "closed_at": data["closed_at"],
        "words": data["words"].strip(),
        "origin": data["origin"],
    }
    with transaction.atomic():
        if (upload := picture.cleaned_data["screenshot"]) is not None:
            seen_by_assistants = picture.cleaned_data.get("for_assistants", False)
            fields["evidence"] = actions.add_evidence(
                team=team, upload=upload, by=by, for_assistants=seen_by_assistants
            )
        if len(data["numbers"]) > MOST_NUMBERS:
            reason = form.chosen()
            log = actions.start_log(rows=[(number, None, reason) for number in data["numbers"]], **fields)
            return redirect(log)
        result = actions.log_closures(
            numbers=data["numbers"], reason=form.chosen(), reasons=reasons, **fields
        )
    log_name = _store_result(request, result, pasted)
    return redirect("closures:quick_log_result", team=team.slug, log=log_name)


@team_page(MERCHANT, ASSISTANT)
@post_only
def decoding(request: TeamRequest) -> HttpResponse:
    """What AliExpress's words mean, while they are pasted: a part of the quick log's page."""
    return render(request, "closures/log/_decoded.html", _decoded(request))


def _decoded(request: TeamRequest) -> dict[str, Any]:
    text = "\n".join(request.POST.get(name, "") for name in ("words", "numbers"))
    return suggestion(request.team, text)


def _known_numbers(request: TeamRequest) -> dict[str, Any]:
    """What the form starts with for the store orders that an orders list chose, as for a bulk edit: the numbers of
    their AliExpress orders without a closure in force, `MOST_NUMBERS` at most, and the account where it is one for
    all."""
    if not {"order", "all_matching"} & request.GET.keys():
        return {}
    with attempt(request):
        chosen = chosen_orders(request.team, request.GET, listed=lambda query: listed(request, query))
        return _numbers_of(request, chosen)
    return {}


def _numbers_of(request: TeamRequest, chosen: list[int]) -> dict[str, Any]:
    """Return what the form starts with for these store orders; a message names what is missing in it."""
    closed = Closure.objects.not_reopened().filter(supplier_order=OuterRef("pk"))
    open_orders = SupplierOrder.objects.for_team(request.team).filter(~Exists(closed), store_order__in=chosen)
    rows = open_orders.order_by("store_order", "pk")
    found = list(rows.values_list("store_order_id", "number", "buyer_account_id")[: MOST_NUMBERS + 1])
    if len(found) > MOST_NUMBERS:
        found.pop()
        words = _(
            "These are the first %(most)s AliExpress orders. Log them, then choose the rest in the list."
        )
        messages.info(request, words % {"most": count(MOST_NUMBERS)})
    elif without := len(chosen) - len({store_order for store_order, _number, _account in found}):
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


def _store_result(request: TeamRequest, result: LogResult, pasted: Pasted) -> str:
    """Store in the session what the result page shows: a paste may contain more than the audit trail should."""
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
    request.session["closure_logs"] = dict(list(kept.items())[-RESULTS_STORED:])
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
        "incident": Incident.objects.for_team(request.team)
        .select_related("follows")
        .filter(pk=kept["incident"])
        .first(),
        "reason": reason,
        "already": already,
    }
    return render(request, "closures/quick_log_result.html", context)
