"""What the planner says in words."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.core.money import format_money, quantize

from .planning import Advice, Plan


def figures(plan: Plan, currency: str) -> list[dict[str, Any]]:
    """For `components/data/_figures.html`."""
    lasts = ""
    if plan.lasts is not None and plan.held:
        lasts = ngettext(
            "enough for %(days)s average day", "enough for %(days)s average days", plan.lasts
        ) % {"days": plan.lasts}
    return [
        {"label": _("Average day"), "value": money(plan.average, currency)},
        {"label": _("Busiest day"), "value": money(plan.peak, currency)},
        {"label": _("Credit"), "value": money(plan.held, currency), "note": lasts},
        {"label": _("To have"), "value": money(plan.wanted, currency)},
    ]


def advice(plan: Plan, currency: str) -> dict[str, str]:
    """A sentence and its tone."""
    match plan.advice:
        case Advice.NO_SPENDING:
            text = _("Nothing was spent lately, so nothing says how much credit to have.")
            return {"tone": "grey", "label": _("Unknown"), "text": text}
        case Advice.ENOUGH:
            text = _("An average day can be paid with credit while a card is being checked.")
            return {"tone": "green", "label": _("Fine"), "text": text}
        case Advice.TOO_MUCH:
            text = _(
                "This is more than your busiest day costs. Credit cannot be withdrawn: use it before you buy more."
            )
            return {"tone": "amber", "label": _("Too much"), "text": text}
    text = _(
        "Buy %(amount)s (%(parts)s) to pay an average day with credit. It cannot be withdrawn again."
    ) % {
        "amount": money(Decimal(sum(plan.parts)), currency),
        "parts": " + ".join(f"{many} × {size}" for size, many in Counter(plan.parts).items()),
    }
    return {"tone": "amber", "label": _("Buy"), "text": text}


def money(amount: Decimal, currency: str) -> str:
    return format_money(quantize(amount, currency), currency)
