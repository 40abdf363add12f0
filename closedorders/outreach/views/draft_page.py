"""The page of a draft: its steps, of which one stands open."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import asdict
from itertools import zip_longest
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.senders.findings import State
from closedorders.senders.preflight import preflight_of
from closedorders.senders.views import panel

from .. import audience
from ..approving.digest import digest_of
from ..approving.second import other_merchants
from ..audience import Person
from ..drafts.costs import cost_of
from ..drafts.steps import Step, draft_bar, draft_steps
from ..forms import CountForm, OfferForm, SenderForm, TestMailForm, TextForm
from ..models import Approval, Campaign, Kind, Refund
from ..plans.checks import PROVEN_ON_PAGE, Check, checks_of
from ..plans.plan import Plan, Words
from ..plans.preflight import campaign_lines
from ..recipients.languages import Origin, language_in_words
from ..texts import builtin as builtin_texts
from ..texts.claims import doubted_words
from ..texts.names import first_name
from .answering import campaign_of
from .placeholders import placeholder_help

SHOWN = 50


def draft_page(request: TeamRequest, campaign: Campaign, **forms: Any) -> HttpResponse:
    """The draft's page; `forms` are those that came back with mistakes.

    They are `sender`, `offer`, `test`, `text` with its language. With `put_in`, `text` has true words put in and is not
    saved yet; with `moved`, its offer has been moved to the end.
    """
    plan = Plan(campaign)
    checks = checks_of(plan, proven=PROVEN_ON_PAGE)
    preflight = preflight_of(campaign.store)
    ready = all(check.ok for check in checks)
    index = person_index(request, len(plan.people))
    texts = [_text_panel(plan, plan.words(language), forms) for language in plan.languages]
    person = plan.people[index - 1] if plan.people else None
    names = dict(settings.LANGUAGES)
    lines = campaign_lines(plan, checks)
    steps = draft_steps(
        plan,
        checks,
        wanted=request.GET.get("step", "preview" if "person" in request.GET else ""),
        forms=forms,
        to_look_at=sum(1 for line in (*lines, *preflight.lines) if line.state is State.BAD),
    )
    context = {
        "campaign": campaign,
        "plan": plan,
        "stays_here": preflight.way.stays_here,
        "panel": panel(campaign.store, preflight),
        "campaign_lines": lines,
        "resolution": campaign.kind == Kind.RESOLUTION,
        "excluded": plan.audience.excluded[:SHOWN],
        "excluded_more": max(0, len(plan.audience.excluded) - SHOWN),
        "nameless": [p for p in plan.people if not first_name(p.customer.name)][:SHOWN],
        "incomplete": plan.incomplete[:SHOWN],
        "without_amount": plan.without_amount[:SHOWN],
        "LEFT_OUT": audience.Exclusion.LEFT_OUT,
        "sender_form": _sender_form(campaign, checks, forms.get("sender")),
        "offer_form": forms.get("offer") or OfferForm(instance=copy(campaign)),
        "checks": checks,
        "ready": ready,
        "steps": [_with_next(campaign, step, following) for step, following in zip_longest(steps, steps[1:])],
        "bar": draft_bar(plan, checks, steps),
        "next_action": _next_action(plan, checks, ready=ready),
        "cost": cost_of(plan),
        "compensations": _compensations(plan),
        "codes_made": len(plan.to_get_code) - len(plan.without_code),
        "proposed": len(plan.refunds_in(Refund.State.PROPOSED)),
        "approved": len(plan.refunds_in(Refund.State.APPROVED)),
        "issued": len(plan.refunds_in(Refund.State.ISSUED)),
        "dropped": len(plan.refunds_in(Refund.State.DROPPED)),
        "texts": texts,
        "letter": plan.letter(person) if person else None,
        "language_why": language_in_words(person.chosen) if person and person.chosen else "",
        "language_choices": _language_choices(person),
        "included": [
            {"person": each, "number": number, "language": names.get(each.language, each.language)}
            for number, each in enumerate(plan.people[:SHOWN], start=1)
        ],
        "included_more": max(0, len(plan.people) - SHOWN),
        "index": index,
        "previous": index - 1 if index > 1 else None,
        "next": index + 1 if index < len(plan.people) else None,
        "test_form": forms.get("test") or TestMailForm(initial={"person": index}),
        "count_form": CountForm(),
        **_approval(request, plan),
    }
    status = 422 if forms and not {"put_in", "moved"} & forms.keys() else 200
    return render(request, "outreach/draft/draft.html", context, status=status)


@team_page(MERCHANT)
def letter_page(request: TeamRequest, pk: int) -> HttpResponse:
    """The HTML part of a recipient's mail, for the frame of the preview: it may be framed here and runs nothing."""
    found = campaign_of(request, pk)
    plan = Plan(found)
    if plan.people:
        letter = plan.letter(plan.people[person_index(request, len(plan.people)) - 1])
        response = HttpResponse(letter.html(found.store))
    else:
        response = HttpResponse(_("Nobody is in this list."))
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
    )
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _approval(request: TeamRequest, plan: Plan) -> dict[str, Any]:
    """The newest approval; where it asks for another merchant, whose turn it is, and whether it still means this."""
    found = plan.campaign.approvals.select_related("asked_by__user").order_by("-pk").first()
    if found is None or found.state != Approval.State.ASKED:
        return {"approval": found}
    # Of more, every mail is compared when it is approved.
    few = len(plan.people) <= PROVEN_ON_PAGE
    return {
        "approval": found,
        "asked": found,
        "asked_myself": found.asked_by.user_id == request.membership.user_id,
        "asked_others": other_merchants(found.asked_by),
        "asking_is_void": few and digest_of(plan, found.begins_at) != found.digest,
    }


