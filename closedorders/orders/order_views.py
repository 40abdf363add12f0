"""The saved views of the orders list: each a tab with its count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Team
from closedorders.core.paging import capped_count

from .models import StoreOrder, SupplierOrder
from .querysets import StoreOrderQuerySet, SupplierOrderQuerySet


@dataclass(frozen=True, slots=True)
class View:
    """A view lists store orders, or AliExpress orders where these have no store order to stand under."""

    label: str | Promise
    store_orders: Callable[[Team], StoreOrderQuerySet] = lambda team: StoreOrder.objects.for_team(team)
    supplier_orders: Callable[[Team], SupplierOrderQuerySet] = lambda team: SupplierOrder.objects.for_team(
        team
    )
    of_aliexpress: bool = False


VIEWS = {
    "all": View(_("All")),
    "closed": View(_("Closed"), store_orders=lambda team: StoreOrder.objects.for_team(team).closed()),
    "replaced": View(_("Re-placed"), store_orders=lambda team: StoreOrder.objects.for_team(team).replaced()),
    "unlogged": View(
        _("Closed, not logged"),
        supplier_orders=lambda team: SupplierOrder.objects.for_team(team).looks_closed(),
        of_aliexpress=True,
    ),
    "unmatched": View(
        _("Without a store order"),
        supplier_orders=lambda team: SupplierOrder.objects.for_team(team).unmatched(),
        of_aliexpress=True,
    ),
}


def order_tabs(team: Team, *, active: str, words: str) -> list[dict[str, Any]]:
    """For `components/_tabs.html`. Counts are of the whole view, and stop at `paging.CAP`; a search goes along."""
    base = reverse("orders:orders", args=[team.slug])
    tabs = []
    for name, view in VIEWS.items():
        query = {} if name == "all" else {"view": name}
        if words:
            query["q"] = words
        rows = view.supplier_orders(team) if view.of_aliexpress else view.store_orders(team)
        tabs.append(
            {
                "label": view.label,
                "url": base + ("?" + urlencode(query) if query else ""),
                "count": capped_count(rows),
                "active": name == active,
            }
        )
    return tabs
