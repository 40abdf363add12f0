"""Store credit and faster shipping in the plan of a campaign: who is to get them, and what is still missing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from ..models import Campaign, Compensation, Kind

if TYPE_CHECKING:
    from ..audience import Person

CREDIT, SHIPPING = Compensation.Kind.CREDIT, Compensation.Kind.SHIPPING


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What a campaign offers each customer of one kind."""

    kind: Compensation.Kind
    amount: Decimal
    currency: str
    name: str = ""


def offered(campaign: Campaign) -> list[Offered]:
    """The kinds that this campaign offers. A holding note offers none."""
    if campaign.kind != Kind.RESOLUTION:
        return []
    currency, found = campaign.store.currency, []
    if campaign.store_credit > 0:
        found.append(Offered(kind=CREDIT, amount=campaign.store_credit, currency=currency))
    if campaign.shipping_upgrade:
        found.append(
            Offered(
                kind=SHIPPING,
                amount=campaign.upgrade_cost,
                currency=currency,
                name=campaign.shipping_upgrade,
            )
        )
    return found


class CompensationPlan:
    """Of one campaign and the people it writes to. One query, and none where nothing is offered."""

    def __init__(self, campaign: Campaign, people: list[Person]) -> None:
        self._campaign, self._people = campaign, people
        self.offers = {each.kind: each for each in offered(campaign)}

    @cached_property
    def rows(self) -> dict[tuple[int, str], Compensation]:
        """Those of the incident in this store, by customer and kind."""
        found = Compensation.objects.filter(
            incident=self._campaign.incident, customer__store=self._campaign.store
        )
        return {(row.customer_id, row.kind): row for row in found} if self.offers else {}

    def to_get(self, kind: Compensation.Kind) -> list[Person]:
        """Everybody, where it is offered. Store credit is an offer: not for those who asked for none."""
        if kind not in self.offers:
            return []
        return [person for person in self._people if kind == SHIPPING or not person.no_offers]

    def of(self, person: Person, kind: Compensation.Kind) -> Compensation | None:
        """Hers, when it is as the offer wants it, or has been given already."""
        wanted = self.offers.get(kind)
        if wanted is None or (kind == CREDIT and person.no_offers):
            return None
        row = self.rows.get((person.customer.pk, kind))
        return row if row is not None and (row.issued_at is not None or fits(row, wanted)) else None

    def missing(self, kind: Compensation.Kind) -> list[Person]:
        """Whose is not listed yet, as the offer wants it."""
        return [person for person in self.to_get(kind) if self.of(person, kind) is None]

    def not_issued(self, kind: Compensation.Kind) -> list[Compensation]:
        rows = (self.of(person, kind) for person in self.to_get(kind))
        return [row for row in rows if row is not None and row.issued_at is None]

    @property
    def is_prepared(self) -> bool:
        return not any(self.missing(kind) for kind in self.offers)


def fits(row: Compensation, wanted: Offered) -> bool:
    return (row.amount, row.currency, row.name) == (wanted.amount, wanted.currency, wanted.name)
