"""Money that AliExpress owes for closed orders: what is expected, due, overdue, received and missing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.models import Team
from closedorders.closures.models import Closure
from closedorders.core.money import Total
from closedorders.orders.models import SupplierOrder

from ..models import RefundWindow
from .business_days import add_business_days, last_start_before

#: More groups of one card are not added up: a team has a handful.
MOST_GROUPS = 2_000


@dataclass(frozen=True, slots=True)
class Window:
    """Of a team: money comes between these business days after it was announced."""

    first_day: int
    last_day: int

    @classmethod
    def of(cls, team: Team) -> Window:
        """The team's own, or 3 to 20; one query."""
        found = RefundWindow.objects.filter(team=team).first()
        return (
            cls(found.first_day, found.last_day)
            if found
            else cls(RefundWindow.FIRST_DAY, RefundWindow.LAST_DAY)
        )

    def earliest(self, announced: date) -> date:
        return add_business_days(announced, self.first_day)

    def latest(self, announced: date) -> date:
        return add_business_days(announced, self.last_day)

    def overdue_announced_by(self, today: date) -> date:
        """What was announced on this day or before, and has not come by `today`, is overdue."""
        return last_start_before(today, self.last_day)


def expected(team: Team) -> QuerySet[Closure]:
    """Closures whose money is announced and has not come."""
    return Closure.objects.for_team(team).filter(
        supplier_refund_announced_on__isnull=False, supplier_refund_received_on=None
    )


def overdue(team: Team, window: Window) -> QuerySet[Closure]:
    """Of these, those past the window. In the active time zone."""
    return expected(team).filter(
        supplier_refund_announced_on__lte=window.overdue_announced_by(timezone.localdate())
    )


def received(team: Team) -> QuerySet[Closure]:
    return Closure.objects.for_team(team).filter(supplier_refund_received_on__isnull=False)


def not_entered(team: Team) -> QuerySet[Closure]:
    """Standing closures of orders that cost something, of which nobody has said what AliExpress gives back."""
    return (
        Closure.objects.for_team(team)
        .not_reopened()
        .filter(
            supplier_refund_announced_on=None,
            supplier_refund_received_on=None,
            supplier_order__cost__gt=0,
        )
    )


def sums(closures: QuerySet[Closure]) -> list[Total]:
    """What these closures' money adds up to, by currency."""
    groups: Iterable[Any] = (
        closures.order_by()
        .values_list("supplier_refund_currency")
        .annotate(amount=Sum("supplier_refund_expected"), count=Count("pk"))
    )
    found = [Total(amount, currency, count) for currency, amount, count in groups if amount is not None]
    return sorted(found, key=lambda total: (-total.count, total.currency))


@dataclass(frozen=True, slots=True)
class MissingOfCard:
    """What one card, or one account where the card is not known, still waits for."""

    name: str
    totals: list[Total]


def last_four(payment_method: str) -> str:
    """The last four digits of a card as a file words the payment; "" where it names none."""
    found = re.search(r"(?<!\d)(\d{4})\D*$", payment_method)
    return found[1] if found else ""


def missing_by_card(team: Team) -> list[MissingOfCard]:
    """Per card, largest number of refunds first: what is expected and has not come, and what came short."""
    amount = F("supplier_refund_expected") - Coalesce(F("supplier_refund_received"), Decimal(0))
    short = received(team).filter(supplier_refund_received__lt=F("supplier_refund_expected"))
    sums_of: dict[str, dict[str, tuple[Decimal, int]]] = defaultdict(dict)
    for closures in (expected(team), short):
        groups: Iterable[Any] = (
            closures.order_by()
            .values_list(
                "supplier_order__payment_method",
                "incident__buyer_account__label",
                "supplier_refund_currency",
            )
            .annotate(missing=Sum(amount), count=Count("pk"))[:MOST_GROUPS]
        )
        for method, account, currency, missing, count in groups:
            before, of_before = sums_of[_card(method, account)].get(currency, (Decimal(0), 0))
            sums_of[_card(method, account)][currency] = before + (missing or 0), of_before + count
    found = [
        MissingOfCard(name, [Total(amount, currency, count) for currency, (amount, count) in by.items()])
        for name, by in sums_of.items()
    ]
    return sorted(found, key=lambda each: (-sum(total.count for total in each.totals), each.name))


def _card(payment_method: str, account: str) -> str:
    if four := last_four(payment_method):
        return _("Card ending in %(digits)s") % {"digits": four}
    known = dict(SupplierOrder.PaidWith.choices).get(payment_method)
    if known and payment_method != SupplierOrder.PaidWith.CARD:
        return f"{known} · {account}"
    return _("Account “%(account)s”") % {"account": account}
