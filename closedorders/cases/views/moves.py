from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, REVIEWER, TeamRequest, team_page
from closedorders.core.http.attempts import attempt, form_is_valid
from closedorders.core.http.methods import post_only
from closedorders.core.notices import success_with_undo
from closedorders.core.refusals import Refused

from .. import actions, moves
from ..forms import MoveForm, StepBackForm
from ..models import Case, Transition
from .answering import case_of, refuse_if_stale, say_if_masked
from .case import case_page

DONE_WORDS: dict[str, Callable[[], str]] = {
    moves.REVIEW: lambda: _("Sent for review."),
    moves.RETURN: lambda: _("Sent back to the team."),
    moves.APPROVAL: lambda: _("Ready to submit."),
    moves.SUBMISSION: lambda: _("Noted: the documents are with AliExpress."),
    moves.UNBLOCKING: lambda: _(
        "Unblocked. The account is marked as working; you can tell the customers now."
    ),
    moves.FURTHER_REQUEST: lambda: _("A new round has begun: tick or add what AliExpress asks for."),
    moves.REJECTION: lambda: _("Noted. You can start an appeal."),
    moves.APPEAL: lambda: _("A new round has begun: tick or add what the appeal needs."),
    moves.CLOSING: lambda: _("The case is closed."),
}


@team_page(MERCHANT, REVIEWER)
@post_only
def move_undo(request: TeamRequest, pk: int) -> HttpResponse:
    """Takes back the move `?move=`, which is gone when it was taken back already."""
    case = case_of(request.team, pk)
    chosen = request.GET.get("move", "")
    known = chosen.isascii() and chosen.isdigit() and len(chosen) < 19
    moved = case.transitions.select_related("case__incident")
    transition = moved.filter(pk=chosen).first() if known else None
    if transition is None:
        messages.info(request, _("This has been taken back already."))
        return redirect(case)
    with attempt(request):
        actions.undo_move(transition=transition, by=request.membership)
        case.refresh_from_db()
        words = _("Taken back: the case is “%(state)s” again.")
        messages.success(request, words % {"state": case.get_state_display()})
    return redirect(case)


def say_moved(request: TeamRequest, case: Case, name: str, transition: Transition) -> None:
    """Say on the next page what the move was, with a button that takes it back for a minute."""
    undo_url = reverse("cases:move_undo", args=[request.team.slug, case.pk]) + f"?move={transition.pk}"
    success_with_undo(request, DONE_WORDS[name](), undo_url=undo_url, for_a_minute=True)


@team_page(MERCHANT, REVIEWER)
@post_only
def step_back(request: TeamRequest, pk: int) -> HttpResponse:
    """Takes back the newest move, with a reason: also when its minute is over."""
    case = case_of(request.team, pk)
    form = StepBackForm(request.POST)
    transition = case.transitions.standing().exclude(before="").order_by("pk").last()
    if form_is_valid(request, form):
        with attempt(request):
            refuse_if_stale(request, case)
            if transition is None:
                raise Refused(_("This case is still where it began: there is no step to take back."))
            why = form.cleaned_data["why"]
            actions.step_back(transition=transition, why=why, by=request.membership)
            case.refresh_from_db()
            words = _("Taken back: the case is “%(state)s” again.")
            messages.success(request, words % {"state": case.get_state_display()})
            say_if_masked(request, " ".join(why.split()), transition.taken_back_why)
    return redirect(case)


def move_page(name: str) -> Callable[..., HttpResponseBase]:
    """The page that makes the moves of this name: POST only, for the roles that the table gives them to."""
    role = next(move.role for move in moves.MOVES if move.name == name)
    # A merchant may stand in for a reviewer the team does not have: the action knows.
    roles = (MERCHANT,) if role == moves.MERCHANT else (MERCHANT, REVIEWER)

    @team_page(*roles)
    @post_only
    def made(request: TeamRequest, pk: int) -> HttpResponse:
        case = case_of(request.team, pk)
        move = moves.find_move(name, case.state)
        form = MoveForm(move, request.POST)
        refusal = ""
        if form.is_valid():
            try:
                refuse_if_stale(request, case)
                note = form.cleaned_data["note"]
                transition = actions.move_case(
                    case=case,
                    move=name,
                    by=request.membership,
                    note=note,
                    asked_for=form.cleaned_data.get("asked_for", ()),
                )
            except Refused as refused:
                refusal = str(refused)
            else:
                say_moved(request, case, name, transition)
                say_if_masked(request, note, transition.note)
                return redirect(case)
        if not request.POST.get("note", "").strip() and refusal:
            messages.error(request, refusal)
            return redirect(case)
        # Something was typed, or is missing: the page comes back with it.
        case = case_of(request.team, pk)
        return case_page(
            request, case, move_forms={name: form}, refusal=refusal, status=409 if refusal else 200
        )

    made.__name__ = made.__qualname__ = name.replace("-", "_")
    return made
