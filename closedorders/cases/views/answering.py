from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from closedorders.accounts.access import TeamRequest
from closedorders.accounts.models import Team
from closedorders.core.refusals import Refused

from ..models import Case


def case_of(team: Team, pk: int) -> Case:
    return get_object_or_404(Case.objects.for_team(team), pk=pk)


def seen_state(case: Case) -> str:
    """The state and round that a page shows; its buttons send them back, so that an old tab is noticed."""
    return f"{case.state}.{case.round}"


def refuse_if_stale(request: HttpRequest, case: Case) -> None:
    seen = request.GET.get("seen", "")
    if seen and seen != seen_state(case):
        raise Refused(
            _("This case has moved on since you opened the page: it is now “%(state)s”. Nothing was changed.")
            % {"state": case.get_state_display()}
        )


def attempt(
    request: TeamRequest, case: Case, form: Form | None, anchor: str, act: Callable[[], object]
) -> HttpResponse:
    """Do one small write and redirect to its place on the page, with the reason where it was refused."""
    if form is not None and not form.is_valid():
        mistakes = [str(error) for errors in form.errors.values() for error in errors]
        messages.error(request, " ".join(mistakes))
        return back_to(case, anchor)
    try:
        act()
    except Refused as refused:
        messages.error(request, str(refused))
    return back_to(case, anchor)


def back_to(case: Case, anchor: str) -> HttpResponse:
    return redirect(f"{case.get_absolute_url()}#{anchor}")
