"""The views of the orders list that a person keeps: tabs of their own beside those of everyone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict

from closedorders.accounts.kept import kept
from closedorders.accounts.models import Membership
from closedorders.core.paging import capped_counts

from .masking import Sight
from .order_listing import Listing
from .order_views import TAB_CAP

#: Tabs of one person, and letters of a name: all of them stand in one row.
MOST_OWN_VIEWS, MOST_LETTERS = 10, 40
#: Where a membership's preferences have them: a list of name and query.
PREFERENCE = "order_views"


@dataclass(frozen=True, slots=True)
class OwnView:
    """`query` is the address of the list as `Listing.lasting` has it."""

    name: str
    query: dict[str, str]


def own_views(membership: Membership) -> list[OwnView]:
    """In the order in which they were kept."""
    return [OwnView(**each) for each in membership.preferences.get(PREFERENCE, ())]


def shown_view(membership: Membership, listing: Listing) -> OwnView | None:
    """The view of one's own that this list is, whatever is searched for in it."""
    return next((each for each in own_views(membership) if each.query == listing.lasting), None)


def own_tabs(
    membership: Membership, *, base: str, active: OwnView | None, words: str, counted: bool
) -> list[dict[str, Any]]:
    """For `components/_tabs.html`. What is searched for goes along.

    Counts are of the whole view, and None unless `counted`. A filter that makes no sense any more (a store that is
    gone) is left out of the count as the list leaves it out.
    """
    views = own_views(membership)
    counts = (
        kept(membership.team, f"own views of {membership.pk}", lambda: _counts(membership)) if counted else {}
    )
    tabs = []
    for place, view in enumerate(views):
        count = counts.get(place)
        tabs.append(
            {
                "label": view.name,
                "url": base + "?" + urlencode(view.query | ({"q": words} if words else {})),
                "count": None if count is None else min(count, TAB_CAP),
                "more": count is not None and count > TAB_CAP,
                "active": view == active,
            }
        )
    return tabs


def _counts(membership: Membership) -> dict[int, int]:
    rows: dict[str, QuerySet[Any]] = {}
    for place, view in enumerate(own_views(membership)):
        listing = Listing.of(membership.team, Sight.of(membership), QueryDict(urlencode(view.query)))
        rows[str(place)] = listing.supplier_orders() if listing.of_aliexpress else listing.store_orders()
    return {int(place): count for place, count in capped_counts(rows, TAB_CAP).items()}
