"""The orders list."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.accounts.models import Team
from closedorders.accounts.team_cache import team_cached
from closedorders.core.files.csv_export import csv_response
from closedorders.core.files.workbook_export import workbook_response
from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import post_only
from closedorders.core.paging import Page, page_of
from closedorders.core.templatetags.components import Head
from closedorders.orders.actions import saved_views as saved_view_actions

from ..extensions import extensions
from ..forms import OwnViewForm
from ..listing.cells import COLUMNS, KINDS, table_rows
from ..listing.export import EXPORT_CAPS, export_rows, is_too_long
from ..listing.filters import PAGED, SORTS, Listing, columns_of
from ..listing.rows import ListedOrder, for_rows, order_rows
from ..listing.saved_views import OwnView, own_tabs, own_views, shown_view
from ..listing.tabs import VIEWS, order_tabs
from ..masking import SeenSupplierOrder, Sight
from ..models import SupplierOrder
from .bulk import bulk_bar

_STALE_HOURS = 24


@team_page(MERCHANT, ASSISTANT)
def orders(request: TeamRequest) -> HttpResponse:
    """Orders as the address asks for them: see `order_listing`."""
    team, sight = request.team, Sight.of(request.membership)
    listing = Listing.of(team, sight, request.GET)
    columns = columns_of(request.membership)
    own_view = shown_view(request.membership, listing)
    tabs = _tabs(request, listing, own_view, counted=False)
    context: dict[str, Any] = {
        "listing": listing,
        "view": VIEWS[listing.view],
        "tabs": tabs,
        "counts_url": _counts_url(request, listing),
        "own_view": own_view,
        "may_keep": bool(set(listing.lasting) - {"view"}),
        "columns": columns,
        "all_columns": [(name, label, name in columns) for name, label in COLUMNS.items()],
        "sorts": [(name, label, name == listing.sort) for name, label in SORTS.items()],
        "freshness": _freshness(request),
    }
    if listing.of_aliexpress:
        page = page_of(request, listing.supplier_orders().with_their_own())
        context |= {
            "page": page,
            "supplier_orders": [SeenSupplierOrder.of(each, sight) for each in page.rows],
            "bulk": bulk_bar(request, listing),
        }
    else:
        by, read, ascending = PAGED[listing.sort]
        order_page = page_of(
            request,
            for_rows(listing.store_orders(), columns, by=by, found_sorted=listing.found_sorted),
            by=by,
            read=read,
            ascending=ascending,
        )
        if listing.words and not order_page.rows:
            context["unmatched_url"] = _unmatched_url(request, listing)
        rows = order_rows(order_page.rows, sight, today=listing.today, columns=columns)
        context |= {
            "page": order_page,
            "heads": [Head(_("Order")), *(Head(COLUMNS[name], KINDS.get(name, "")) for name in columns)],
            "table_rows": table_rows(rows, columns, base=reverse("orders:orders", args=[team.slug])),
            "bulk": bulk_bar(request, listing, matching=_matching(order_page, listing, tabs)),
        }
    return render(request, "orders/list/orders.html", context)


def _tabs(
    request: TeamRequest, listing: Listing, own: OwnView | None, *, counted: bool
) -> list[dict[str, Any]]:
    """Those of everyone, then this person's own, which are `counted` only when they are asked for by themselves.

    Any filter may be one of their own: counting what few of a million orders have takes longer than a page may.
    """
    base = reverse("orders:orders", args=[request.team.slug])
    # From a tab of one's own the others lead away from its filters, too.
    keep = {
        name: value for name, value in listing.query.items() if name != "view" and (name == "q" or not own)
    }
    tabs = order_tabs(request.team, base=base, active="" if own else listing.view, keep=keep)
    return tabs + own_tabs(request.membership, base=base, active=own, words=listing.words, counted=counted)


def _counts_url(request: TeamRequest, listing: Listing) -> str:
    """Where the counts of one's own tabs are; "" for who has none."""
    if not own_views(request.membership):
        return ""
    return reverse("orders:order_tab_counts", args=[request.team.slug], query=listing.query)


def _unmatched_url(request: TeamRequest, listing: Listing) -> str:
    """Where AliExpress orders of this number are that no store order is known of; "" where there is none."""
    found = SupplierOrder.objects.for_team(request.team).unmatched()
    if not found.named(listing.words, whole=listing.sight.whole).exists():
        return ""
    return _address(request, {"view": "unmatched", "q": listing.words})


