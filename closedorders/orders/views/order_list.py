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
from django.views.decorators.http import require_POST

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.accounts.kept import kept
from closedorders.accounts.models import Team
from closedorders.core.csv_export import csv_response
from closedorders.core.paging import Page, page_of
from closedorders.core.workbook_export import workbook_response

from .. import actions
from ..masking import Sight, mask_words
from ..models import Import, StoreOrder
from ..order_cells import COLUMNS, NUMERIC, table_rows
from ..order_listing import EXPORT_CAPS, SORTS, Listing, columns_of, export_rows, is_too_long
from ..order_rows import for_rows, order_rows
from ..order_views import VIEWS, order_tabs
from .order_bulk import bulk_bar

_STALE_HOURS = 24
# The last imports among which those of either side are looked for.
_RECENT_IMPORTS = 500


@team_page(MERCHANT, ASSISTANT)
def orders(request: TeamRequest) -> HttpResponse:
    """Orders as the address asks for them: see `order_listing`."""
    team, sight = request.team, Sight.of(request.membership)
    listing = Listing.of(team, sight, request.GET)
    columns = columns_of(request.membership)
    kept = {name: value for name, value in listing.query.items() if name != "view"}
    context: dict[str, Any] = {
        "listing": listing,
        "view": VIEWS[listing.view],
        "tabs": order_tabs(team, active=listing.view, keep=kept),
        "columns": columns,
        "all_columns": [(name, label, name in columns) for name, label in COLUMNS.items()],
        "sorts": [(name, label, name == listing.sort) for name, label in SORTS.items()],
        "freshness": _freshness(request),
    }
    if listing.of_aliexpress:
        page = page_of(request, listing.supplier_orders().with_their_own())
        mask_words(page.rows, sight)
        context |= {"page": page, "supplier_orders": page.rows, "bulk": bulk_bar(request)}
    else:
        by_promise = listing.sort == "promised"
        order_page = page_of(
            request,
            for_rows(listing.store_orders(), columns),
            by="promised_by" if by_promise else "listed_at",
            ascending=listing.sort != "newest",
            days=by_promise,
        )
        rows = order_rows(order_page.rows, sight, today=listing.today, columns=columns)
        context |= {
            "page": order_page,
            "heads": [(COLUMNS[name], name in NUMERIC) for name in columns],
            "table_rows": table_rows(rows, columns, base=reverse("orders:orders", args=[team.slug])),
            "bulk": bulk_bar(request, matching=_matching(order_page, listing, context["tabs"])),
        }
    return render(request, "orders/orders.html", context)


def _matching(page: Page[StoreOrder], listing: Listing, tabs: list[dict[str, Any]]) -> int | None:
    """How many orders the list has on all its pages, where that is known without counting."""
    if not (page.next_query or page.previous_query):
        return len(page)
    tab = next(tab for tab in tabs if tab["active"])
    whole = not listing.is_narrowed and listing.sort != "promised" and not tab["more"]
    return int(tab["count"]) if whole else None


def _freshness(request: TeamRequest) -> list[dict[str, Any]]:
    """When each side's orders were last imported, and whether that is long ago for a list to act on."""
    long_ago = timezone.now() - timedelta(hours=_STALE_HOURS)
    imported = kept(request.team, "last imports", lambda: _last_imports(request.team))
    return [
        {"side": side, "at": imported[name], "stale": imported[name] < long_ago}
        for name, side in (("shop", _("Shop")), ("aliexpress", _("AliExpress")))
        if name in imported
    ]


def _last_imports(team: Team) -> dict[str, datetime]:
    saved = Import.objects.for_team(team).filter(state=Import.State.COMMITTED, finished_at__isnull=False)
    newest = saved.order_by("-pk").values_list("format", "finished_at")[:_RECENT_IMPORTS]
    found: dict[str, datetime] = {}
    for key, at in newest:
        if at is not None:
            # A list of which belongs to which brings no orders.
            side = "aliexpress" if "aliexpress" in key else "" if "links" in key else "shop"
            found.setdefault(side, at)
    return found


@team_page(MERCHANT, ASSISTANT)
@require_POST
def order_columns(request: TeamRequest) -> HttpResponse:
    """Which columns this person sees; none chosen means the usual ones again."""
    actions.choose_order_columns(by=request.membership, columns=request.POST.getlist("column"))
    messages.success(request, _("The columns are kept for you."))
    back = Listing.of(request.team, Sight.of(request.membership), request.GET).query
    return redirect(_address(request, back))


@team_page(MERCHANT, ASSISTANT)
@require_POST
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
    actions.note_order_export(by=request.membership, asked=listing.query)
    name = f"orders-{listing.view}-{listing.today.isoformat()}.{kind}"
    rows = export_rows(listing, columns_of(request.membership))
    return workbook_response(name, _("Orders"), rows) if kind == "xlsx" else csv_response(name, rows)


def _address(request: TeamRequest, query: dict[str, str]) -> str:
    return reverse("orders:orders", args=[request.team.slug], query=query)
