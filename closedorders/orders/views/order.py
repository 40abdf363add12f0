"""One store order, one AliExpress order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q, prefetch_related_objects
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.money import format_money
from closedorders.core.refusals import Refused
from closedorders.core.stale import mark_of
from closedorders.orders.actions import orders as order_actions
from closedorders.orders.actions import supplier_orders as supplier_order_actions

from ..actions.notes import MOST_FILES, may_withdraw
from ..extensions import Act, BoughtPart, OrderView, extensions
from ..forms import CommentForm, CustomerForm, MatchForm, OrderFileForm, PromiseForm
from ..listing.rows import SHOP_STATES, Badge, badges, days_left
from ..masking import SeenSupplierOrder, Sight
from ..models import StoreOrder, SupplierOrder
from ..timeline import files_for, timeline_of
from ..timeline_events import Place

#: Nobody buys one order more often than this; of an order that shows more, the newest are shown.
MOST_BOUGHT = 100
MOST_LINES = 200
OTHERS = 5


def order_of(request: TeamRequest, pk: int) -> StoreOrder:
    orders = StoreOrder.objects.for_team(request.team).select_related(
        "customer", "store", "team", *_related()
    )
    return get_object_or_404(orders, pk=pk)


@team_page(MERCHANT, ASSISTANT)
def order(request: TeamRequest, pk: int) -> HttpResponse:
    return show_order(request, order_of(request, pk))


def show_order(
    request: TeamRequest,
    found: StoreOrder,
    *,
    customer_form: CustomerForm | None = None,
    promise_form: PromiseForm | None = None,
    comment_form: CommentForm | None = None,
    file_form: OrderFileForm | None = None,
) -> HttpResponse:
    """The page for the person's role. Forms given here come back with what was typed and what is wrong with it."""
    by = request.membership
    sight = Sight.of(by)
    customer = found.customer
    bought = list(
        found.supplier_orders.select_related(
            "team",
            "buyer_account",
            "supplier",
            "replaces",
            *_related(),
        )
        .prefetch_related(*_prefetched(), "replacements")
        .order_by("-pk")[:MOST_BOUGHT]
    )[::-1]
    view = OrderView(found, bought, by, sight)
    forms = (customer_form, promise_form, comment_form, file_form)
    invalid = next((form for form in forms if form is not None and form.errors), None)
    if by.is_merchant:
        customer_form = customer_form or CustomerForm(
            initial={
                "name": customer.name,
                "email": customer.email,
                "seen": mark_of(customer.name, customer.email),
            },
            auto_id="customer_%s",
        )
    lines = [
        line._replace(name=sight.words(line.name), sku=sight.words(line.sku))
        for line in found.lines[:MOST_LINES]
    ]
    before = Place.read(request.GET.get("older", ""))
    context = {
        "order": found,
        "name": sight.words(found.shown_name),
        "email": sight.email(customer.email),
        "note": sight.words(found.note),
        "facts": _facts(found, sight) + _more_facts(view),
        "lines": lines,
        "lines_left": len(found.lines) - len(lines),
        "bought": [
            {
                "seen": SeenSupplierOrder.of(each, sight),
                "replacements": [SeenSupplierOrder.of(new, sight) for new in each.replacements.all()],
            }
            for each in bought
        ],
        "cancelled_on": _day(found.cancelled_at),
        "act": _next_act(view),
        "bought_parts": bought_parts(),
        "badges": list(zip((_("AliExpress"), _("Money"), _("Customer")), badges(found, sight), strict=True)),
        "promise": _promise(found),
        "links": [link for each in extensions() for link in each.links(view)],
        "timeline": timeline_of(view, before),
        "timeline_goes_on": before is not None,
        "files": [
            {"file": each, "name": sight.words(each.name), "mine": may_withdraw(each, by)}
            for each in files_for(found, by).filter(withdrawn_at=None)[:MOST_FILES]
        ],
        "comment_form": comment_form or CommentForm(auto_id="comment_%s"),
        "file_form": file_form or OrderFileForm(by=by, auto_id="file_%s"),
        "customer_form": customer_form,
        "promise_form": promise_form
        or PromiseForm(
            initial={"promised_by": found.promised_by, "seen": mark_of(found.promised_by)},
            auto_id="promise_%s",
        ),
        "orders_url": reverse("orders:orders", args=[found.team.slug]),
        "others": customer.orders.exclude(pk=found.pk).defer("lines").order_by("-pk")[:OTHERS],
    }
    if invalid is not None:
        # The form is further down than most screens show; what is wrong with no field stands above the first one.
        wrong = next((name for name in invalid.errors if name in invalid.fields), next(iter(invalid.fields)))
        context["wrong_at"] = invalid[wrong].id_for_label
    return render(request, "orders/order/order.html", context, status=422 if invalid else 200)


