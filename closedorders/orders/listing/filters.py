"""What the orders list shows, as its address says it: view, search, filters, order and columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from closedorders.accounts.models import Membership, Team
from closedorders.accounts.team_cache import team_cached
from closedorders.core.paging import read_amount, read_moment
from closedorders.core.text.masks import contains_address
from closedorders.orderfiles.cells.people import visible

from ..masking import Sight
from ..models import BuyerAccount, Store
from ..querysets import STILL_DUE, StoreOrderQuerySet, SupplierOrderQuerySet
from ..status import PART_BACK
from .cells import COLUMNS
from .rows import MONEY_BADGES, SUPPLIER_BADGES, TOLD_BADGES
from .tabs import FILTERS, VIEWS, store_orders, supplier_orders

MAX_SEARCH = 200
MAX_TAG = 100

#: Newest and oldest read the index of every view, promised one of its own. By total all that is listed is looked at:
#: one more index would make each import slower.
SORTS: Mapping[str, str | Promise] = {
    "newest": gettext_lazy("Newest first"),
    "oldest": gettext_lazy("Oldest first"),
    "promised": gettext_lazy("Promised day, soonest first"),
    "total": gettext_lazy("Largest total first"),
}
#: Sort -> what `page_of` pages by, how it reads that from an address, and whether the smallest comes first.
PAGED: Mapping[str, tuple[str, Callable[[str], Any], bool]] = {
    "newest": ("listed_at", read_moment, False),
    "oldest": ("listed_at", read_moment, True),
    "promised": ("promised_by", date.fromisoformat, True),
    "total": ("listed_total", read_amount, False),
}
DEFAULT_COLUMNS = ("customer", "total", "aliexpress", "standing")


def columns_of(membership: Membership) -> list[str]:
    """The columns this person chose, else the usual ones."""
    chosen = membership.preferences.get("order_columns")
    return [name for name in COLUMNS if name in (DEFAULT_COLUMNS if chosen is None else chosen)]


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, in words, and the address without it."""

    label: str
    url: str


