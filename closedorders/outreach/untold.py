"""Whose closed orders nobody has explained to them yet: the one place that decides it.

Today, an incident, Outreach and the status of orders all count what `untold_closures` returns. A closure is untold
while it stands, something may still be delivered for it, its incident goes on, and neither a mail nor a person has told
its customer what became of it. A note that asks to wait tells nobody that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from closedorders.accounts.models import Team
from closedorders.closures.models import Closure, Incident
from closedorders.closures.outcomes import OUTCOMES_TO_TELL
from closedorders.core.mail.address_checks import why_blocked
from closedorders.orders.status import SETTLED_IN_SHOP

from .message_states import BINDING, ON_THEIR_WAY, TOLD
from .models import Campaign, DirectContact, Kind, Message, Suppression

#: What an untold closure or its customer waits for, what comes first of several of one customer first. A word of these
#: is also that of the orders' customer axis.
UNCERTAIN, FAILED, ON_ITS_WAY, UNREACHABLE, NOT_TOLD = WORDS = (
    "uncertain", "failed", "on_its_way", "unreachable", "not_told",
)  # fmt: skip

_CUSTOMER = "supplier_order__store_order__customer"
#: Of more closures, the mails of whole incidents are read.
_FEW = 2_000
_APOLOGIES = Message.objects.filter(kind=Kind.RESOLUTION, state__in=TOLD)


class UntoldClosure(NamedTuple):
    """`word` is what this closure waits for, `customers_word` what its customer does: a mail under way that does not
    name the closure has to arrive before another one can be written.

    `why` says of what is `unreachable` why no mail can go there: a value of `audience.Exclusion`. `told_to_wait`:
    whether a note to wait that names it has reached its customer.
    """

    pk: int
    closed_at: datetime
    incident: int
    order: int
    store: int
    customer: int
    word: str
    customers_word: str
    why: str
    told_to_wait: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UntoldCustomer:
    """One customer of one incident. `word` is one of `WORDS`, `why` as in `UntoldClosure`."""

    incident: int
    store: int
    customer: int
    closures: tuple[int, ...]
    oldest_closed_at: datetime
    word: str
    why: str
    told_to_wait: bool


def untold_closures(closures: QuerySet[Closure]) -> list[UntoldClosure]:
    """Those of these closures whose customer has not been told. Three queries, however many there are."""
    order = "supplier_order__store_order"
    suppressed = Suppression.objects.blocking().filter(
        team=OuterRef("team"), email=Lower(OuterRef(f"{_CUSTOMER}__email"))
    )
    named = Message.objects.filter(kind=Kind.RESOLUTION, closures=OuterRef("pk"))
    note = Message.objects.filter(kind=Kind.HOLDING, state__in=TOLD, closures=OuterRef("pk"))
    rows = list(
        _not_told(_to_tell(closures))
        .annotate(named=Exists(named), suppressed=Exists(suppressed), told_to_wait=Exists(note))
        .order_by("closed_at", "pk")
        .values_list(
            "pk",
            "closed_at",
            "incident",
            order,
            f"{order}__store",
            _CUSTOMER,
            f"{_CUSTOMER}__email",
            "named",
            "suppressed",
            "told_to_wait",
        )
    )
    few = len(rows) <= _FEW
    people = {row[5] for row in rows} if few else None
    mails = _Mails({row[2] for row in rows}, people, {row[6] for row in rows if row[6]})
    found = []
    for pk, closed_at, incident, sale, store, customer, email, is_named, is_suppressed, waits in rows:
        blocked = why_blocked(email)
        why_not = str(blocked.value) if blocked else "suppressed" if is_suppressed else ""
        customers_word, why = mails.word(incident, customer, email, why_not, own=True)
        word = customers_word if is_named else mails.word(incident, customer, email, why_not, own=False)[0]
        place = (pk, closed_at, incident, sale, store, customer)
        found.append(UntoldClosure(*place, word, customers_word, why, waits))
    return found


def untold_customers(team: Team, incidents: Collection[Incident] | None = None) -> list[UntoldCustomer]:
    """The team's customers who have not been told, once an incident, oldest closure first; `incidents` or all."""
    closures = Closure.objects.for_team(team)
    if incidents is not None:
        closures = closures.filter(incident__in=incidents)
    return by_customer(untold_closures(closures))