def _matching(page: Page[ListedOrder], listing: Listing, tabs: list[dict[str, Any]]) -> int | None:
    """How many orders the list has on all its pages, where that is known without counting."""
    if not (page.next_query or page.previous_query):
        return len(page)
    tab = next(tab for tab in tabs if tab.get("name") == listing.view)
    whole = not listing.is_narrowed and listing.sort != "promised" and not tab["more"]
    return int(tab["count"]) if whole else None


def _freshness(request: TeamRequest) -> list[dict[str, Any]]:
    """When each side's orders were last imported, and whether that is long ago for a list to act on."""
    long_ago = timezone.now() - timedelta(hours=_STALE_HOURS)
    imported = team_cached(request.team, "last imports", lambda: _last_updates(request.team))
    return [
        {"side": side, "at": imported[name], "stale": imported[name] < long_ago}
        for name, side in (("shop", _("Shop")), ("aliexpress", _("AliExpress")))
        if name in imported
    ]


def _last_updates(team: Team) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for each in extensions():
        found.update(each.last_updates(team))
    return found


@team_page(MERCHANT, ASSISTANT)
def order_tab_counts(request: TeamRequest) -> HttpResponse:
    """The tabs once more, with the counts of one's own: the list asks for them when it is there."""
    listing = Listing.of(request.team, Sight.of(request.membership), request.GET)
    tabs = _tabs(request, listing, shown_view(request.membership, listing), counted=True)
    return render(request, "components/lists/_tabs.html", {"tabs": tabs, "name": _("Views of the orders")})


@team_page(MERCHANT, ASSISTANT)
@post_only
def own_view_keeping(request: TeamRequest) -> HttpResponse:
    """The list of this address as a tab of one's own."""
    listing = Listing.of(request.team, Sight.of(request.membership), request.GET)
    form = OwnViewForm(request.POST)
    if form.is_valid():
        name = form.cleaned_data["name"]
        with attempt(request):
            saved_view_actions.keep_order_view(by=request.membership, name=name, query=listing.lasting)
            messages.success(request, _("“%(name)s” is a tab of yours now.") % {"name": name})
    else:
        messages.error(request, str(form.errors["name"][0]))
    return redirect(_address(request, listing.query))


@team_page(MERCHANT, ASSISTANT)
@post_only
def own_view_removal(request: TeamRequest) -> HttpResponse:
    """The tab goes, the list it was stays: it can be kept again."""
    listing = Listing.of(request.team, Sight.of(request.membership), request.GET)
    view = shown_view(request.membership, listing)
    if view is not None and view.name == request.POST.get("name"):
        saved_view_actions.drop_order_view(by=request.membership, view=view)
        words = _("The tab is removed. Its filters are still on: keep them again if that was a mistake.")
        messages.success(request, words)
    else:
        messages.info(request, _("This tab is gone already. Nothing was removed."))
    return redirect(_address(request, listing.query))


@team_page(MERCHANT, ASSISTANT)
@post_only
def order_columns(request: TeamRequest) -> HttpResponse:
    """Which columns this person sees; none chosen means the usual ones again."""
    saved_view_actions.choose_order_columns(by=request.membership, columns=request.POST.getlist("column"))
    messages.success(request, _("The columns are kept for you."))
    back = Listing.of(request.team, Sight.of(request.membership), request.GET).query
    return redirect(_address(request, back))


@team_page(MERCHANT, ASSISTANT)
@post_only
def orders_export(request: TeamRequest) -> HttpResponseBase:
    """The list as a file, a workbook with `format=xlsx`: the orders, columns and order of the screen."""
    listing = Listing.of(request.team, Sight.of(request.membership), request.GET)
    kind = "xlsx" if request.POST.get("format") == "xlsx" else "csv"
    most = EXPORT_CAPS[kind]
    if is_too_long(listing, most):
        words = _(
            "These are more than %(most)s orders, too many for one file of this kind. "
            "Narrow the list by a search or a filter and export each part."
        )
        messages.error(request, words % {"most": number_format(most, force_grouping=True)})
        return redirect(_address(request, listing.query))
    saved_view_actions.note_order_export(by=request.membership, asked=listing.query)
    name = f"orders-{listing.view}-{listing.today.isoformat()}.{kind}"
    rows = export_rows(listing, columns_of(request.membership))
    return workbook_response(name, _("Orders"), rows) if kind == "xlsx" else csv_response(name, rows)


def _address(request: TeamRequest, query: dict[str, str]) -> str:
    return reverse("orders:orders", args=[request.team.slug], query=query)
