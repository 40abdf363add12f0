"""The steps of a draft's page, of which one stands open, and the bar that sums them up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from closedorders.accounts.exchange.figures import home_figure
from closedorders.core.money import amounts_in_words, format_money
from closedorders.core.text.formatting import count as format_count

from ..models import Kind
from ..plans.checks import Check
from ..plans.plan import Plan
from .costs import whole_cost

#: Step -> the codes of the lines of the list before sending that are put right in it.
_CHECKED_IN: Mapping[str, frozenset[str]] = {
    "sender": frozenset({"sender"}),
    "who": frozenset({"solved", "people"}),
    "offer": frozenset({"dates", "codes", "refunds", "credit", "shipping"}),
    "texts": frozenset({"words", "truth", "class", "claims"}),
    "preview": frozenset({"values", "only_yours"}),
    "preflight": frozenset({"server"}),
    "send": frozenset(),
}
_WITHIN = {"codes": "offer", "refunds": "offer", "credit": "offer", "shipping": "offer"}
_OF_FORM = {"sender": "sender", "offer": "offer", "text": "texts", "test": "preview", "count": "send"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`gist` is what the step says in a few words while it is closed. `now`: the first with something missing."""

    anchor: str
    number: int
    label: str
    gist: str
    ok: bool
    now: bool = False
    is_open: bool = False


def step_of(anchor: str) -> str:
    """The step in which this place of the page stands; "" where there is none."""
    if anchor.startswith("text-"):
        return "texts"
    return _WITHIN.get(anchor, anchor if anchor in _CHECKED_IN else "")


def draft_steps(
    plan: Plan, checks: Sequence[Check], *, wanted: str, forms: Mapping[str, Any], to_look_at: int
) -> list[Step]:
    """The steps in their order. Open is the one with the form that came back, or `wanted`, or the one to do now.

    `to_look_at`: how many lines say that mails may not arrive.
    """
    failing = {check.code for check in checks if not check.ok}
    resolution = plan.campaign.kind == Kind.RESOLUTION
    named = [
        ("who", pgettext("customers", "Who"), _who(plan)),
        ("offer", _("Offer and cost") if resolution else _("Next word"), _offer(plan)),
        ("texts", _("Text"), _texts(plan)),
        ("preview", _("Preview"), _gaps(plan)),
        ("preflight", _("Will the mails arrive?"), _arrival(to_look_at)),
        ("send", _("Send"), _missing(failing)),
    ]
    if "sender" in failing or "sender" in forms:
        named.insert(0, ("sender", _("Sender"), ""))
    done = {anchor: not (_CHECKED_IN[anchor] & failing) for anchor, _label, _gist in named}
    done["send"] = not failing
    now = next((anchor for anchor, ok in done.items() if not ok), "send")
    came_back = next((step for form, step in _OF_FORM.items() if form in forms), "")
    shown = came_back if came_back in done else wanted if wanted in done else now
    return [
        Step(
            anchor=anchor,
            number=number,
            label=label,
            gist=gist,
            ok=done[anchor],
            now=anchor == now,
            is_open=anchor == shown,
        )
        for number, (anchor, label, gist) in enumerate(named, start=1)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The draft in one line: how many people, what it costs, how much is missing, and where that is put right."""

    people: str
    cost: str
    missing: str
    next_step: Step


def draft_bar(plan: Plan, checks: Sequence[Check], steps: Sequence[Step]) -> Bar:
    cost = whole_cost(plan)
    missing = sum(1 for check in checks if not check.ok)
    return Bar(
        people=_people(len(plan.people)),
        cost=home_figure(plan.campaign.team, cost).value if cost else "",
        missing=_number_missing(missing) if missing else "",
        next_step=next(step for step in steps if step.now),
    )


def _people(count: int) -> str:
    return ngettext("%(number)s person", "%(number)s people", count) % {"number": format_count(count)}


def _who(plan: Plan) -> str:
    left_out = len(plan.audience.excluded)
    if not left_out:
        return _people(len(plan.people))
    words = ngettext("%(number)s left out", "%(number)s left out", left_out)
    return f"{_people(len(plan.people))} · {words % {'number': format_count(left_out)}}"


def _offer(plan: Plan) -> str:
    parts = []
    if plan.offers_code:
        parts.append(_("code of %(percent)s%%") % {"percent": plan.campaign.code_percent})
    if plan.refund_totals:
        parts.append(_("%(amount)s back") % {"amount": amounts_in_words(plan.refund_totals)})
    for wanted in plan.compensations.offers.values():
        parts.append(
            wanted.name
            or _("%(amount)s of store credit") % {"amount": format_money(wanted.amount, wanted.currency)}
        )
    if plan.campaign.kind == Kind.RESOLUTION and plan.campaign.gift:
        parts.append(plan.campaign.gift)
    return " · ".join(parts)


def _texts(plan: Plan) -> str:
    names = dict(settings.LANGUAGES)
    return ", ".join(str(names.get(language, language)) for language in plan.languages)


def _gaps(plan: Plan) -> str:
    count = len(plan.incomplete)
    if not count:
        return ""
    return ngettext("%(number)s mail with gaps", "%(number)s mails with gaps", count) % {
        "number": format_count(count)
    }


def _arrival(count: int) -> str:
    if not count:
        return ""
    return ngettext("%(number)s thing to look at", "%(number)s things to look at", count) % {
        "number": format_count(count)
    }


def _missing(failing: set[str]) -> str:
    return _number_missing(len(failing)) if failing else ""


def _number_missing(count: int) -> str:
    return ngettext("%(number)s missing", "%(number)s missing", count) % {"number": format_count(count)}
