"""Old and new AliExpress numbers, pasted or in a file: what would be joined, and joining it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post
from closedorders.core.refusals import Refused
from closedorders.orders.masking import Sight

from ..bulk.forms import ReplacementsForm
from ..bulk.replacements import join_replacements, judge_pairs
from ..listing import customer_name
from .outcomes import form_key

# Lines that could not be read are shown as a sample: a paste may be a whole page.
_UNREADABLE_SHOWN = 20


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def replacements(request: TeamRequest) -> HttpResponse:
    """The form; with numbers the preview of what would be joined; from the preview the joining itself."""
    form = ReplacementsForm(request.POST or None, request.FILES or None, team=request.team)
    if request.method == "POST" and form.is_valid() and form.read:
        if not request.POST.get("apply"):
            return _preview(request, form)
        with attempt(request, form):
            edit = join_replacements(
                team=request.team,
                pairs=form.read.pairs,
                by=request.membership,
                key=form_key(request),
                payment_method=form.cleaned_data["payment_method"],
            )
            return redirect("closures:outcomes_edit", team=request.team.slug, pk=edit.pk)
    return render(request, "closures/bulk/replacements.html", {"form": form})


def _preview(request: TeamRequest, form: ReplacementsForm) -> HttpResponse:
    if form.read is None:
        raise Refused(_("Paste the numbers, or choose a file that has them."))
    verdicts = judge_pairs(request.team, form.read.pairs)
    sight = Sight.of(request.membership)
    accepted = [each for each in verdicts if not each.code and not each.joined]
    context = {
        "form": form,
        "accepted": [
            {
                "pair": each.pair,
                "closure": each.closure,
                "store_order": each.closure.supplier_order.store_order if each.closure else None,
                "customer": customer_name(
                    each.closure.supplier_order.store_order.customer
                    if each.closure and each.closure.supplier_order.store_order
                    else None
                ),
            }
            for each in accepted
        ],
        "lines": "\n".join(f"{each.pair.old}, {each.pair.new}" for each in accepted),
        "unknown": [each for each in verdicts if each.code in ("unknown", "not_closed")],
        "refused": [each for each in verdicts if each.code and each.code not in ("unknown", "not_closed")],
        "joined": [each for each in verdicts if each.joined],
        "unreadable": [
            {"line": line, "text": sight.words(text)}
            for line, text in form.read.unreadable[:_UNREADABLE_SHOWN]
        ],
        "unreadable_more": max(len(form.read.unreadable) - _UNREADABLE_SHOWN, 0),
        "key": get_random_string(22),
    }
    return render(request, "closures/bulk/replacements_preview.html", context)
