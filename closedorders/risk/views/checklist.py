from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import TypeVar

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_form
from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.accounts.team_cache import team_cached
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import post_only

from .. import actions
from ..checklist import Finding, score_of, thresholds_of, worst_first
from ..checklist import checklist as findings_of
from ..checklist.habits import habits
from ..checklist.history import read_history, warned_of
from ..checklist.page import fix_first, ring, runways
from ..facts import gather
from ..forms import ConfirmationForm, DismissalForm
from ..models import Confirmation, Dismissal
from ..rules import RULES, TICK_DAYS

T = TypeVar("T")

HISTORY_READ = 60
HISTORY_SHOWN = 5


@team_page(MERCHANT, ASSISTANT)
def checklist(request: TeamRequest) -> HttpResponse:
    return _checklist_page(request)


def _checklist_page(
    request: TeamRequest,
    *,
    check_code: str = "",
    form: ConfirmationForm | None = None,
    dismissal_form: DismissalForm | None = None,
) -> HttpResponse:
    """The page; `form` or `dismissal_form` is the one of `check_code` that came back with mistakes."""
    team = request.team
    language = get_language() or ""

    def cached(name: str, make: Callable[[], T]) -> T:
        """What costs queries and is the same for all who read this language, until somebody does something."""
        return team_cached(team, f"risk {name} in {language}", make)

    facts = cached("facts", lambda: gather(team))
    findings = worst_first(findings_of(request.team, facts=facts))
    history: dict[str, list[Confirmation]] = {code: [] for code in TICK_DAYS}
    for confirmation in Confirmation.objects.for_team(request.team).order_by("-pk")[:HISTORY_READ]:
        shown = history.get(confirmation.check_code, [])
        if len(shown) < HISTORY_SHOWN:
            shown.append(confirmation)
    items = []
    for finding in findings:
        own: SafeString | None = None
        if finding.tick and request.membership.is_merchant:
            posted = form if finding.code == check_code else None
            own = _drawn(posted) if posted else _blank_confirmation(finding.code, *_of_day())
        items.append(
            {
                "finding": finding,
                "form": own,
                "is_open": finding.code == check_code and form is not None,
                "dismissal_form": _dismissal_form(request, finding, dismissal_form),
                "dismissal_open": dismissal_form is not None and dismissal_form.check_code == finding.code,
                "history": history.get(finding.code, []),
            }
        )
    counts = {
        state: sum(finding.state == state and finding.dismissal is None for finding in findings)
        for state in ("act", "watch", "unknown", "ok")
    }
    counts["dismissed"] = sum(finding.dismissal is not None for finding in findings)
    score = score_of(findings)
    context = {
        "items": items,
        "counts": counts,
        "score": score,
        "ring": ring(score),
        "history": read_history(request.team, findings, facts.today),
        "warned_of": cached("looking back", lambda: warned_of(team, facts.today)),
        "fixes": fix_first(findings, request.membership),
        "habits": cached("habits", lambda: habits(facts, request.membership))
        if request.membership.is_merchant
        else [],
        "runways": runways(facts, thresholds_of(request.team)),
    }
    return render(request, "risk/checklist.html", context)


def _dismissal_form(
    request: TeamRequest, finding: Finding, posted: DismissalForm | None
) -> SafeString | None:
    """None where there is nothing to dismiss, or somebody else has to; what was posted says why it was refused."""
    if posted is not None and posted.check_code == finding.code:
        return _drawn(posted)
    if not request.membership.is_merchant or not finding.needs_somebody:
        return None
    return _blank_dismissal(finding.code, *_of_day())


def _drawn(form: BaseForm) -> SafeString:
    drawn: SafeString = as_crispy_form(form)
    return drawn


def _of_day() -> tuple[date, str]:
    """What a form that nobody has filled in depends on, besides its cause: its days, and the language."""
    return timezone.localdate(), get_language() or ""


@lru_cache(maxsize=256)
def _blank_confirmation(check_code: str, _today: date, _language: str) -> SafeString:
    return _drawn(ConfirmationForm(check_code=check_code))


@lru_cache(maxsize=256)
def _blank_dismissal(check_code: str, _today: date, _language: str) -> SafeString:
    return _drawn(DismissalForm(check_code=check_code))


@team_page(MERCHANT)
@post_only
def dismissal(request: TeamRequest, check_code: str) -> HttpResponse:
    if check_code not in RULES:
        raise Http404
    form = DismissalForm(request.POST, check_code=check_code)
    if form.is_valid():
        with attempt(request, form, "until"):
            actions.dismiss_cause(
                team=request.team, check_code=check_code, by=request.membership, **form.cleaned_data
            )
            messages.success(
                request, _("Dismissed. It comes back when the day is over, or when it gets worse.")
            )
            return redirect("risk:checklist", team=request.team.slug)
    return _checklist_page(request, check_code=check_code, dismissal_form=form)


@team_page(MERCHANT)
@post_only
def dismissal_withdrawal(request: TeamRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Dismissal.objects.filter(team=request.team), pk=pk)
    actions.withdraw_dismissal(dismissal=found, by=request.membership)
    messages.success(request, _("It counts again."))
    return redirect("risk:checklist", team=request.team.slug)


@team_page(MERCHANT)
@post_only
def confirmation(request: TeamRequest, check_code: str) -> HttpResponse:
    if check_code not in TICK_DAYS:
        raise Http404
    form = ConfirmationForm(request.POST, check_code=check_code)
    if form.is_valid():
        with attempt(request, form):
            actions.confirm_check(
                team=request.team, check_code=check_code, by=request.membership, **form.cleaned_data
            )
            messages.success(request, _("Answer noted."))
            return redirect("risk:checklist", team=request.team.slug)
    return _checklist_page(request, check_code=check_code, form=form)


@team_page(MERCHANT)
@post_only
def withdrawal(request: TeamRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Confirmation.objects.for_team(request.team), pk=pk)
    actions.withdraw_confirmation(confirmation=found, by=request.membership)
    messages.success(request, _("Answer taken back. The one before it counts again, if it is still valid."))
    return redirect("risk:checklist", team=request.team.slug)
