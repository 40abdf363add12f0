"""Pocket credit: how much to have, what is left of each deposit, what expires."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.paging import page_of

from .. import actions
from ..forms import PocketEntryForm
from ..models import PocketEntry
from ..pocket.planning import ON_SALE
from ..pocket.reading import pockets
from ..pocket.wording import advice, figures


@team_page(MERCHANT)
@get_and_post
def pocket(request: TeamRequest) -> HttpResponse:
    """The two forms are told apart by their button's name."""
    kinds = PocketEntry.Kind
    posted = request.POST if request.method == "POST" else None
    of_posted = kinds.USE if "note_use" in request.POST else kinds.DEPOSIT
    forms = {
        kind: PocketEntryForm(posted if kind == of_posted else None, team=request.team, kind=kind.value)
        for kind in kinds
    }
    form = forms[of_posted]
    if posted is not None and form.is_valid():
        with attempt(request, form, "amount"):
            data: dict[str, Any] = dict(form.cleaned_data)
            actions.note_pocket_entry(
                account=data.pop("buyer_account"), kind=of_posted.value, by=request.membership, **data
            )
            messages.success(request, _("Noted. What is left is counted anew."))
            return redirect("risk:pocket", team=request.team.slug)
    entries = PocketEntry.objects.filter(team=request.team).select_related("buyer_account", "by__user")
    page = page_of(request, entries)
    context = {
        "deposit_form": forms[kinds.DEPOSIT],
        "use_form": forms[kinds.USE],
        "pockets": [
            {
                "of": each,
                "figures": figures(each.plan, each.currency),
                "advice": advice(each.plan, each.currency),
            }
            for each in pockets(request.team)
        ],
        "on_sale": ", ".join(map(str, sorted(ON_SALE))),
        "page": page,
    }
    return render(request, "risk/pocket.html", context)


@team_page(MERCHANT)
@post_only
def pocket_withdrawal(request: TeamRequest, pk: int) -> HttpResponse:
    entries = PocketEntry.objects.filter(team=request.team).select_related("buyer_account")
    with attempt(request):
        actions.withdraw_pocket_entry(entry=get_object_or_404(entries, pk=pk), by=request.membership)
        messages.success(request, _("Taken back. What is left is counted anew."))
    return redirect("risk:pocket", team=request.team.slug)