def by_customer(rows: Iterable[UntoldClosure]) -> list[UntoldCustomer]:
    theirs: dict[tuple[int, int], list[UntoldClosure]] = {}
    for row in rows:
        theirs.setdefault((row.incident, row.customer), []).append(row)
    return [
        UntoldCustomer(
            incident=incident,
            store=mine[0].store,
            customer=customer,
            closures=tuple(row.pk for row in mine),
            oldest_closed_at=mine[0].closed_at,
            word=min((row.customers_word for row in mine), key=WORDS.index),
            why=next((row.why for row in mine if row.why), ""),
            told_to_wait=any(row.told_to_wait for row in mine),
        )
        for (incident, customer), mine in theirs.items()
    ]


def _to_tell(closures: QuerySet[Closure]) -> QuerySet[Closure]:
    """Those that their customers are to be told of, or have been."""
    order = "supplier_order__store_order"
    return (
        closures.filter(reopened_at=None)
        .alias(paid=Lower(f"{order}__financial_status"))
        .filter(
            # Whoever ended an incident said that nobody is left to tell.
            **{f"{order}__isnull": False, f"{order}__cancelled_at": None},
            incident__ended_at=None,
            outcome__in=OUTCOMES_TO_TELL,
        )
        .exclude(paid__in=SETTLED_IN_SHOP)
    )


def _not_told(closures: QuerySet[Closure]) -> QuerySet[Closure]:
    """Named in no apology, of no customer to whose address another customer's apology of the incident went, and not
    told of by a person.

    The address stands in `Customer.email` as every import and form stores it: folded.
    """
    elsewhere = _APOLOGIES.filter(incident=OuterRef("incident"), recipient=OuterRef(f"{_CUSTOMER}__email"))
    return closures.filter(
        ~Exists(_APOLOGIES.filter(closures=OuterRef("pk"))),
        ~Exists(elsewhere.exclude(recipient="").exclude(customer=OuterRef(_CUSTOMER))),
        ~Exists(DirectContact.objects.live().filter(closures=OuterRef("pk"))),
    )


class _Mails:
    """Apologies of some incidents that nobody has read: under way, lost or returned."""

    def __init__(
        self, incidents: Collection[int], people: Collection[int] | None, addresses: Collection[str]
    ) -> None:
        """Of these people and at these addresses; of everybody where `people` is None."""
        self._own: dict[tuple[int, int], tuple[str, str, bool]] = {}
        self._at: dict[tuple[int, str], tuple[str, int]] = {}
        if not incidents:
            return
        of_incidents = (
            Message.objects.filter(incident__in=incidents, kind=Kind.RESOLUTION)
            .filter(Q(state__in=BINDING) | Q(state="failed"))
            .exclude(state__in=TOLD)
            .order_by()
            .values_list("incident", "customer", "recipient", "state", "campaign__state")
        )
        mails: Any = of_incidents
        if people is not None:
            # Two ways to the few of many, each by an index of its own.
            at_addresses = of_incidents.filter(recipient__in=addresses, state__in=BINDING)
            mails = of_incidents.filter(customer__in=people).union(at_addresses)
        for incident, customer, recipient, state, campaign in mails:
            cancelled = campaign == Campaign.State.CANCELLED
            self._own[incident, customer] = (state, recipient, cancelled)
            if state in BINDING and recipient:
                self._at[incident, recipient] = (state, customer)

    def word(self, incident: int, customer: int, email: str, why_not: str, *, own: bool) -> tuple[str, str]:
        """What the customer waits for, and why no mail can go there; `own`: whether their own mail counts."""
        state, recipient, cancelled = self._own.get((incident, customer), ("", "", False))
        # Of a cancelled campaign nothing is tried again.
        if not own or (cancelled and state in {"failed", "bounced"}):
            state = ""
        at_address, whose = self._at.get((incident, email), ("", 0)) if email else ("", 0)
        if not state and (own or whose != customer or at_address == "bounced"):
            state, recipient = at_address, email
        if state in ON_THEIR_WAY:
            return ON_ITS_WAY, ""
        if state == "uncertain":
            return UNCERTAIN, ""
        if state == "bounced" and recipient == email:
            return UNREACHABLE, why_not or "bounced"
        if why_not:
            return UNREACHABLE, why_not
        return (FAILED if state in {"failed", "bounced"} else NOT_TOLD), ""