def _related() -> list[str]:
    return [name for each in extensions() for name in each.related]


def _prefetched() -> list[str]:
    return [name for each in extensions() for name in each.prefetch]


def bought_parts() -> list[BoughtPart]:
    """What apps show of each AliExpress order."""
    return [each.bought_part for each in extensions() if each.bought_part is not None]


def _next_act(view: OrderView) -> Act | None:
    return next((act for each in extensions() if (act := each.next_act(view)) is not None), None)


def _more_facts(view: OrderView) -> list[dict[str, Any]]:
    return [fact for each in extensions() for fact in each.facts(view)]


def _promise(found: StoreOrder) -> Badge | None:
    """How the order stands against the day its customer was told; None where that no longer matters."""
    days = days_left(found, timezone.localdate(timezone=found.team.zone))
    if days is None:
        return None
    if days < 0:
        return Badge("red", ngettext("%(count)s day late", "%(count)s days late", -days) % {"count": -days})
    if days == 0:
        return Badge("amber", _("Due today"))
    return Badge("blue", ngettext("%(count)s day left", "%(count)s days left", days) % {"count": days})


def _facts(found: StoreOrder, sight: Sight) -> list[dict[str, Any]]:
    customer = found.customer
    words = [
        (_("Customer"), sight.words(found.shown_name)),
        (_("E-mail"), sight.email(customer.email)),
        (_("Phone"), sight.words(customer.phone)),
        (_("Ships to"), found.ship_country),
        (_("Store"), found.store),
        (_("Payment"), SHOP_STATES.get(found.financial_status, found.financial_status)),
        (_("Paid on"), _day(found.paid_at)),
        (_("Payment method"), found.payment_method),
        (_("Discount code used"), found.discount_code),
        (_("Shipping state"), SHOP_STATES.get(found.fulfillment_status, found.fulfillment_status)),
        (_("Tags"), sight.words(found.tags)),
        (_("Promised by"), date_format(found.promised_by) if found.promised_by else ""),
    ]
    return [{"label": label, "value": sight.words(str(value))} for label, value in words if value]


