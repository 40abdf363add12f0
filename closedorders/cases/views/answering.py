from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from closedorders.accounts.models import Team
from closedorders.core.stale import refuse_if_changed

from ..models import Case


def case_of(team: Team, pk: int) -> Case:
    return get_object_or_404(Case.objects.for_team(team), pk=pk)


def seen_state(case: Case) -> str:
    """Return the mark of the state and round that a page shows; its buttons send it back."""
    return f"{case.state}.{case.round}"


def refuse_if_stale(request: HttpRequest, case: Case) -> None:
    refuse_if_changed(
        request.GET.get("seen", ""),
        seen_state(case),
        _("This case has moved on since you opened the page: it is now “%(state)s”. Nothing was changed.")
        % {"state": case.get_state_display()},
    )


def say_if_masked(request: HttpRequest, typed: str, stored: str) -> None:
    """Say on the next page that card numbers were masked, where what is stored is not what was typed."""
    if typed.strip() != stored.strip():
        messages.info(request, _("A number looked like a card's: only its last four digits are stored."))


def back_to(case: Case, anchor: str) -> HttpResponse:
    return redirect(f"{case.get_absolute_url()}#{anchor}")
