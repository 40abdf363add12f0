"""One store order, one AliExpress order."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.refusals import Refused

from .. import actions
from ..forms import CustomerForm, MatchForm, PromiseForm
from ..masking import Sight
from ..models import StoreOrder, SupplierOrder
from ..order_history import order_history, supplier_order_history
from ..order_rows import SHOP_STATES, badges, days_late


def _order(request: TeamRequest, pk: int) -> StoreOrder:
    orders = StoreOrder.objects.for_team(request.team).select_related("customer", "store", "team")
    return get_object_or_404(orders, pk=pk)


@team_page(MERCHANT, ASSISTANT)
def order(request: TeamRequest, pk: int) -> HttpResponse:
    found = _order(request, pk)
    return _order_page(request, found)


def _order_page(
    request: TeamRequest,
    found: StoreOrder,
    customer_form: CustomerForm | None = None,
    promise_form: PromiseForm | None = None,
) -> HttpResponse:
    sight = Sight.of(request.membership)
    customer = found.customer
    bought = list(
        found.supplier_orders.select_related("buyer_account", "supplier")
        .prefetch_related("closures__reason", "closures__logged_by__user", "closures__incident")
        .order_by("pk")
    )
    if request.membership.is_merchant:
        customer_form = customer_form or CustomerForm(
            initial={"name": customer.name, "email": customer.email}
        )
    promise_form = promise_form or PromiseForm(initial={"promised_by": found.promised_by})
    lines = list(found.lines.all()[:200])
    for line in lines:
        line.name = sight.words(line.name)
    invalid = bool((customer_form and customer_form.errors) or promise_form.errors)
    context = {
        "order": found,
        "name": sight.words(customer.name),
        "email": sight.email(customer.email),
        "note": sight.words(found.note),
        "facts": _facts(found, sight),
        "lines": lines,
        "bought": bought,
        "badges": list(zip((_("AliExpress"), _("Money"), _("Customer")), badges(found), strict=True)),
        "late": days_late(found, timezone.localdate(timezone=request.team.zone)),
        "events": order_history(found, bought, sight),
        "customer_form": customer_form,
        "promise_form": promise_form,
        "others": customer.orders.exclude(pk=found.pk).order_by("-pk")[:5],
    }
    return render(request, "orders/order.html", context, status=422 if invalid else 200)


def _facts(found: StoreOrder, sight: Sight) -> list[dict[str, Any]]:
    customer = found.customer
    words = [
        (_("Customer"), sight.words(customer.name)),
        (_("E-mail"), sight.email(customer.email)),
        (_("Phone"), sight.words(customer.phone)),
        (_("Ships to"), found.ship_country),
        (_("Store"), found.store),
        (_("Payment"), SHOP_STATES.get(found.financial_status, found.financial_status)),
        (_("Payment method"), found.payment_method),
        (_("Shipping state"), SHOP_STATES.get(found.fulfillment_status, found.fulfillment_status)),
        (_("Tags"), sight.words(found.tags)),
        (_("Promised by"), date_format(found.promised_by) if found.promised_by else ""),
    ]
    return [{"label": label, "value": sight.words(str(value))} for label, value in words if value]


@team_page(MERCHANT)
@require_POST
def order_customer(request: TeamRequest, pk: int) -> HttpResponse:
    """What a merchant types about the customer stays, whatever later files say."""
    found = _order(request, pk)
    form = CustomerForm(request.POST)
    if not form.is_valid():
        return _order_page(request, found, customer_form=form)
    actions.change_customer(customer=found.customer, by=request.membership, **form.cleaned_data)
    messages.success(request, _("Saved. Imports will not change it."))
    return redirect(found)


@team_page(MERCHANT, ASSISTANT)
@require_POST
def order_promise(request: TeamRequest, pk: int) -> HttpResponse:
    found = _order(request, pk)
    form = PromiseForm(request.POST)
    if not form.is_valid():
        return _order_page(request, found, promise_form=form)
    actions.promise_order_by(order=found, day=form.cleaned_data["promised_by"], by=request.membership)
    messages.success(request, _("Saved."))
    return redirect(found)


@team_page(MERCHANT, ASSISTANT)
def supplier_order(request: TeamRequest, pk: int) -> HttpResponse:
    """One AliExpress order: what is known, its closures, and the store order it belongs to or may be joined to."""
    found = get_object_or_404(
        SupplierOrder.objects.for_team(request.team).select_related(
            "store_order__team", "buyer_account", "supplier", "replaces", "team"
        ),
        pk=pk,
    )
    form = MatchForm(request.POST or None, team=request.team) if found.store_order is None else None
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            joined = actions.match_supplier_order(
                supplier_order=found, by=request.membership, **form.cleaned_data
            )
        except Refused as refused:
            form.add_error("number", str(refused))
        else:
            messages.success(request, _("Joined to order %(order)s.") % {"order": joined})
            return redirect(joined)
    closures = found.closures.select_related("reason", "logged_by__user", "incident").order_by("-pk")
    context = {
        "order": found,
        "facts": _supplier_facts(found),
        "closures": closures[:20],
        "replacements": SupplierOrder.objects.filter(Q(replaces=found)).order_by("pk")[:20],
        "events": supplier_order_history(found, Sight.of(request.membership)),
        "form": form,
        "orders_url": reverse("orders:orders", args=[request.team.slug]),
    }
    return render(
        request,
        "orders/supplier_order.html",
        context,
        status=422 if form is not None and form.errors else 200,
    )


def _supplier_facts(found: SupplierOrder) -> list[dict[str, Any]]:
    words = [
        (_("Status at AliExpress"), found.status),
        (_("Product"), found.title),
        (_("Supplier"), found.supplier),
        (_("Buyer account"), found.buyer_account),
        (_("Payment method"), found.payment_method),
        (_("Tracking number"), found.tracking_number),
        (_("Shipping method"), found.shipping_method),
    ]
    return [{"label": label, "value": value} for label, value in words if value]