def _day(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT") if moment else ""


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def _seen_now(request: TeamRequest, *values: object) -> QueryDict:
    """What was typed, for a page that shows what is stored now: saving it again is meant."""
    data = request.POST.copy()
    data["seen"] = mark_of(*values)
    return data


@team_page(MERCHANT)
@post_only
def order_customer(request: TeamRequest, pk: int) -> HttpResponse:
    """What a merchant types about the customer stays, whatever later files say."""
    found = order_of(request, pk)
    form = CustomerForm(request.POST, auto_id="customer_%s")
    if not form.is_valid():
        return show_order(request, found, customer_form=form)
    try:
        order_actions.change_customer(customer=found.customer, by=request.membership, **form.cleaned_data)
    except Refused as refused:
        found = order_of(request, pk)
        form = CustomerForm(
            _seen_now(request, found.customer.name, found.customer.email), auto_id="customer_%s"
        )
        form.add_error(None, str(refused))
        return show_order(request, found, customer_form=form)
    messages.success(request, _("Saved. Imports will not change it."))
    return redirect(found)


@team_page(MERCHANT, ASSISTANT)
@post_only
def order_promise(request: TeamRequest, pk: int) -> HttpResponse:
    found = order_of(request, pk)
    form = PromiseForm(request.POST, auto_id="promise_%s")
    if form.is_valid() and (day := form.cleaned_data["promised_by"]) and found.is_younger_than(day):
        form.add_error("promised_by", order_actions.BEFORE_THE_ORDER)
    if not form.is_valid():
        return show_order(request, found, promise_form=form)
    data = form.cleaned_data
    try:
        order_actions.promise_order_by(
            order=found, day=data["promised_by"], seen=data["seen"], by=request.membership
        )
    except Refused as refused:
        found = order_of(request, pk)
        form = PromiseForm(_seen_now(request, found.promised_by), auto_id="promise_%s")
        form.add_error(None, str(refused))
        return show_order(request, found, promise_form=form)
    messages.success(request, _("Saved."))
    return redirect(found)


@team_page(MERCHANT, ASSISTANT)
@get_and_post
def supplier_order(request: TeamRequest, pk: int) -> HttpResponse:
    """One AliExpress order: what is known, its closures, and the store order it belongs to or may be joined to."""
    found = get_object_or_404(
        SupplierOrder.objects.for_team(request.team).select_related(
            "store_order__team",
            "buyer_account",
            "supplier",
            "replaces",
            "team",
            *_related(),
        ),
        pk=pk,
    )
    form = None
    if found.store_order is None or supplier_order_actions.may_move(found):
        initial = (
            {"store": found.store_order.store_id, "seen": mark_of(found.store_order_id)}
            if found.store_order
            else {}
        )
        form = MatchForm(request.POST or None, team=request.team, initial=initial)
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            joined = supplier_order_actions.match_supplier_order(
                supplier_order=found, by=request.membership, **form.cleaned_data
            )
        except Refused as refused:
            found.refresh_from_db(fields=["store_order"])
            form = MatchForm(_seen_now(request, found.store_order_id), team=request.team)
            form.add_error("number", str(refused))
        else:
            messages.success(request, _("Joined to order %(order)s.") % {"order": joined})
            return redirect(joined)
    prefetch_related_objects([found], *_prefetched())
    before = Place.read(request.GET.get("older", ""))
    view = OrderView(found, [found], request.membership, Sight.of(request.membership))
    context = {
        "order": found,
        "facts": _supplier_facts(found, view.sight) + _more_facts(view),
        "bought_parts": bought_parts(),
        "replacements": [
            SeenSupplierOrder.of(new, view.sight)
            for new in SupplierOrder.objects.filter(Q(replaces=found)).order_by("pk")[:20]
        ],
        "timeline": timeline_of(view, before),
        "timeline_goes_on": before is not None,
        "form": form,
        "act": _next_act(view),
        "orders_url": reverse("orders:orders", args=[request.team.slug]),
    }
    return render(
        request,
        "orders/order/supplier_order.html",
        context,
        status=422 if form is not None and form.errors else 200,
    )


def _supplier_facts(found: SupplierOrder, sight: Sight) -> list[dict[str, Any]]:
    words = [
        (_("Status at AliExpress"), found.status),
        (_("Product"), found.title),
        (_("Supplier"), found.supplier),
        (_("Buyer account"), found.buyer_account),
        (_("Payment method"), found.paid_with),
        (_("Tracking number"), found.tracking_number),
        (_("Shipping method"), found.shipping_method),
    ]
    facts = [{"label": label, "value": sight.words(str(value))} for label, value in words if value]
    if found.paid_at is not None:
        facts.append({"label": _("Paid on"), "value": _moment(found.paid_at)})
    if found.cost is not None:
        facts.append({"label": _("Cost"), "value": format_money(found.cost, found.currency)})
    return facts
