"""The views of the orders list that a person keeps: tabs of their own beside those of everyone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import QuerySet
from django.http import QueryDict

from closedorders.accounts.models import Membership
from closedorders.core.paging import capped_counts

from ..masking import Sight
from .filters import Listing
from .tabs import TAB_CAP

#: Tabs of one person, and letters of a name: all of them stand in one row.
MOST_OWN_VIEWS, MOST_LETTERS = 10, 40
#: No index has what any filter may ask for: what ten of them find among a million orders takes seconds to count.
COUNTED_FOR = timedelta(minutes=1)
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
    views = own_views(membership)
    return next((each for each in views if _read(membership, each).lasting == listing.lasting), None)


def _read(membership: Membership, view: OwnView) -> Listing:
    """What it lists today: a store of it may be gone."""
    return Listing.of(membership.team, Sight.of(membership), QueryDict(urlencode(view.query)))


def own_tabs(
    membership: Membership, *, base: str, active: OwnView | None, words: str, counted: bool
) -> list[dict[str, Any]]:
    """For `components/lists/_tabs.html`. What is searched for goes along.

    Counts are of the whole view, and None unless `counted`: then they are at most `COUNTED_FOR` old.
    """
    views = own_views(membership)
    counts: list[int] = []
    if counted:
        asked = json.dumps([each.query for each in views], sort_keys=True)
        key = f"own-views-{membership.pk}-{membership.role}-{hashlib.sha256(asked.encode()).hexdigest()}"
        counts = cache.get_or_set(key, lambda: _counts(membership, views), COUNTED_FOR.total_seconds()) or []
    tabs = []
    for view, count in zip_longest(views, counts):
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


def _counts(membership: Membership, views: list[OwnView]) -> list[int]:
    rows: dict[str, QuerySet[Any]] = {}
    for place, view in enumerate(views):
        listing = _read(membership, view)
        rows[str(place)] = listing.supplier_orders() if listing.of_aliexpress else listing.store_orders()
    counts = capped_counts(rows, TAB_CAP)
    return [counts[place] for place in rows]