def _language_choices(person: Person | None) -> list[tuple[str, str, bool]]:
    """Value, words and whether it is chosen, for the language of one person."""
    if person is None:
        return []
    typed = person.language if person.chosen and person.chosen.origin is Origin.TYPED else ""
    names = dict(settings.LANGUAGES)
    known = [(code, str(names.get(code, code)), code == typed) for code in builtin_texts.LANGUAGES]
    return [("", _("As the file, the country or the store says"), not typed), *known]


def _with_next(campaign: Campaign, step: Step, following: Step | None) -> dict[str, Any]:
    """A step as its component is given it, with the way to the one after it."""
    if following is None:
        return asdict(step)
    url = f"{campaign.get_absolute_url()}?step={following.anchor}#{following.anchor}"
    return {**asdict(step), "next_url": url, "next_label": following.label}


def _sender_form(campaign: Campaign, checks: list[Check], form: SenderForm | None) -> SenderForm | None:
    """Asked for only where it is missing; the store's page has it at any time."""
    if form is None and any(check.code == "sender" and not check.ok for check in checks):
        return SenderForm(instance=copy(campaign.store))
    return form


def person_index(request: TeamRequest, people: int) -> int:
    """Which recipient the preview shows, counted from 1."""
    wanted = request.GET.get("person", "") or request.POST.get("person", "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 7 else 1
    return max(1, min(number, people))


def _text_panel(plan: Plan, words: Words, forms: Mapping[str, Any]) -> dict[str, Any]:
    names = dict(settings.LANGUAGES)
    initial = {name: getattr(words, name) for name in ("subject", "body", "reason")} | {"seen": words.mark}
    shown = forms if forms.get("language") == words.language else {}
    doubts = plan.doubts(words)
    readers = [person for person in plan.people if person.language == words.language]
    return {
        "language": words.language,
        "name": names.get(words.language, words.language),
        "words": words,
        "form": shown.get("text") or TextForm(initial=initial, auto_id=f"{words.language}_%s"),
        "put_in": shown.get("put_in"),
        "placeholder_help": placeholder_help(words.language),
        "moved": shown.get("moved", False),
        "no_offers": sum(1 for each in readers if each.no_offers),
        "doubts": doubts,
        "doubted_words": doubted_words(doubts),
        "wordings": builtin_texts.wordings_for(plan.recorded_reasons, words.language),
        "people": len(readers),
    }


def _compensations(plan: Plan) -> list[dict[str, Any]]:
    """Each kind that is offered: how many people are to get it, how many are listed, and how many have it."""
    found = []
    for kind in plan.compensations.offers:
        everybody = len(plan.compensations.to_get(kind))
        listed = everybody - len(plan.compensations.missing(kind))
        waiting = len(plan.compensations.not_issued(kind))
        found.append(
            {
                "kind": kind.value,
                "label": kind.label,
                "all": everybody,
                "listed": listed,
                "waiting": waiting,
                "issued": listed - waiting,
            }
        )
    return found


def _next_action(plan: Plan, checks: list[Check], *, ready: bool) -> str:
    """The one button of the draft's page that leads on, or none.

    It is `prepare`, `export`, `load`, `approve`, `credit`, `shipping` or `send`.

    None where the sender is missing: its form comes first, with a button of its own.
    """
    if any(check.code == "sender" and not check.ok for check in checks):
        return ""
    if not plan.is_prepared:
        return "prepare"
    if plan.unloaded_codes:
        return "load" if all(code.exported_at for code in plan.unloaded_codes) else "export"
    if plan.refunds_in(Refund.State.PROPOSED):
        return "approve"
    for kind in plan.compensations.offers:
        if plan.compensations.not_issued(kind):
            return kind.value
    return "send" if ready else ""
