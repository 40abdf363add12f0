from __future__ import annotations

from copy import copy
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.mail.mailbox import LocalMailbox
from closedorders.core.paging import PAGE_SIZE

from . import actions
from .access import MERCHANT, TeamRequest, team_page
from .forms import TeamForm, TeamNameForm
from .models import Membership, User


def _back(request: HttpRequest) -> HttpResponseRedirect:
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    return HttpResponseRedirect(target)


def home(request: HttpRequest) -> HttpResponse:
    """Today of the only team; otherwise the list of teams to choose from."""
    teams = list(Membership.objects.of(cast(User, request.user)))
    if len(teams) == 1 and "choose" not in request.GET:
        return redirect(teams[0].team)
    return render(request, "accounts/teams.html", {"memberships": teams})


@get_and_post
def new_team(request: HttpRequest) -> HttpResponse:
    form = TeamNameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        membership = actions.create_team(owner=cast(User, request.user), **form.cleaned_data)
        return redirect(membership.team)
    return render(request, "accounts/new_team.html", {"form": form})


@login_not_required
@post_only
def language(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("language", "")
    response = _back(request)
    if chosen in dict(settings.LANGUAGES):
        if isinstance(request.user, User):
            request.user.language = chosen
            request.user.save(update_fields=["language"])
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=365 * 24 * 3600,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


@login_not_required
@post_only
def theme(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("theme", "")
    response = _back(request)
    if chosen in User.Theme.values:
        if isinstance(request.user, User):
            request.user.theme = chosen
            request.user.save(update_fields=["theme"])
        response.set_cookie(
            "theme",
            chosen,
            max_age=365 * 24 * 3600,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


@team_page(MERCHANT)
@get_and_post
def team_settings(request: TeamRequest) -> HttpResponse:
    # A copy: the form writes into its instance, and the action must still see what was there before.
    form = TeamForm(request.POST or None, instance=copy(request.team))
    if request.method == "POST" and form.is_valid():
        actions.change_team(team=request.team, by=request.membership, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("team:settings", team=request.team.slug)
    return render(request, "accounts/settings.html", {"form": form})


@team_page(MERCHANT)
def mailbox(request: TeamRequest) -> HttpResponse:
    """The mails of this team that an installation without a mail server keeps for itself."""
    before = request.GET.get("before", "")[:200] or None
    mails = LocalMailbox(settings.LOCAL_MAILBOX).messages(
        team_header=str(request.team.pk), limit=PAGE_SIZE + 1, before=before
    )
    shown = mails[:PAGE_SIZE]
    context = {"mails": shown, "next_url": f"?before={shown[-1].key}" if len(mails) > PAGE_SIZE else ""}
    return render(request, "accounts/mailbox.html", context)


@team_page(MERCHANT)
def mail(request: TeamRequest, key: str) -> HttpResponse:
    try:
        found = LocalMailbox(settings.LOCAL_MAILBOX).get(key, team_header=str(request.team.pk))
    except KeyError:
        raise Http404 from None
    return render(request, "accounts/mail.html", {"mail": found})
