from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce, Concat
from django.utils import timezone

from closedorders.accounts.kept import kept
from closedorders.accounts.models import Team
from closedorders.core.name_folding import folded

if TYPE_CHECKING:
    from .models import BuyerAccount, Customer, Import, Store, StoreOrder, SupplierOrder

#: Codes of `formats.SUPPLIER_STATUSES` after which AliExpress sends nothing any more.
CLOSED_STATUS_CODES = ("cancelled", "closed", "expired")

#: Orders or customers that a search looks at, times its ways.
CANDIDATES = 2_000

#: Saved views of the orders list that read the stored standing of an order -> what its rows have in common.
VIEW_CONDITIONS = {
    "no_reason": Q(lacks_reason=True),
    "not_told": Q(told_state="not_told"),
    "verifying": Q(supplier_state="verifying_payment"),
    "replaced": Q(supplier_state="replaced"),
    "closed": Q(supplier_state="closed_open"),
}
#: Words of the supplier axis after which a promised day no longer counts.
DONE_STATES = ["shipped", "completed", "refunded", "written_off"]
#: Promised and not shipped, received, cancelled, given back or made good: late from the day after the promise.
STILL_DUE = (
    Q(promised_by__isnull=False, cancelled_at=None)
    & ~Q(supplier_state__in=DONE_STATES)
    & ~Q(money_state="refunded")
)

#: Customers of whom a person typed another e-mail than the one in their key.
EMAIL_NOT_IN_KEY = ~Q(email="") & ~Q(key=Concat(Value("email:"), "email"))


class StoreQuerySet(models.QuerySet["Store"]):
    def for_team(self, team: Team) -> StoreQuerySet:
        return self.filter(team=team)


class BuyerAccountQuerySet(models.QuerySet["BuyerAccount"]):
    def for_team(self, team: Team) -> BuyerAccountQuerySet:
        return self.filter(team=team)


class CustomerQuerySet(models.QuerySet["Customer"]):
    def for_team(self, team: Team) -> CustomerQuerySet:
        return self.filter(store__team=team)

    def with_email(self, words: str, *, whole: bool) -> tuple[CustomerQuerySet, CustomerQuerySet]:
        """Those whose e-mail is this, or, for who sees it `whole`, begins so: in two ways, an index answers each.

        The first is that of the few customers of whom a person typed the address.
        """
        email, how = words.lower(), "startswith" if whole else "exact"
        keyed = self.filter(**{f"key__{how}": f"email:{email}"})
        typed = self.filter(EMAIL_NOT_IN_KEY, **{f"email__{how}": email})
        # A key stays when a person types another address: that one alone is theirs.
        return typed, keyed.filter(**{f"email__{how}": email})


class StoreOrderQuerySet(models.QuerySet["StoreOrder"]):
    def for_team(self, team: Team) -> StoreOrderQuerySet:
        return self.filter(team=team)

    def by_date(self) -> StoreOrderQuerySet:
        """Adds `listed_at`: when the order was placed, or came here where the file did not say."""
        return self.annotate(listed_at=Coalesce("placed_at", "created_at"))

    def placed_between(self, first: datetime | None, end: datetime | None) -> StoreOrderQuerySet:
        """By the same moment as `by_date`; `end` itself is no longer in."""
        dated = self.annotate(listed_at=Coalesce("placed_at", "created_at"))
        if first is not None:
            dated = dated.filter(listed_at__gte=first)
        if end is not None:
            dated = dated.filter(listed_at__lt=end)
        return dated

    def in_order(self, sort: str) -> StoreOrderQuerySet:
        """Sorted as the list is: a key of `order_listing.SORTS`."""
        if sort == "promised":
            return self.order_by("promised_by", "pk")
        dated = self.annotate(listed_at=Coalesce("placed_at", "created_at"))
        return dated.order_by("listed_at", "pk") if sort == "oldest" else dated.order_by("-listed_at", "-pk")

    def in_view(self, view: str, *, today: date) -> StoreOrderQuerySet:
        """Orders of a saved view: a key of `VIEW_CONDITIONS`, or "late" (promised by a day before `today`).

        The conditions are those of the partial indexes, word for word: PostgreSQL then reads nothing else.
        """
        if view == "late":
            return self.filter(STILL_DUE, promised_by__lt=today)
        return self.filter(VIEW_CONDITIONS[view])

    def bought_by(self, buyer_account: int) -> StoreOrderQuerySet:
        """Orders with an AliExpress order of this buyer account."""
        theirs = _supplier_orders().filter(buyer_account=buyer_account, store_order=OuterRef("pk"))
        return self.filter(Exists(theirs))

    def matching(self, words: str, *, team: Team, whole: bool) -> StoreOrderQuerySet:
        """Orders of `team` by order, AliExpress or tracking number, by the customer's name or e-mail.

        Numbers are found from their beginning on, names by any part of three letters or more, whatever their case
        and accents. An e-mail is found whole, and by its beginning only for who sees it `whole`: whoever sees it masked
        must not guess it letter by letter. Nor by an address that a file has as the name.

        Each way is a query that an index answers; the orders found are then read by key. One condition over all tables
        would read them all.
        """
        words = " ".join(words.split())
        if not words:
            return self
        if "@" in words:
            people = _customers(team)
            theirs = (people.filter(name__folded=words), *people.with_email(words, whole=whole))
            return self.filter(customer__in=_found(*(each.values_list("pk", flat=True) for each in theirs)))
        ways: list[models.QuerySet[Any, Any]] = []
        if " " not in words:
            bare = words.removeprefix("#")
            written = {f"{sign}{each}" for each in (bare, bare.upper(), bare.lower()) for sign in ("", "#")}
            numbered = self.filter(_any_of("number", sorted(written)), store__in=_stores(team))
            ways.append(numbered.values_list("pk", flat=True))
        bought = _supplier_orders().for_team(team).named(words).exclude(store_order=None)
        orders = _found(*ways, bought.values_list("store_order", flat=True))
        customers: list[int] = []
        if len(folded(words)) >= 3 and any(letter.isalpha() for letter in words):
            named = _customers(team).filter(name__folded__contains=words)
            named = named.exclude(name__contains="@").exclude(name__contains="＠")
            customers = list(named.values_list("pk", flat=True)[: CANDIDATES + 1])
            if len(customers) > CANDIDATES:
                # So many that the newest orders are soon found by looking through them.
                common = Q(customer__name__folded__contains=words) & ~Q(customer__name__contains="@")
                return self.filter(Q(pk__in=orders) | (common & ~Q(customer__name__contains="＠")))
        return self.filter(Q(pk__in=orders) | Q(customer__in=customers))


