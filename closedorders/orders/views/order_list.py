"""The orders list."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from closedorders.accounts.access import ASSISTANT, MERCHANT, TeamRequest, team_page
from closedorders.core.paging import page_of

from ..masking import Sight
from ..order_rows import order_rows
from ..order_views import VIEWS, order_tabs
from .order_bulk import bulk_bar

MAX_SEARCH = 200


@team_page(MERCHANT, ASSISTANT)
def orders(request: TeamRequest) -> HttpResponse:
    """Orders by saved view (`?view=`) and search words (`?q=`)."""
    team, sight = request.team, Sight.of(request.membership)
    view = request.GET.get("view", "")
    view = view if view in VIEWS else "all"
    words = request.GET.get("q", "").strip()[:MAX_SEARCH]
    context: dict[str, Any] = {
        "view": view,
        "q": words,
        "tabs": order_tabs(team, active=view, words=words),
    }
    if VIEWS[view].of_aliexpress:
        found = VIEWS[view].supplier_orders(team).matching(words)
        page = page_of(request, found.select_related("buyer_account", "supplier"))
        context |= {"page": page, "supplier_orders": page.rows}
    else:
        listed = VIEWS[view].store_orders(team).matching(words)
        order_page = page_of(request, listed.by_date().select_related("customer", "store"), by="listed_at")
        context |= {"page": order_page, "rows": order_rows(order_page.rows, sight)}
        context["bulk"] = bulk_bar(request)
    return render(request, "orders/orders.html", context)
