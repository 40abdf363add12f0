"""The mailbox to which a store's customers answer: where it is, what was read of it, what is wrong with it."""

from __future__ import annotations

from copy import copy

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.health import worker_is_alive
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.orders.models import Store
from closedorders.senders.reply_mail import reply_address

from ..inbox import actions
from ..inbox.forms import ReplyMailboxForm
from ..inbox.models import ReplyMailbox


@team_page(MERCHANT)
@get_and_post
def mailbox(request: TeamRequest, pk: int) -> HttpResponse:
    store = _store(request, pk)
    stored = ReplyMailbox.objects.filter(store=store).first()
    form = ReplyMailboxForm(request.POST or None, instance=copy(stored) or ReplyMailbox(store=store))
    if request.method == "POST" and form.is_valid():
        with attempt(request, form):
            actions.set_reply_mailbox(store=store, by=request.membership, **form.cleaned_data)
            messages.success(
                request, _("Saved. Answers that come from now on are read; older mails stay unread.")
            )
            return _back(request, store)
    context = {
        "store": store,
        "reply_address": reply_address(store),
        "mailbox": stored,
        "is_late": stored is not None and stored.is_due and not worker_is_alive(),
        "form": form,
    }
    return render(request, "responses/mailbox.html", context, status=422 if form.errors else 200)


@team_page(MERCHANT)
@post_only
def mailbox_reading(request: TeamRequest, pk: int) -> HttpResponse:
    store = _store(request, pk)
    with attempt(request):
        actions.ask_for_reading(store=store, by=request.membership)
        messages.success(request, _("The mailbox is being read: look again in a moment."))
    return _back(request, store)


@team_page(MERCHANT)
@post_only
def mailbox_removal(request: TeamRequest, pk: int) -> HttpResponse:
    store = _store(request, pk)
    with attempt(request):
        actions.remove_reply_mailbox(store=store, by=request.membership)
        messages.success(request, _("The mailbox is read no more, and its password is deleted."))
    return _back(request, store)


def _store(request: TeamRequest, pk: int) -> Store:
    found = get_object_or_404(Store.objects.for_team(request.team), pk=pk)
    found.team = request.team
    return found


def _back(request: TeamRequest, store: Store) -> HttpResponse:
    return HttpResponseRedirect(reverse("responses:mailbox", args=[request.team.slug, store.pk]))
