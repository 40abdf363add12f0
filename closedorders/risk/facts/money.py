"""What orders are paid with: stated funds against what is to be paid, payments that failed, and how people pay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from django.db.models import Count, Q, Sum

from closedorders.accounts.models import Team
from closedorders.closures.decoder.reading import decode
from closedorders.closures.decoder.table import MEANINGS, Cause
from closedorders.closures.models import Closure
from closedorders.orders.models import SupplierOrder

from ..models import Funds
from ..rules.base import FAILURE_DAYS, AccountFacts, FundsFacts, PaymentFailure
from .rates import Rates

#: Statements that are looked through for the newest of each account and method.
MOST_STATEMENTS = 500
#: Closed so lately, orders are still to be placed again; unpaid so long, AliExpress has closed them.
PLACE_AGAIN_DAYS, UNPAID_DAYS = 14, 30
#: Different texts of closures that are read. A text is mostly pasted for many orders.
MOST_TEXTS = 100

_OF_PAYMENT = {cause for cause, meaning in MEANINGS.items() if meaning.reason == "card_check"} - {
    Cause.CARD_VERIFICATION
} | {Cause.PAYMENT_FAILED, Cause.OPEN_BALANCE}


def funds(
    team: Team, accounts: Sequence[AccountFacts], rates: Rates, today: date, now: datetime
) -> tuple[FundsFacts, ...]:
    """The newest statement of each account and method. One query, and two more where there is any."""
    newest: dict[tuple[int, str], Funds] = {}
    stated = Funds.objects.filter(team=team, withdrawn_at=None, stated_on__lte=today)
    for row in stated.select_related("buyer_account").order_by("-stated_on", "-pk")[:MOST_STATEMENTS]:
        newest.setdefault((row.buyer_account_id, row.method), row)
    if not newest:
        return ()
    to_pay = _to_pay(team, {account for account, _method in newest}, rates, now)
    of_today = {account.pk: account for account in accounts}

    def dollars(row: Funds, amount: Decimal | None) -> Decimal | None:
        return (
            None if amount is None or row.currency not in rates.known else rates.to_usd(amount, row.currency)
        )

    found = []
    for (pk, method), row in sorted(newest.items()):
        account = of_today.get(pk)
        found.append(
            FundsFacts(
                pk=pk,
                account=str(row.buyer_account),
                method=method,
                stated_on=row.stated_on,
                available=dollars(row, row.available),
                limit=dollars(row, row.limit_a_day),
                payments=row.payments_a_day,
                to_pay=to_pay.get(pk, Decimal(0)),
                spent_today=account.spent[-1] if account else Decimal(0),
                orders_today=account.orders[-1] if account else 0,
            )
        )
    return tuple(found)


def _to_pay(team: Team, accounts: set[int], rates: Rates, now: datetime) -> Mapping[int, Decimal]:
    """By account, what its orders cost that wait for payment or are to be placed again. Two queries."""
    found: dict[int, Decimal] = defaultdict(Decimal)
    unpaid = SupplierOrder.objects.filter(
        team=team,
        placed_at__gte=now - timedelta(days=UNPAID_DAYS),
        placed_at__lte=now,
        status_code="awaiting_payment",
        buyer_account__in=accounts,
    )
    again = SupplierOrder.objects.filter(
        pk__in=Closure.objects.filter(
            team=team,
            reopened_at=None,
            outcome=Closure.Outcome.OPEN,
            closed_at__gte=now - timedelta(days=PLACE_AGAIN_DAYS),
            closed_at__lte=now,
        ).values("supplier_order"),
        buyer_account__in=accounts,
    )
    for orders in (unpaid, again):
        rows = orders.order_by().values_list("buyer_account", "currency").annotate(amount=Sum("cost"))
        for account, currency, amount in rows:
            found[account] += rates.to_usd(amount or Decimal(0), currency)
    return found


def failures(team: Team, now: datetime) -> tuple[PaymentFailure, ...]:
    """Payments that failed, by what AliExpress's codes and words say of closed orders. One query."""
    rows = (
        Closure.objects.filter(
            team=team, closed_at__gte=now - timedelta(days=FAILURE_DAYS), closed_at__lte=now
        )
        .exclude(words="")
        .order_by()
        .values_list("words")
        .annotate(orders=Count("pk"), week=Count("pk", filter=Q(closed_at__gte=now - timedelta(days=7))))
        .order_by("-orders", "words")[:MOST_TEXTS]
    )
    orders: dict[str, int] = defaultdict(int)
    week: dict[str, int] = defaultdict(int)
    for words, count, lately in rows:
        for cause in _causes(words):
            orders[cause] += count
            week[cause] += lately
    return tuple(
        PaymentFailure(cause, orders[cause], week[cause])
        for cause in sorted(orders, key=lambda each: (-orders[each], each))
    )


@lru_cache(maxsize=1_024)
def _causes(words: str) -> tuple[str, ...]:
    """The failures of payment that a text names. Of an unclear one besides a clear one nothing is counted."""
    found = {each.cause for each in decode(words)} & _OF_PAYMENT
    if len(found) > 1:
        found.discard(Cause.PAYMENT_FAILED)
    return tuple(sorted(cause.value for cause in found))


def methods(worded: Mapping[str, Sequence[int]]) -> tuple[tuple[str, int, int, int], ...]:
    """How orders were paid, from `window.Counts.methods`: (kind, orders, of these with a moment of payment, different
    moments). Orders that were paid at one moment were one payment.
    """
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for method, counts in worded.items():
        kind = kind_of(method)
        found[kind] = [old + new for old, new in zip(found[kind], counts, strict=True)]
    return tuple((kind, orders, paid, moments) for kind, (orders, paid, moments) in sorted(found.items()))


def kind_of(method: str) -> str:
    """A value of `SupplierOrder.PaidWith`, for a method as a file words it."""
    kinds = SupplierOrder.PaidWith
    words = method.casefold()
    for kind in (kinds.POCKET, kinds.PAYPAL, kinds.ALIPAY):
        if kind.value in words:
            return kind.value
    cards = ("card", "visa", "master", "maestro", "amex", "tarjeta", "credit", "debit")
    return (kinds.CARD if any(each in words for each in cards) else kinds.OTHER).value
