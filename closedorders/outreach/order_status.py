"""Bring the stored status of orders up to date after messages about them changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from closedorders.accounts.models import Team
from closedorders.closures.models import Closure
from closedorders.orders.models import Customer, StoreOrder
from closedorders.orders.status import refresh_status as refresh_status

from .models import Kind, Message

_BATCH = 500
_MOST_BATCHES = 20
LEFT_BEHIND_AFTER = timedelta(seconds=20)


def refresh_orders_of_messages(messages: QuerySet[Message] | Iterable[int]) -> None:
    """Store anew the status of the orders that these messages are about; in the transaction that changed them."""
    # All at once: `refresh_status` locks in one order, whoever else is at it.
    refresh_status(orders_of_messages(messages))


@transaction.atomic
def refresh_marked(messages: Sequence[int]) -> None:
    """`refresh_orders_of_messages` of those of them that are marked `status_due`, which they are not afterwards.

    A message that changes meanwhile waits for its row, and is marked anew.
    """
    marked = Message.objects.filter(pk__in=messages, status_due=True).order_by("pk")
    keys = list(marked.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    if keys:
        Message.objects.filter(pk__in=keys).update(status_due=False)
        refresh_orders_of_messages(keys)


def refresh_left_behind() -> None:
    """The same for what a worker left behind: marked longer ago than a worker needs for the messages it has."""
    left = Message.objects.filter(status_due=True, settled_at__lt=timezone.now() - LEFT_BEHIND_AFTER)
    for _batch in range(_MOST_BATCHES):
        keys = list(left.order_by("settled_at").values_list("pk", flat=True)[:_BATCH])
        if not keys:
            return
        refresh_marked(keys)


def orders_of_messages(messages: QuerySet[Message] | Iterable[int]) -> set[int | None]:
    """Keys of the store orders these messages are about; None among them for closures without one.

    An apology is also about the orders of other customers who have its address.
    """
    keys = sorted(messages.values_list("pk", flat=True) if isinstance(messages, QuerySet) else set(messages))
    found: set[int | None] = set()
    for start in range(0, len(keys), _BATCH):
        batch = keys[start : start + _BATCH]
        about = Closure.objects.filter(messages__in=batch).order_by()
        found.update(about.values_list("supplier_order__store_order", flat=True).distinct())
        found.update(_orders_at_the_same_addresses(batch))
    return found


def refresh_orders_of_address(team: Team | int, address: str) -> None:
    """Store anew the status of the orders of whoever has this folded address: whether it may be written to changed."""
    people: set[int] = set()
    for part in Customer.objects.filter(store__team=team).with_emails([address]):
        people.update(part.values_list("pk", flat=True))
    refresh_status(StoreOrder.objects.filter(customer__in=people, untold=True).values_list("pk", flat=True))


def _orders_at_the_same_addresses(keys: Sequence[int]) -> Iterable[int | None]:
    sent = list(
        Message.objects.filter(pk__in=keys, kind=Kind.RESOLUTION)
        .exclude(recipient="")
        .values_list("team", "incident", "customer", "recipient")
    )
    if not sent:
        return ()
    of_teams = Customer.objects.filter(store__team__in={team for team, *_ in sent})
    addresses = {recipient for *_, recipient in sent}
    have_it = {found for part in of_teams.with_emails(addresses) for found in part.values_list("pk", "email")}
    others = {pk for pk, _ in have_it - {(customer, recipient) for *_, customer, recipient in sent}}
    if not others:
        return ()
    closures = Closure.objects.filter(
        incident__in={incident for _, incident, *_ in sent}, supplier_order__store_order__customer__in=others
    )
    return closures.order_by().values_list("supplier_order__store_order", flat=True).distinct()
