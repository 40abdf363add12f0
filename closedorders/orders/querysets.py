from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from closedorders.accounts.models import Team

if TYPE_CHECKING:
    from .models import BuyerAccount, Customer, Import, Store, StoreOrder, SupplierOrder

#: Codes of `formats.SUPPLIER_STATUSES` after which AliExpress sends nothing any more.
CLOSED_STATUS_CODES = ("cancelled", "closed", "expired")

#: Saved views of the orders list that read the stored standing of an order -> what its rows have in common.
VIEW_CONDITIONS = {
    "no_reason": Q(lacks_reason=True),
    "not_told": Q(told_state="not_told"),
    "verifying": Q(supplier_state="verifying_payment"),
    "replaced": Q(supplier_state="replaced"),
    "closed": Q(supplier_state="closed_open"),
}
#: Promised and not shipped, received, cancelled or made good: late from the day after the promise.
STILL_DUE = Q(promised_by__isnull=False, cancelled_at=None) & ~Q(
    supplier_state__in=["shipped", "completed", "refunded", "written_off"]
)


class StoreQuerySet(models.QuerySet["Store"]):
    def for_team(self, team: Team) -> StoreQuerySet:
        return self.filter(team=team)


class BuyerAccountQuerySet(models.QuerySet["BuyerAccount"]):
    def for_team(self, team: Team) -> BuyerAccountQuerySet:
        return self.filter(team=team)


class CustomerQuerySet(models.QuerySet["Customer"]):
    def for_team(self, team: Team) -> CustomerQuerySet:
        return self.filter(store__team=team)


class StoreOrderQuerySet(models.QuerySet["StoreOrder"]):
    def for_team(self, team: Team) -> StoreOrderQuerySet:
        return self.filter(team=team)

    def by_date(self) -> StoreOrderQuerySet:
        """Adds `listed_at`: when the order was placed, or came here where the file did not say."""
        return self.annotate(listed_at=Coalesce("placed_at", "created_at"))

    def in_view(self, view: str, *, today: date) -> StoreOrderQuerySet:
        """Orders of a saved view: a key of `VIEW_CONDITIONS`, or "late" (promised by a day before `today`).

        The conditions are those of the partial indexes, word for word: PostgreSQL then reads nothing else.
        """
        if view == "late":
            return self.filter(STILL_DUE, promised_by__lt=today)
        return self.filter(VIEW_CONDITIONS[view])

    def closed(self) -> StoreOrderQuerySet:
        """Orders with a closure at AliExpress that stands."""
        standing = _supplier_orders().filter(closures__isnull=False, closures__reopened_at=None)
        return self.filter(Exists(standing.filter(store_order=OuterRef("pk"))))

    def replaced(self) -> StoreOrderQuerySet:
        """Orders bought a second time after AliExpress closed the first."""
        again = _supplier_orders().filter(Q(closures__outcome="replaced") | Q(replaces__isnull=False))
        return self.filter(Exists(again.filter(store_order=OuterRef("pk"))))

    def matching(self, words: str) -> StoreOrderQuerySet:
        """Orders by number, AliExpress number, customer's name, or the customer's whole e-mail.

        An e-mail is never searched by a part of it: whoever sees it masked must not guess it letter by letter. Nor is
        one that a file has as the name.
        """
        words = words.strip()
        if not words:
            return self
        if "@" in words:
            return self.filter(Q(customer__email=words.lower()) | Q(customer__name__iexact=words))
        found = Q(customer__name__icontains=words) & ~Q(customer__name__contains="@")
        found &= ~Q(customer__name__contains="＠")
        if " " not in words:
            bare = words.removeprefix("#")
            found |= Q(number__istartswith=bare) | Q(number__istartswith=f"#{bare}")
        digits = re.sub(r"\s", "", words)
        if digits.isascii() and digits.isdigit() and len(digits) >= 8:
            bought = _supplier_orders().filter(number__startswith=digits, store_order=OuterRef("pk"))
            found |= Q(Exists(bought))
        return self.filter(found)


class SupplierOrderQuerySet(models.QuerySet["SupplierOrder"]):
    def for_team(self, team: Team) -> SupplierOrderQuerySet:
        return self.filter(team=team)

    def unmatched(self) -> SupplierOrderQuerySet:
        """Known by number, not yet joined to a store order."""
        return self.filter(store_order=None)

    def looks_closed(self) -> SupplierOrderQuerySet:
        """AliExpress words them as closed, cancelled or expired, and nobody has logged a closure."""
        return self.filter(status_code__in=CLOSED_STATUS_CODES, closures__isnull=True)

    def matching(self, words: str) -> SupplierOrderQuerySet:
        words = words.strip()
        digits = re.sub(r"\s", "", words)
        if digits.isascii() and digits.isdigit():
            return self.filter(number__startswith=digits)
        return self.filter(title__icontains=words) if words else self


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
