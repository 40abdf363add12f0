"""The form that sets when a store's mails may leave, on the page of its sender."""

from __future__ import annotations

from copy import copy

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import post_only

from ..models import SendingRules
from ..views import sending_page, store_of
from .actions import set_sending_rules
from .forms import SendingRulesForm


@team_page(MERCHANT)
@post_only
def rules(request: TeamRequest, pk: int) -> HttpResponse:
    store = store_of(request, pk)
    stored = SendingRules.objects.filter(store=store).first() or SendingRules(store=store)
    form = SendingRulesForm(request.POST, instance=copy(stored))
    if form.is_valid():
        with attempt(request, form):
            set_sending_rules(store=store, by=request.membership, **form.cleaned_data)
            messages.success(request, _("Saved: this holds for mails that are approved from now on."))
            return redirect("senders:sending", team=request.team.slug, pk=store.pk)
    return sending_page(request, store, rules_form=form)
