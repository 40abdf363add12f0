"""How a store's mails leave: its mail server, whether they will arrive, and the test of its replies."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.accounts.models import User
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.orders.models import Store

from . import actions
from .forms import MailServerForm, SelectorForm
from .models import MailServer, ReplyTest, SenderCheck, SendingRules
from .pace.forms import SendingRulesForm
from .preflight import Preflight, preflight_of, server_in_words, with_one_line_a_sentence
from .reply_mail import test_of


def store_of(request: TeamRequest, pk: int) -> Store:
    found = get_object_or_404(Store.objects.for_team(request.team), pk=pk)
    found.team = request.team
    return found


def panel(store: Store, found: Preflight | None = None) -> dict[str, Any]:
    """What `senders/_lines.html` is given, for the page of a store and for those of upper apps."""
    found = found or preflight_of(store)
    poll = reverse("senders:lines", args=[store.team.slug, store.pk]) if found.is_running else ""
    return {
        "lines": with_one_line_a_sentence(found.lines),
        "poll_url": poll,
        "waiting": found.waiting,
        "checked_at": found.checked_at,
        "server_words": server_in_words(found.way),
    }


@team_page(MERCHANT)
def sending(request: TeamRequest, pk: int) -> HttpResponse:
    return sending_page(request, store_of(request, pk))


def sending_page(
    request: TeamRequest,
    store: Store,
    *,
    server_form: MailServerForm | None = None,
    selector_form: SelectorForm | None = None,
    rules_form: SendingRulesForm | None = None,
) -> HttpResponse:
    """The page of a store's sender; the forms are those that came back with mistakes."""
    found = preflight_of(store)
    server = found.way.server or MailServer.objects.filter(store=store).first() or MailServer(store=store)
    forms_came_back = server_form or selector_form or rules_form
    rules = SendingRules.objects.filter(store=store).first()
    context = {
        "store": store,
        "panel": panel(store, found),
        "own_server": server.pk is not None,
        "server_form": server_form or MailServerForm(instance=copy(server)),
        "rules_form": rules_form or SendingRulesForm(instance=rules),
        "selector_form": selector_form or SelectorForm(initial={"dkim_selector": found.selector}),
    }
    return render(request, "senders/sending.html", context, status=422 if forms_came_back else 200)


@team_page(MERCHANT)
def lines(request: TeamRequest, pk: int) -> HttpResponse:
    """The lines by themselves, for a page that waits for a check."""
    return render(request, "senders/_lines.html", {"panel": panel(store_of(request, pk))})


@team_page(MERCHANT)
@post_only
def mail_server(request: TeamRequest, pk: int) -> HttpResponse:
    store = store_of(request, pk)
    stored = MailServer.objects.filter(store=store).first() or MailServer(store=store)
    form = MailServerForm(request.POST, instance=copy(stored))
    if form.is_valid():
        with attempt(request, form):
            actions.set_mail_server(store=store, by=request.membership, **form.cleaned_data)
            messages.success(request, _("Saved. The mail server is being asked whether it takes the sender."))
            return _back(request, store)
    return sending_page(request, store, server_form=form)


@team_page(MERCHANT)
@post_only
def mail_server_removal(request: TeamRequest, pk: int) -> HttpResponse:
    store = store_of(request, pk)
    with attempt(request):
        actions.remove_mail_server(store=store, by=request.membership)
        messages.success(request, _("The store's own mail server and its password are deleted."))
    return _back(request, store)


@team_page(MERCHANT)
@post_only
def selector(request: TeamRequest, pk: int) -> HttpResponse:
    store = store_of(request, pk)
    form = SelectorForm(request.POST, instance=SenderCheck(store=store))
    if form.is_valid():
        with attempt(request, form):
            actions.set_dkim_selector(
                store=store, selector=form.cleaned_data["dkim_selector"], by=request.membership
            )
            messages.success(request, _("Saved. The DNS is being asked."))
            return _back(request, store)
    return sending_page(request, store, selector_form=form)


@team_page(MERCHANT)
@post_only
def check(request: TeamRequest, pk: int) -> HttpResponse:
    store = store_of(request, pk)
    with attempt(request):
        actions.ask_for_check(store=store, by=request.membership)
    return _back(request, store)


@team_page(MERCHANT)
@post_only
def reply_test(request: TeamRequest, pk: int) -> HttpResponse:
    store = store_of(request, pk)
    with attempt(request):
        test = actions.ask_for_reply_test(store=store, by=request.membership)
        words = _("A mail with a link goes to %(address)s: open it there.")
        messages.success(request, words % {"address": test.address})
    return _back(request, store)


def _back(request: TeamRequest, store: Store) -> HttpResponse:
    """To the page the form stood on (`next`), or to the store's."""
    back = request.POST.get("next", "")
    if back.startswith("/") and url_has_allowed_host_and_scheme(
        back, {request.get_host()}, require_https=request.is_secure()
    ):
        return HttpResponseRedirect(back)
    return redirect("senders:sending", team=request.team.slug, pk=store.pk)


@login_not_required
@get_and_post
def reply_confirmation(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link of a reply test leads. Programs that look into mails open links: only the button proves it."""
    found = test_of(token)
    if found is None or found.state not in {ReplyTest.State.SENT, ReplyTest.State.PROVEN}:
        return render(request, "senders/reply_gone.html", status=410)
    person = request.user if isinstance(request.user, User) else None
    if request.method == "POST" and found.state != ReplyTest.State.PROVEN:
        with attempt(request):
            actions.prove_reply_address(test=found, by=person)
        return redirect("reply_confirmation", token=token)
    return render(request, "senders/reply.html", {"test": found, "proven": found.proven_at is not None})