class SupplierOrderQuerySet(models.QuerySet["SupplierOrder"]):
    def for_team(self, team: Team) -> SupplierOrderQuerySet:
        return self.filter(team=team)

    def unmatched(self) -> SupplierOrderQuerySet:
        """Known by number, not yet joined to a store order."""
        return self.filter(store_order=None)

    def looks_closed(self) -> SupplierOrderQuerySet:
        """AliExpress words them as closed, cancelled or expired, and nobody has logged a closure."""
        return self.filter(status_code__in=CLOSED_STATUS_CODES, closure_logged=False)

    def named(self, words: str) -> SupplierOrderQuerySet:
        """By the beginning of the order's number (eight digits or more) or of its tracking number (six letters)."""
        bare = re.sub(r"\s", "", words)
        # The index of tracking numbers leaves the blank ones out: the query says so too, or it is not used.
        tracked = ~Q(tracking_number="") & _any_of("tracking_number", sorted({bare, bare.upper()}))
        if bare.isascii() and bare.isdigit() and len(bare) >= 8:
            return self.filter(Q(number__startswith=bare) | tracked)
        if bare.isascii() and bare.isalnum() and len(bare) >= 6:
            return self.filter(tracked)
        return self.none()

    def matching(self, words: str) -> SupplierOrderQuerySet:
        """By number, tracking number or a part of the product's name."""
        words = " ".join(words.split())
        if not words:
            return self
        digits = re.sub(r"\s", "", words)
        if digits.isascii() and digits.isdigit():
            return self.filter(Q(number__startswith=digits) | Q(tracking_number__startswith=digits))
        return self.filter(Q(title__icontains=words) | Q(tracking_number__startswith=words.upper()))


class ImportQuerySet(models.QuerySet["Import"]):
    def for_team(self, team: Team) -> ImportQuerySet:
        return self.filter(team=team)

    def due(self) -> ImportQuerySet:
        """Waiting for a worker, or held by one whose lease has run out."""
        return self.filter(state__in=["uploaded", "reading", "committing", "undoing"]).filter(
            Q(claimed_until=None) | Q(claimed_until__lt=timezone.now())
        )


def _supplier_orders() -> SupplierOrderQuerySet:
    from .models import SupplierOrder  # The models import this module.

    return SupplierOrder.objects.all()


def _customers(team: Team) -> CustomerQuerySet:
    from .models import Customer  # The models import this module.

    return Customer.objects.filter(store__in=_stores(team)).order_by()


def _stores(team: Team) -> list[int]:
    """The keys of its stores: named in a query, the indexes that begin with the store answer it."""
    return kept(team, "store keys", lambda: list(team.stores.values_list("pk", flat=True)))


def _found(*ways: models.QuerySet[Any, Any]) -> set[int]:
    """The keys that any of the ways finds, as many as a search looks at; asked for at once.

    What one way finds counts before what the next does: the one that finds fewer comes first.
    """
    first, *others = (way.order_by() for way in ways)
    return {*first.union(*others, all=True)[: CANDIDATES * len(ways)]}


def _any_of(field: str, beginnings: Iterable[str]) -> Q:
    found = Q()
    for each in beginnings:
        found |= Q(**{f"{field}__startswith": each})
    return found
