from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, REVIEWER, TeamRequest, team_page
from closedorders.core.http.methods import post_only
from closedorders.core.refusals import Refused

from .. import actions, moves
from ..forms import MoveForm
from .answering import case_of, refuse_if_stale
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
        needed = bool(move and move.note_label)
        label = _(move.note_label) if move and needed else _("Note (optional)")
        form = MoveForm(request.POST, label=label, needed=needed, auto_id=f"{name}_%s")
        refusal = ""
        if form.is_valid():
            try:
                refuse_if_stale(request, case)
                actions.move_case(case=case, move=name, by=request.membership, note=form.cleaned_data["note"])
            except Refused as refused:
                refusal = str(refused)
            else:
                messages.success(request, DONE_WORDS[name]())
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
