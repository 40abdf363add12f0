from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

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


def back_to(case: Case, anchor: str) -> HttpResponse:
    return redirect(f"{case.get_absolute_url()}#{anchor}")
