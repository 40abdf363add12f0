"""The saved views of the orders list: each a tab with its count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from closedorders.accounts.models import Team
from closedorders.accounts.team_cache import team_cached
from closedorders.core.paging import capped_counts

from ..models import StoreOrder, SupplierOrder
from ..querysets import StoreOrderQuerySet, SupplierOrderQuerySet

#: What the list is filtered by -> what it is called.
FILTERS: Mapping[str, str | Promise] = {
    "store": _("Store"),
    "account": _("Buyer account"),
    "supplier": _("At AliExpress"),
    "money": _("Money"),
    "told": _("Customer told"),
    "country": _("Country"),
    "tag": _("Tag"),
    "from": _("Placed from"),
    "to": _("Placed until"),
}
#: Always tabs: everything, and what somebody has to do something about. The others lie behind "More views".
MAIN_VIEWS = frozenset({"all", "no_reason", "not_told", "late"})
#: Tabs count no further: a count of millions tells nobody more than "many".
TAB_CAP = 1_000


@dataclass(frozen=True, slots=True)
class View:
    """A view lists store orders, or AliExpress orders where these have no store order to stand under.

    `empty` is what the page says where the view has no order at all, with the `icon` beside it. `filters` are those of
    `FILTERS` that its rows have something to say to.
    """

    label: str | Promise
    empty: str | Promise
    icon: str = "circle-check"
    of_aliexpress: bool = False
    filters: tuple[str, ...] = tuple(FILTERS)


VIEWS = {
    "all": View(
        pgettext_lazy("orders", "All"),
        _("No orders yet. Import an export of your shop, and the AliExpress export of the same days."),
        icon="package-open",
    ),
    "closed": View(
        pgettext_lazy("orders", "Closed"),
        _("No order is closed at AliExpress. Log closures as soon as you see them."),
    ),
    "no_reason": View(_("Closed without reason"), _("Every logged closure has a reason.")),
    "not_told": View(_("Closed, customer not told"), _("Every customer with a closed order was written to.")),
    "verifying": View(
        _("Payment verification"),
        _(
            "No order waits for AliExpress to verify its payment. The status comes with the AliExpress export."
        ),
        of_aliexpress=True,
        filters=("store", "account"),
    ),
    "replaced": View(
        pgettext_lazy("orders", "Reordered"),
        _("No order that was bought again waits to be shipped."),
        icon="repeat",
    ),
    "late": View(
        _("Late"),
        _(
            "No order is past its promised day. The day is set on the order, or by the store's days of delivery."
        ),
    ),
    "unlogged": View(
        pgettext_lazy("orders", "Closed, not logged"),
        _("Every AliExpress order that looks closed is logged."),
        of_aliexpress=True,
        filters=("store", "account"),
    ),
    "unmatched": View(
        _("Without a store order"),
        _("Every AliExpress order we know belongs to a store order."),
        icon="link",
        of_aliexpress=True,
        filters=("account",),
    ),
}


def store_orders(team: Team, view: str, *, today: date | None = None) -> StoreOrderQuerySet:
    """The store orders of a view; late is judged by the team's day."""
    orders = StoreOrder.objects.for_team(team)
    if view == "all":
        return orders
    return orders.in_view(view, today=today or timezone.localdate(timezone=team.zone))


def supplier_orders(team: Team, view: str) -> SupplierOrderQuerySet:
    orders = SupplierOrder.objects.for_team(team)
    return {"unlogged": orders.looks_closed, "verifying": orders.verifying}.get(view, orders.unmatched)()


def order_tabs(team: Team, *, base: str, active: str, keep: dict[str, str]) -> list[dict[str, Any]]:
    """For `components/lists/_tabs.html`, in one query. Counts are of the whole view; what is in `keep` goes along.

    `base` is the address of the list, `active` the view that is one of these tabs, "" for none.
    """
    today = timezone.localdate(timezone=team.zone)
    counts = team_cached(team, f"orders by view on {today}", lambda: _counts(team, today))
    tabs = []
    for name, view in VIEWS.items():
        query = ({} if name == "all" else {"view": name}) | keep
        tabs.append(
            {
                "label": view.label,
                "url": base + ("?" + urlencode(query) if query else ""),
                "name": name,
                "count": min(counts[name], TAB_CAP),
                "more": counts[name] > TAB_CAP,
                "active": name == active,
                "aside": name not in MAIN_VIEWS,
            }
        )
    return tabs


def _counts(team: Team, today: date) -> dict[str, int]:
    rows: dict[str, QuerySet[Any]] = {
        name: supplier_orders(team, name) if view.of_aliexpress else store_orders(team, name, today=today)
        for name, view in VIEWS.items()
    }
    return capped_counts(rows, TAB_CAP)
