from __future__ import annotations

import sys
from pathlib import Path

from allauth.account import views as allauth_views
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only

from .. import actions
from ..access import MERCHANT, TeamRequest, team_page
from ..models import Invitation, Membership, Role, User
from .forms import FirstMerchantForm, InvitationForm, JoinForm, RoleForm

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


@login_not_required
@get_and_post
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """allauth's sign-in page; an installation without anybody to sign in leads to its first-run page."""
    if not User.objects.exists():
        return redirect("first_run")
    response: HttpResponseBase = allauth_views.login(request)
    return response


@login_not_required
@get_and_post
def password_reset(request: HttpRequest) -> HttpResponseBase:
    """allauth's page; without a mail server, whose link would reach nobody, the command that resets a password."""
    if settings.EMAIL_BACKEND.endswith("LocalMailboxBackend"):
        return render(request, "account/password_reset_by_command.html", {"command": _reset_command()})
    response: HttpResponseBase = allauth_views.password_reset(request)
    return response


def _reset_command() -> str:
    """As it is typed in the product's folder: with the Python of its own virtual environment, where it has one."""
    python = Path(sys.executable)
    shown = python.relative_to(settings.BASE_DIR) if python.is_relative_to(settings.BASE_DIR) else "python"
    return f"{shown} manage.py changepassword"


@login_not_required
@get_and_post
def first_run(request: HttpRequest) -> HttpResponse:
    """Creates the first merchant of an empty installation; afterwards it only leads to the sign-in page."""
    if User.objects.exists():
        return redirect("account_login")
    if not settings.EMBEDDED and not settings.SETUP_CODE:
        # Whoever finds the site first must not become its owner.
        return render(request, "accounts/first_run.html", {"locked": True}, status=403)
    form = FirstMerchantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form):
            membership = actions.create_first_merchant(
                **form.cleaned_data, language=translation.get_language() or ""
            )
            login(request, membership.user, backend=BACKEND)
            return redirect(membership.team)
    return render(request, "accounts/first_run.html", {"form": form})


@login_not_required
@get_and_post
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Where an invitation's link leads: join with the account one has, or make one."""
    found = actions.find_invitation(token)
    if found is None:
        return render(request, "accounts/invitation_gone.html", status=410)
    user = request.user if isinstance(request.user, User) else None
    form = None if user else JoinForm(request.POST or None, email=found.email)
    if request.method == "POST" and (form is None or form.is_valid()):
        with attempt(request):
            membership = actions.accept_invitation(
                invitation=found, user=user, **(form.cleaned_data if form else {})
            )
            if user is None:
                login(request, membership.user, backend=BACKEND)
            return redirect(membership.team)
    return render(request, "accounts/invitation.html", {"invitation": found, "form": form})


@team_page(MERCHANT)
@get_and_post
def people(request: TeamRequest) -> HttpResponse:
    team = request.team
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form, "email"):
            made = actions.invite(
                team=team,
                email=form.cleaned_data["email"],
                role=Role(form.cleaned_data["role"]),
                by=request.membership,
            )
            # The link passes through the session once: it is shown on the next page and never again.
            request.session["invitation_link"] = settings.SITE_URL + reverse("invitation", args=[made.token])
            request.session["invitation_email"] = made.invitation.email
            if made.replaced:
                messages.info(
                    request,
                    _("The earlier link for %(email)s no longer works.") % {"email": made.invitation.email},
                )
            return redirect("team:people", team=team.slug)
    context = {
        "form": form,
        "memberships": Membership.objects.live()
        .filter(team=team)
        .select_related("user")
        .order_by("pk")[:200],
        "invitations": team.invitations.filter(accepted_at=None, revoked_at=None).order_by("-pk")[:50],
        "roles": Role.choices,
        "link": request.session.pop("invitation_link", ""),
        "link_email": request.session.pop("invitation_email", ""),
    }
    return render(request, "accounts/people.html", context)


@team_page(MERCHANT)
@post_only
def person_role(request: TeamRequest, pk: int) -> HttpResponse:
    membership = get_object_or_404(Membership.objects.live().filter(team=request.team), pk=pk)
    form = RoleForm(request.POST)
    if form.is_valid():
        with attempt(request):
            actions.change_role(
                membership=membership, role=Role(form.cleaned_data["role"]), by=request.membership
            )
            messages.success(request, _("Role saved."))
    return redirect("team:people", team=request.team.slug)


@team_page(MERCHANT)
@post_only
def person_removal(request: TeamRequest, pk: int) -> HttpResponse:
    membership = get_object_or_404(Membership.objects.live().filter(team=request.team), pk=pk)
    with attempt(request):
        actions.end_membership(membership=membership, by=request.membership)
        messages.success(
            request, _("%(person)s no longer belongs to the team.") % {"person": membership.user}
        )
    return redirect("team:people", team=request.team.slug)


@team_page(MERCHANT)
@post_only
def invitation_removal(request: TeamRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Invitation, team=request.team, pk=pk)
    actions.revoke_invitation(invitation=found, by=request.membership)
    messages.success(request, _("The invitation is withdrawn; its link no longer works."))
    return redirect("team:people", team=request.team.slug)
