"""Calculators with typed figures: nothing is saved, so a merchant may try what would be."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page

from ..apology_cost import apology_cost
from ..forms import ApologyCalculatorForm, PocketCalculatorForm
from ..pocket.planning import plan
from ..pocket.wording import advice, figures, money


@team_page(MERCHANT)
def pocket_calculator(request: TeamRequest) -> HttpResponse:
    form = PocketCalculatorForm(request.GET or None)
    context: dict[str, object] = {"form": form}
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        made = plan(
            average=data["average"],
            peak=max(data["peak"] or Decimal(0), data["average"]),
            held=data["held"] or Decimal(0),
        )
        context |= {
            "figures": figures(made, data["currency"]),
            "advice": advice(made, data["currency"]),
        }
    return render(request, "risk/pocket_calculator.html", context)


@team_page(MERCHANT)
def apology_calculator(request: TeamRequest) -> HttpResponse:
    form = ApologyCalculatorForm(request.GET or None, initial={"currency": request.team.currency})
    context: dict[str, object] = {"form": form}
    if form.is_bound and form.is_valid():
        data = dict(form.cleaned_data)
        currency = data.pop("currency")
        for name in ("gift", "shipping"):
            data[name] = data[name] or Decimal(0)
        cost = apology_cost(**data)
        share = (
            ""
            if cost.of_margin is None
            else _("%(share)s %% of what these orders leave you") % {"share": cost.of_margin}
        )
        context["figures"] = [
            {
                "label": _("Whole apology"),
                "value": money(cost.whole, currency),
                "note": share,
                "tone": "red" if (cost.of_margin or 0) > 100 else "",
            },
            {"label": _("For each customer"), "value": money(cost.each, currency)},
            {"label": _("Codes"), "value": money(cost.codes, currency)},
            {"label": _("Refunds"), "value": money(cost.refunds, currency)},
            {"label": _("Gifts"), "value": money(cost.gifts, currency)},
            {"label": _("Faster shipping"), "value": money(cost.shipping, currency)},
        ]
    return render(request, "risk/apology_calculator.html", context)
