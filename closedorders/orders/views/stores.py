"""Stores, and the AliExpress accounts that order for them."""

from __future__ import annotations

from copy import copy

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.orders.actions import stores as store_actions

from ..forms import AlipayForm, BuyerAccountForm, FirstBuyerAccountForm, FirstStoreForm, StoreForm
from ..models import AlipayVerification, BuyerAccount, Store

MAX_LISTED = 200
#: The newest outcomes that an account's page shows.
MOST_ALIPAY = 50


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def stores(request: TeamRequest) -> HttpResponse:
    """The stores; merchants add one here, assistants read the names."""
    form = None
    if request.membership.is_merchant:
        initial = {"language": request.team.language or "en", "currency": request.team.currency}
        form = StoreForm(request.POST or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            with attempt(request, form, "name"):
                store = store_actions.add_store(team=request.team, by=request.membership, **form.cleaned_data)
                messages.success(request, _("%(store)s is added.") % {"store": store})
                return redirect("orders:stores", team=request.team.slug)
    listed = Store.objects.for_team(request.team)[:MAX_LISTED]
    return render(request, "orders/stores/stores.html", {"form": form, "stores": listed})


@team_page(MERCHANT)
@get_and_post
def store(request: TeamRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Store.objects.for_team(request.team), pk=pk)
    # A copy: the form writes into its instance, and the action must still see what was there before.
    form = StoreForm(request.POST or None, instance=copy(found))
    if request.method == "POST" and form.is_valid():
        with attempt(request, form, "name"):
            store_actions.change_store(store=found, by=request.membership, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("orders:stores", team=request.team.slug)
    return render(request, "orders/stores/store.html", {"form": form, "store": found})


@team_page(MERCHANT, ASSISTANT)
@post_only
def first_store(request: TeamRequest) -> HttpResponse:
    """The little form on the import page of a team that has no store yet."""
    form = FirstStoreForm(request.POST)
    if Store.objects.for_team(request.team).exists():
        messages.info(request, _("Your team has a store already."))
    elif form.is_valid():
        fields = {**form.cleaned_data, "language": request.team.language or "en"}
        with attempt(request):  # A second tab may have been quicker.
            made = store_actions.add_store(team=request.team, by=request.membership, **fields)
            messages.success(request, _("%(store)s is added.") % {"store": made})
    else:
        messages.error(request, " ".join(str(each[0]) for each in form.errors.values()))
    return redirect("imports:imports", team=request.team.slug)


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def buyer_accounts(request: TeamRequest) -> HttpResponse:
    """The AliExpress accounts; merchants add one here, assistants read the names."""
    form = None
    if request.membership.is_merchant:
        form = BuyerAccountForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            with attempt(request, form, "label"):
                account = store_actions.add_buyer_account(
                    team=request.team, by=request.membership, **form.cleaned_data
                )
                messages.success(request, _("%(account)s is added.") % {"account": account})
                return redirect("orders:buyer_accounts", team=request.team.slug)
    newest = Prefetch("alipay_verifications", AlipayVerification.objects.all()[:1], to_attr="newest_alipay")
    listed = BuyerAccount.objects.for_team(request.team).prefetch_related(newest)[:MAX_LISTED]
    return render(request, "orders/stores/buyer_accounts.html", {"form": form, "accounts": listed})


@team_page(MERCHANT)
@get_and_post
def buyer_account(request: TeamRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(BuyerAccount.objects.for_team(request.team), pk=pk)
    form = BuyerAccountForm(request.POST or None, instance=copy(found))
    if request.method == "POST" and form.is_valid():
        with attempt(request, form, "label"):
            store_actions.change_buyer_account(account=found, by=request.membership, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("orders:buyer_accounts", team=request.team.slug)
    return _account_page(request, found, form=form)


def _account_page(
    request: TeamRequest,
    account: BuyerAccount,
    *,
    form: BuyerAccountForm | None = None,
    alipay_form: AlipayForm | None = None,
) -> HttpResponse:
    asked = account.alipay_verifications.select_related("by__user")[:MOST_ALIPAY]
    return render(
        request,
        "orders/stores/buyer_account.html",
        {
            "account": account,
            "form": form or BuyerAccountForm(instance=copy(account)),
            "alipay_form": alipay_form or AlipayForm(initial={"day": timezone.localdate()}),
            "alipay_history": [
                {
                    "at": each.at,
                    "title": f"{each} · {date_format(each.day)}",
                    "text": each.note,
                    "who": each.by.user,
                }
                for each in asked
            ],
        },
    )


@team_page(MERCHANT)
@post_only
def alipay(request: TeamRequest, pk: int) -> HttpResponse:
    """Notes what came of asking AliExpress to verify the account with Alipay."""
    account = get_object_or_404(BuyerAccount.objects.for_team(request.team), pk=pk)
    form = AlipayForm(request.POST)
    if form.is_valid():
        with attempt(request, form, "day"):
            store_actions.note_alipay_verification(
                account=account, by=request.membership, **form.cleaned_data
            )
            messages.success(request, _("Alipay verification saved."))
            return redirect("orders:buyer_account", team=request.team.slug, pk=account.pk)
    return _account_page(request, account, alipay_form=form)


@team_page(MERCHANT, ASSISTANT)
@post_only
def first_buyer_account(request: TeamRequest) -> HttpResponse:
    """The little form beside an empty choice of accounts; `next` leads back to where it stood."""
    form = FirstBuyerAccountForm(request.POST)
    if BuyerAccount.objects.for_team(request.team).exists():
        messages.info(request, _("Your team has an AliExpress account here already."))
    elif form.is_valid():
        with attempt(request):  # A second tab may have been quicker.
            made = store_actions.add_buyer_account(
                team=request.team, by=request.membership, **form.cleaned_data
            )
            messages.success(request, _("%(account)s is added.") % {"account": made})
    else:
        messages.error(request, " ".join(str(each[0]) for each in form.errors.values()))
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        # Not redirect(), which would take a bare word for the name of a page.
        return HttpResponseRedirect(back)
    return redirect("imports:imports", team=request.team.slug)
