"""Whose data it is, and what belongs to it; later apps register what they keep of a customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from closedorders.accounts.models import Team
from closedorders.orders.models import Customer, StoreOrder
from closedorders.outreach.message_states import UNRESOLVED
from closedorders.outreach.models import DirectContact, Message

#: Nobody has more; a customer with more is a mistake of a file and is refused.
MOST_ORDERS = 2_000
#: What the key of an erased customer begins with: no address is found by it, and no import makes one like it.
ERASED = "erased:"


@dataclass(frozen=True, slots=True)
class Subject:
    """One customer of one store. The keys are those of the rows that are about this customer."""

    customer: Customer
    team: Team
    orders: list[int] = field(default_factory=list)
    messages: list[int] = field(default_factory=list)
    contacts: list[int] = field(default_factory=list)

    @property
    def is_erased(self) -> bool:
        return self.customer.key.startswith(ERASED)

    @property
    def confirmation(self) -> str:
        """What is typed to erase: the address, else the number of an order, else our own number of the customer."""
        if self.customer.email:
            return self.customer.email
        number = StoreOrder.objects.filter(pk__in=self.orders[:1]).values_list("number", flat=True).first()
        return number or str(self.customer.pk)

    def mail_under_way(self) -> bool:
        """Whether a mail to them waits, is being sent, or may have left without anybody knowing."""
        return Message.objects.filter(customer=self.customer, state__in=UNRESOLVED).exists()

    def elsewhere(self) -> list[Customer]:
        """The same address in other stores of the team: each is a customer of its own. The first twenty."""
        if not self.customer.email:
            return []
        parts = Customer.objects.for_team(self.team).with_emails([self.customer.email])
        found = [
            each for part in parts for each in part.select_related("store").exclude(pk=self.customer.pk)[:20]
        ]
        return list({each.pk: each for each in found}.values())


def subject_of(customer: Customer, team: Team) -> Subject:
    """Three queries."""
    return Subject(
        customer,
        team,
        list(customer.orders.order_by("pk").values_list("pk", flat=True)[: MOST_ORDERS + 1]),
        list(Message.objects.filter(customer=customer).order_by("pk").values_list("pk", flat=True)),
        list(DirectContact.objects.filter(customer=customer).order_by("pk").values_list("pk", flat=True)),
    )


class Holder(NamedTuple):
    """What a later app keeps of a customer: read for the file, and erased in the transaction of the erasure."""

    read: Callable[[Subject], list[dict[str, Any]]]
    erase: Callable[[Subject], None]


_HOLDERS: dict[str, Holder] = {}


def register_holder(name: str, holder: Holder) -> None:
    """`name` is the key of its rows in the file, such as "reminders"."""
    _HOLDERS[name] = holder


def holders() -> dict[str, Holder]:
    return dict(_HOLDERS)
