"""The parts of an incident's page in words, for the member who looks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.access import TeamRequest
from closedorders.accounts.exchange.figures import home_figure
from closedorders.accounts.models import Membership
from closedorders.core.money import amounts_in_words
from closedorders.core.paging import page_of
from closedorders.core.text.formatting import duration
from closedorders.outreach.models import Campaign

from ..reads import IncidentView
from .figures import Money
from .timeline import PAGE, events_of, happenings


def money_figures(money: Money, membership: Membership) -> list[dict[str, Any]]:
    """Value at risk, what AliExpress owes, what the apologies cost. Amounts of money back are a merchant's to see."""
    value = {
        "label": _("Value at risk"),
        **home_figure(membership.team, money.value).as_figure(),
        "note": _("%(orders)s sales, %(countries)s countries")
        % {"orders": money.sales, "countries": money.countries},
    }
    if not membership.is_merchant:
        return [value] if membership.is_reviewer else [value, _due_in_words(money, membership)]
    return [
        value,
        _due_in_words(money, membership) | {"value": amounts_in_words(money.due)},
        {
            "label": _("Apologies cost"),
            "value": amounts_in_words(money.refunds) if money.refunds else "–",
            "note": _offers_note(money),
        },
    ]


def _due_in_words(money: Money, membership: Membership) -> dict[str, Any]:
    count = sum(total.count for total in money.due)
    waiting = ngettext("%(count)s is waited for", "%(count)s are waited for", count) % {"count": count}
    late = ngettext("%(count)s is overdue", "%(count)s are overdue", money.overdue) % {"count": money.overdue}
    return {
        "label": _("Supplier refunds due"),
        "value": count or "–",
        "note": late if money.overdue else waiting if count else "",
        "tone": "red" if money.overdue else "",
        "url": reverse("incidents:supplier_refunds", args=[membership.team.slug]),
    }


def _offers_note(money: Money) -> str:
    parts = []
    if money.refunds:
        count = sum(total.count for total in money.refunds)
        parts.append(ngettext("%(count)s refund", "%(count)s refunds", count) % {"count": count})
    if money.code_count:
        codes = ngettext("%(count)s code", "%(count)s codes", money.code_count) % {"count": money.code_count}
        worth = amounts_in_words(money.codes)
        parts.append(
            _("%(codes)s, up to %(amount)s if all are used for as much again")
            % {"codes": codes, "amount": worth}
            if money.codes
            else codes
        )
    if money.codes_used:
        used = ngettext("%(count)s code used", "%(count)s codes used", money.codes_used)
        parts.append(used % {"count": money.codes_used})
    if money.gifts:
        parts.append(ngettext("%(count)s gift", "%(count)s gifts", money.gifts) % {"count": money.gifts})
    return " · ".join(parts)


def clock_figure(view: IncidentView) -> dict[str, Any]:
    """How long it has gone on: from the first closure, not from when somebody logged it, to now or its end."""
    until = view.incident.ended_at or timezone.now()
    count = view.situation.closures_not_reopened
    note = ngettext("%(count)s order closed", "%(count)s orders closed", count) % {"count": count}
    if view.case:
        clock = view.case.clock
        note += " · " + _("ours %(ours)s, AliExpress %(theirs)s") % {
            "ours": duration(clock.ours + clock.reviewer),
            "theirs": duration(clock.theirs),
        }
        note = " · ".join(filter(None, (note, view.case.answer_due_label)))
    return {
        "label": _("Since the first closure"),
        "value": duration(max(until - view.first_closed_at, timedelta())),
        "note": note,
        "tone": view.case.clock.tone if view.case and view.case.clock.tone == "red" else "",
    }


def timeline_page(
    request: TeamRequest, view: IncidentView, campaigns: Collection[Campaign]
) -> dict[str, Any]:
    """A page of what happened; `campaigns` are those of the incident that this member sees."""
    incident, membership = view.incident, request.membership
    events = events_of(incident, case=view.case_row, campaigns=campaigns)
    page = page_of(request, events, size=PAGE)
    return {"timeline": happenings(page.rows, incident, membership, campaigns), "timeline_page": page}
