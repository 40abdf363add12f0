"""The one membership rule: who may open a team's page.

A page of a team names the roles that may enter; anyone else in the team gets 403 with a sentence, anyone outside the
team gets 404, so that nobody learns which teams exist. Whoever may enter gets 405 for a method that the page does not
answer (`core/http/methods.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from closedorders.core.http.methods import refused_method

from .models import Membership, Role, Team, User
from .people.work_sessions import note_work

P = ParamSpec("P")

MERCHANT, ASSISTANT, REVIEWER = Role.MERCHANT, Role.ASSISTANT, Role.REVIEWER
EVERYONE = (MERCHANT, ASSISTANT, REVIEWER)


class TeamRequest(HttpRequest):
    """A request for a page of a team, as the views of `team_page` get it."""

    user: User
    team: Team
    membership: Membership


def team_page(
    *roles: Role,
) -> Callable[[Callable[Concatenate[TeamRequest, P], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Let only these roles of the team in the URL into the view, which gets `request.team` and `.membership`."""
    allowed = frozenset(roles)

    def decorate(
        view: Callable[Concatenate[TeamRequest, P], HttpResponseBase],
    ) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def enter(request: TeamRequest, team: str, **kwargs: Any) -> HttpResponseBase:
            membership = Membership.objects.to_enter(request.user, team)
            if membership is None:
                raise Http404
            if request.method != "GET":
                # What this request writes is to be seen in its own answer.
                membership.team.newest_event = None
            request.membership, request.team = membership, membership.team
            activate_language(request, membership.team)
            note_work(request, membership)
            if membership.role not in allowed:
                raise PermissionDenied(_role_sentence(allowed))
            response: HttpResponseBase | None = refused_method(request, enter)
            if response is None:
                with timezone.override(membership.team.zone):
                    response = view(request, **kwargs)  # type: ignore[call-arg]  # the URL's own, less the team
            # Customers' data must not stay in the cache of a shared computer, and "back" must not show a stale button.
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        enter.roles = allowed  # type: ignore[attr-defined]  # read by the permission matrix and `MethodsMiddleware`
        return enter

    return decorate


def activate_language(request: HttpRequest, team: Team) -> None:
    """Activate the person's language, else the team's, else the browser's."""
    chosen = request.user.language if isinstance(request.user, User) else ""
    if not chosen and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and team.language:
        translation.activate(team.language)
        request.LANGUAGE_CODE = translation.get_language()


def _role_sentence(allowed: frozenset[Role]) -> str:
    names = ", ".join(str(role.label).lower() for role in Role if role in allowed)
    return _("This page is for: %(roles)s. Ask a merchant of your team if you need it.") % {"roles": names}
