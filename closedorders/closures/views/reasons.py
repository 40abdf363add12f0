from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.access import ASSISTANT, EVERYONE, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only

from .. import actions
from ..forms import OwnReasonForm, PlaybookForm
from ..models import Closure, ClosureReason, Incident, IncidentStep
from ..playbooks import (
    PLAYBOOK_LABELS,
    PLAYBOOK_WORDS,
    Advice,
    advice_for,
    overdue_checks,
    seeded_words,
)


@team_page(*EVERYONE)
def reasons(request: TeamRequest) -> HttpResponse:
    """The reasons and how many open closures each has."""
    found = list(ClosureReason.objects.for_team(request.team).with_open_closures(request.team))
    context = {
        "overdue": overdue_checks(request.team, found),
        "seeded": [reason for reason in found if reason.team_id is None],
        "own": [reason for reason in found if reason.team_id is not None],
    }
    return render(request, "closures/reasons.html", context)


@team_page(MERCHANT)
@get_and_post
def reason_creation(request: TeamRequest) -> HttpResponse:
    form = OwnReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form, "name"):
            made = actions.add_reason(
                team=request.team, name=form.cleaned_data["name"], by=request.membership
            )
            messages.success(request, _("Reason added. Write down what to do about it."))
            return redirect("closures:playbook", team=request.team.slug, code=made.code)
    return render(request, "closures/reason_creation.html", {"form": form})


def _reason(request: TeamRequest, code: str) -> ClosureReason:
    found = ClosureReason.objects.with_retired(request.team).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _open_incidents(request: TeamRequest) -> list[Incident]:
    return list(Incident.objects.for_team(request.team).open().order_by("-number")[:50])


@team_page(*EVERYONE)
def reason(request: TeamRequest, code: str) -> HttpResponse:
    found = _reason(request, code)
    context = {
        "reason": found,
        "advice": advice_for(team=request.team, reason=found),
        "incidents": [] if request.membership.is_reviewer else _open_incidents(request),
        "open_closures": Closure.objects.for_team(request.team).open().filter(reason=found).count(),
        "may_retire": request.membership.is_merchant
        and found.team_id == request.team.pk
        and found.retired_at is None,
    }
    return render(request, "closures/reason.html", context)


@team_page(MERCHANT)
@get_and_post
def playbook(request: TeamRequest, code: str) -> HttpResponse:
    found = _reason(request, code)
    advice = advice_for(team=request.team, reason=found)
    stored = {name: getattr(advice, name) for name in PLAYBOOK_WORDS} | {"verified_on": advice.verified_on}
    wanted = request.POST.get("original", "")
    if wanted in seeded_words(found):
        typed = {name: request.POST.get(name, "") for name in (*stored, "seen")}
        form = PlaybookForm(initial=typed | {wanted: seeded_words(found)[wanted]})
        messages.info(
            request,
            _("The original is back in “%(field)s”. Save to put it in use.")
            % {"field": PLAYBOOK_LABELS[wanted]},
        )
        return _playbook_page(request, found, advice, form)
    form = PlaybookForm(request.POST or None, initial={**stored, "seen": advice.seen})
    if request.method == "POST" and form.is_valid():
        with attempt(request, form):
            actions.edit_playbook(team=request.team, reason=found, by=request.membership, **form.cleaned_data)
            messages.success(request, _("Playbook saved."))
            return redirect("closures:reason", team=request.team.slug, code=found.code)
        # What was typed stays; saved once more, it replaces what the page shows beside it.
        advice = advice_for(team=request.team, reason=found)
        typed_again = request.POST.copy()
        typed_again["seen"] = advice.seen
        refused, form = form, PlaybookForm(typed_again)
        for error in refused.non_field_errors():
            form.add_error(None, error)
        return _playbook_page(request, found, advice, form, conflict=True)
    return _playbook_page(request, found, advice, form)


def _playbook_page(
    request: TeamRequest, found: ClosureReason, advice: Advice, form: PlaybookForm, *, conflict: bool = False
) -> HttpResponse:
    """The form, and beside it what is stored where that is not what the form has, and the original words."""
    originals = seeded_words(found)
    beside = []
    for name, label in PLAYBOOK_LABELS.items():
        typed = str(form[name].value() or "").replace("\r\n", "\n").strip()
        stored = getattr(advice, name)
        theirs = stored if conflict and stored != typed else ""
        original = originals.get(name, "")
        if theirs or (original and original != typed):
            beside.append(
                {"name": name, "label": label, "theirs": theirs, "original": original, "yours": typed}
            )
    context = {"form": form, "reason": found, "advice": advice, "beside": beside, "conflict": conflict}
    return render(request, "closures/playbook.html", context, status=422 if form.errors else 200)


@team_page(MERCHANT)
@post_only
def playbook_check(request: TeamRequest, code: str) -> HttpResponse:
    found = _reason(request, code)
    with attempt(request):
        actions.check_playbook(team=request.team, reason=found, by=request.membership)
        messages.success(request, _("Noted: checked today."))
    return redirect("closures:reason", team=request.team.slug, code=found.code)


@team_page(MERCHANT, ASSISTANT)
@post_only
def playbook_steps(request: TeamRequest, code: str) -> HttpResponse:
    """Puts the steps of the playbook on an incident."""
    found = _reason(request, code)
    number = request.POST.get("incident", "")
    incident = get_object_or_404(
        Incident.objects.for_team(request.team),
        number=int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0,
    )
    with attempt(request):
        added = actions.apply_playbook(incident=incident, reason=found, by=request.membership)
        if added:
            words = ngettext("%(count)s step added.", "%(count)s steps added.", added) % {"count": added}
            messages.success(request, words)
        else:
            messages.info(request, _("These steps are on the incident already."))
    return redirect(f"{incident.get_absolute_url()}#steps")


@team_page(MERCHANT, ASSISTANT)
@post_only
def incident_step(request: TeamRequest, pk: int) -> HttpResponse:
    """Ticks a step of an incident, takes the tick away, or removes a step that nobody needs."""
    step = get_object_or_404(
        IncidentStep.objects.select_related("incident__team"), pk=pk, incident__team=request.team
    )
    done = request.POST.get("done") == "1"
    with attempt(request):
        if request.POST.get("done") == "not_needed":
            actions.remove_step(step=step, by=request.membership)
            messages.success(request, _("Step removed."))
        elif not actions.tick_step(step=step, done=done, by=request.membership) and done:
            messages.info(request, _("Somebody ticked this step before you."))
    return redirect(f"{step.incident.get_absolute_url()}#steps")


@team_page(MERCHANT)
@post_only
def reason_retirement(request: TeamRequest, code: str) -> HttpResponse:
    found = _reason(request, code)
    with attempt(request):
        actions.retire_reason(reason=found, by=request.membership)
        messages.success(request, _("Reason retired. Closures that have it keep it."))
    return redirect("closures:reasons", team=request.team.slug)
