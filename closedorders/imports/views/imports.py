"""The list of imports, and the form to upload a file."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post
from closedorders.core.paging import page_of
from closedorders.imports import actions
from closedorders.orders.forms import FirstBuyerAccountForm, FirstStoreForm
from closedorders.orders.models import BuyerAccount, Store

from ..forms import ImportForm
from ..models import Import
from .kinds import KINDS_OF_FILES
from .rows import import_row


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def imports(request: TeamRequest) -> HttpResponse:
    """The upload form and what was uploaded before."""
    team = request.team
    if request.method == "POST":
        form = ImportForm(request.POST, request.FILES, team=team)
        if form.is_valid():
            with attempt(request, form, "file"):
                source = actions.upload_import(
                    team=team,
                    upload=form.cleaned_data["file"],
                    store=form.cleaned_data["store"],
                    buyer_account=form.cleaned_data["buyer_account"],
                    by=request.membership,
                )
                return redirect(source)
    else:
        form = ImportForm(team=team)
    stores = list(Store.objects.for_team(team))
    listed = Import.objects.for_team(team).select_related("uploaded_by__user", "saved_by__user", "store")
    store = next((each for each in stores if str(each.pk) == request.GET.get("store")), None)
    state = request.GET.get("state", "")
    if store is not None:
        listed = listed.filter(store=store)
    if state in Import.State.values:
        listed = listed.filter(state=state)
    else:
        state = ""
    page = page_of(request, listed)
    return render(
        request,
        "imports/imports.html",
        {
            "form": form,
            "has_store": bool(stores),
            "stores": stores,
            "store": store,
            "state": state,
            "states": Import.State.choices,
            "filtered": store is not None or bool(state),
            "has_account": BuyerAccount.objects.for_team(team).exists(),
            "store_form": FirstStoreForm(initial={"currency": team.currency}),
            "account_form": FirstBuyerAccountForm(),
            "page": page,
            "rows": [import_row(source) for source in page.rows],
            "kinds": KINDS_OF_FILES,
        },
        status=422 if form.errors else 200,
    )