@dataclass(slots=True)
class Listing:
    """What one address asks for. Anything in it that makes no sense is left out, and told; a tag finds nothing then.

    A tag is typed freely: who typed two of them does not mean all orders.
    """

    team: Team
    sight: Sight
    view: str = "all"
    words: str = ""
    sort: str = "newest"
    #: Filter -> its value as the address has it.
    filters: dict[str, str] = field(default_factory=dict)
    #: Those of the address that make no sense.
    unusable: dict[str, str] = field(default_factory=dict)
    stores: list[Store] = field(default_factory=list)
    accounts: list[BuyerAccount] = field(default_factory=list)

    @classmethod
    def of(cls, team: Team, sight: Sight, query: QueryDict) -> Listing:
        view = query.get("view", "")
        listing = cls(
            team,
            sight,
            view=view if view in VIEWS else "all",
            words=visible(query.get("q", "")).strip()[:MAX_SEARCH],
            sort=query.get("sort", "") if query.get("sort") in SORTS else "newest",
            stores=team_cached(team, "stores", lambda: list(team.stores.order_by("name")[:200])),
            accounts=team_cached(team, "accounts", lambda: list(team.buyer_accounts.order_by("label")[:200])),
        )
        for name in FILTERS:
            value = visible(query.get(name, "")).strip()
            if value and listing._is_sensible(name, value):
                listing.filters[name] = value.upper() if name == "country" else value
            elif value:
                listing.unusable[name] = value
        return listing

    def _is_sensible(self, name: str, value: str) -> bool:
        match name:
            case "store":
                return any(str(each.pk) == value for each in self.stores)
            case "account":
                return any(str(each.pk) == value for each in self.accounts)
            case "supplier":
                return value in SUPPLIER_BADGES
            case "money":
                return value in MONEY_BADGES or value == "none"
            case "told":
                return value in TOLD_BADGES or value == "none"
            case "country":
                return len(value) == 2 and value.isascii() and value.isalpha()
            case "tag":
                # An address is searched for, not filtered by: filters are kept with edits, exports and views.
                return len(value) <= MAX_TAG and "," not in value and not contains_address(value)
            case _:
                return _day(value) is not None

    @property
    def of_aliexpress(self) -> bool:
        return VIEWS[self.view].of_aliexpress

    @property
    def applied(self) -> dict[str, str]:
        """The filters that this view reads. The others wait in the address for a view that does."""
        return {name: value for name, value in self.filters.items() if name in VIEWS[self.view].filters}

    @property
    def waiting(self) -> dict[str, str]:
        """What of the address this view has no field for."""
        waiting = {name: value for name, value in self.filters.items() if name not in self.applied}
        return waiting | ({"sort": self.sort} if self.of_aliexpress and self.sort != "newest" else {})

    @property
    def today(self) -> date:
        return timezone.localdate(timezone=self.team.zone)

    @property
    def found_sorted(self) -> bool:
        """Whether an index has the orders as they are sorted."""
        return self.sort != "total"

    @property
    def query(self) -> dict[str, str]:
        """The address without its page: what tabs, exports and bulk edits take along."""
        kept = {} if self.view == "all" else {"view": self.view}
        if self.words:
            kept["q"] = self.words
        if self.sort != "newest":
            kept["sort"] = self.sort
        return kept | self.filters

    @property
    def lasting(self) -> dict[str, str]:
        """What a view of one's own keeps: what leaves orders out, or sorts them, without the words searched for.

        These are a customer's name or address, or a number: of one order, and not to be kept beside it.
        """
        kept = {} if self.view == "all" else {"view": self.view}
        if self.sort != "newest" and not self.of_aliexpress:
            kept["sort"] = self.sort
        return kept | self.applied

    @property
    def query_string(self) -> str:
        return urlencode(self.query)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.words or self.applied)

    def store_orders(self) -> StoreOrderQuerySet:
        """The orders asked for, in no order, with `listed_at` and what else they are sorted by."""
        orders = store_orders(self.team, self.view, today=self.today)
        if "tag" in self.unusable:
            orders = orders.none()
        if self.sort == "promised":
            orders = orders.filter(STILL_DUE)
        if self.sort == "total":
            orders = orders.by_total()
        orders = orders.matching(self.words, team=self.team, whole=self.sight.whole)
        filters = self.filters
        for name, column in (
            ("store", "store"), ("supplier", "supplier_state"), ("money", "money_state"), ("told", "told_state"),
            ("country", "ship_country"),
        ):  # fmt: skip
            if name in filters:
                value = filters[name]
                # Whatever the percentage: an assistant may know that a part went back, not how much.
                condition = f"{column}__startswith" if (name, value) == ("money", PART_BACK) else column
                orders = orders.filter(**{condition: "" if value == "none" else value})
        if "tag" in filters:
            orders = orders.tagged(filters["tag"])
        if "account" in filters:
            orders = orders.bought_by(int(filters["account"]))
        first, last = _day(filters.get("from", "")), _day(filters.get("to", ""))
        return orders.placed_between(
            self._midnight(first) if first else None,
            self._midnight(last + timedelta(days=1)) if last else None,
        )

    def supplier_orders(self) -> SupplierOrderQuerySet:
        found = supplier_orders(self.team, self.view)
        found = found.matching(self.words, team=self.team, whole=self.sight.whole)
        if "account" in self.applied:
            found = found.filter(buyer_account=int(self.applied["account"]))
        if "store" in self.applied:
            found = found.filter(store_order__store=int(self.applied["store"]))
        return found

    def _midnight(self, day: date) -> datetime:
        return timezone.make_aware(datetime.combine(day, time.min), self.team.zone)

    @property
    def labels(self) -> Mapping[str, Any]:
        """What each of `FILTERS` is called."""
        return FILTERS

    @property
    def longest_tag(self) -> int:
        return MAX_TAG

    def left_out(self) -> list[tuple[str, bool]]:
        """What of the address is no filter, in words, and whether nothing is listed for it."""
        return [
            (f"{FILTERS[name]}: {value[:MAX_TAG]}", name == "tag" and not self.of_aliexpress)
            for name, value in self.unusable.items()
        ]

    def chips(self) -> list[Chip]:
        """What leaves orders out of the list, each in words: the search, filters, an order that not all can have."""
        query = self.query

        def chip(label: str, name: str) -> Chip:
            return Chip(label, "?" + urlencode({key: value for key, value in query.items() if key != name}))

        words: list[Chip] = [chip(self.words, "q")] if self.words else []
        named: dict[str, Mapping[str, Any]] = {
            "store": {str(each.pk): each.name for each in self.stores},
            "account": {str(each.pk): each.label for each in self.accounts},
            "supplier": {name: badge.label for name, badge in SUPPLIER_BADGES.items()},
            "money": {name or "none": badge.label for name, badge in MONEY_BADGES.items()},
            "told": {name or "none": badge.label for name, badge in TOLD_BADGES.items()},
        }
        if self.sort == "promised" and not self.of_aliexpress:
            words.append(chip(_("With a promised day still to keep"), "sort"))
        for name, value in self.applied.items():
            if name in named:
                words.append(chip(str(named[name][value]), name))
            elif name in ("country", "tag"):
                words.append(chip(value, name))
            else:
                day = date_format(_day(value) or self.today)
                label = _("From %(day)s") if name == "from" else _("Until %(day)s")
                words.append(chip(label % {"day": day}, name))
        return words

    def choices(self) -> list[dict[str, Any]]:
        """The filters to choose from: name, label and options (value, words, chosen)."""

        def options(pairs: Iterable[tuple[str, Any]], name: str) -> list[tuple[str, Any, bool]]:
            chosen = self.filters.get(name, "")
            return [(value, words, value == chosen) for value, words in pairs]

        pairs: dict[str, list[tuple[str, Any]]] = {}
        if len(self.stores) > 1:
            pairs["store"] = [(str(each.pk), each.name) for each in self.stores]
        if len(self.accounts) > 1:
            pairs["account"] = [(str(each.pk), each.label) for each in self.accounts]
        for name, badges in (
            ("supplier", SUPPLIER_BADGES), ("money", MONEY_BADGES), ("told", TOLD_BADGES)
        ):  # fmt: skip
            pairs[name] = [(each or "none", str(badge.label)) for each, badge in badges.items()]
        return [
            {"name": name, "label": FILTERS[name], "options": options(choices, name)}
            for name, choices in pairs.items()
            if name in VIEWS[self.view].filters
        ]


def _day(value: str) -> date | None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    # The first and the last year have midnights that another time zone cannot write.
    return day if MINYEAR < day.year < MAXYEAR else None


# --- Export ---
