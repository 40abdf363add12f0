"""Who an incident hit, who of them can be written to, and why the others are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from django.db.models.functions import Lower

from closedorders.accounts.models import Team
from closedorders.closures.models import Closure, ClosureReason, Incident
from closedorders.closures.outcomes import OUTCOMES_TO_TELL
from closedorders.core.mail.address_checks import fold_address, why_blocked
from closedorders.orders.models import Customer, Store, StoreOrder
from closedorders.orders.status import is_settled_in_shop

from .message_states import BINDING, ON_THEIR_WAY, TOLD
from .models import Campaign, DirectContact, Kind, Message, Suppression
from .plans.exclusions import PRESSING, named_already, states_by_address
from .plans.exclusions import Exclusion as Exclusion
from .recipients.languages import Chosen, language_of
from .recipients.languages import known_language as known_language
from .untold import NOT_TOLD, UNREACHABLE, UntoldCustomer, untold_customers

UNMATCHED_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One customer, with the orders her message names. `message` is her row of this incident and kind, if any that
    did not tell her; `number` is the one of a new row. `told`: an earlier mail told her of other closures.

    `email` is folded, as `fold_address` has it. `no_offers`: whoever reads it asked for no offers. `chosen`: the
    language and why.
    """

    customer: Customer
    orders: tuple[StoreOrder, ...]
    closure_ids: tuple[int, ...]
    language: str
    email: str
    message: Message | None = None
    number: int = 1
    told: bool = False
    no_offers: bool = False
    chosen: Chosen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    person: Person
    why: Exclusion


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Everyone of one store whom an incident hit.

    `unmatched` are the first AliExpress numbers of closures that no import has joined to a store order yet (of any
    store: nobody knows whose they are), `unmatched_count` how many there are. `reasons` are the codes of the closure
    reasons behind `included`, "" among them where a reason is not known yet.
    """

    included: list[Person]
    excluded: list[LeftOut]
    unmatched: list[str]
    unmatched_count: int
    reasons: frozenset[str]

    @property
    def why(self) -> list[tuple[Exclusion, int]]:
        """How many are left out for each reason, most first."""
        return Counter(left.why for left in self.excluded).most_common()

    @property
    def languages(self) -> list[str]:
        return sorted({person.language for person in self.included})


def find_audience(
    *, incident: Incident, store: Store, kind: str, campaign: Campaign | None = None
) -> Audience:
    """The customers of `store` hit by `incident`, oldest closure first. Eight queries, however many they are.

    One mail goes to one address, whichever store's customers have it: who shares the address of somebody who was
    written to counts as told, and is left out. Who was told of some of her closures is written to about the others.
    """
    closures = (
        Closure.objects.filter(incident=incident, supplier_order__store_order__store=store)
        .select_related("supplier_order__store_order__customer")
        .defer("supplier_order__store_order__lines")
        .order_by("closed_at", "pk")
    )
    rows: dict[int, list[Message]] = {}
    for row in (
        Message.objects.filter(incident=incident, kind=kind, customer__store=store)
        .select_related("campaign")
        .defer("body")
        .order_by("number")
    ):
        rows.setdefault(row.customer_id, []).append(row)
    named = named_already(incident, store, kind)
    written_to = states_by_address(incident, kind)
    suppressed = _suppressed(incident, store)
    contacts = DirectContact.objects.live().filter(incident=incident, customer__store=store)
    # What a person told her needs no mail.
    named |= dict.fromkeys(contacts.values_list("closures", flat=True), Exclusion.TOLD)
    by_customer: dict[int, list[Closure]] = {}
    for closure in closures:
        order = closure.supplier_order.store_order
        if order is not None:
            by_customer.setdefault(order.customer_id, []).append(closure)

    included: list[Person] = []
    excluded: list[LeftOut] = []
    reasons: set[int | None] = set()
    addresses: set[str] = set()
    for customer_id, theirs in by_customer.items():
        standing = [closure for closure in theirs if closure.reopened_at is None]
        to_tell = [closure for closure in standing if not _needs_no_mail(closure)]
        waiting = [closure for closure in to_tell if closure.pk not in named]
        person = _person(waiting or to_tell or standing or theirs, store, rows.get(customer_id, []))
        why = _why_not_again(person, written_to.get(person.email), campaign)
        if why is None and to_tell and not waiting:
            why = max((named[closure.pk] for closure in to_tell), key=PRESSING.index)
        if why is None and not waiting:
            why = Exclusion.SETTLED if standing else Exclusion.REOPENED
        if why is None and (blocked := why_blocked(person.email)) is not None:
            why = Exclusion(blocked.value)
        scope = suppressed.get(person.email)
        if why is None and scope == Suppression.Scope.EVERYTHING:
            why = Exclusion.SUPPRESSED
        if why is None and person.email in addresses:
            why = Exclusion.SAME_ADDRESS
        if why is not None:
            excluded.append(LeftOut(person=person, why=why))
            continue
        if scope == Suppression.Scope.OFFERS:
            person = replace(person, no_offers=True)
        addresses.add(person.email)
        included.append(person)
        reasons.update(closure.reason_id for closure in waiting)
    unmatched = Closure.objects.not_reopened().filter(incident=incident, supplier_order__store_order=None)
    numbers = unmatched.order_by("pk").values_list("supplier_order__number", flat=True)
    shown = list(numbers[: UNMATCHED_SHOWN + 1])
    count = len(shown) if len(shown) <= UNMATCHED_SHOWN else unmatched.count()
    return Audience(
        included=included,
        excluded=excluded,
        unmatched=shown[:UNMATCHED_SHOWN],
        unmatched_count=count,
        reasons=_codes(reasons),
    )


def _codes(reasons: set[int | None]) -> frozenset[str]:
    """The codes of closure reasons by their keys; "" for None: not known yet."""
    keys = [pk for pk in reasons if pk is not None]
    known = ClosureReason.objects.filter(pk__in=keys).values_list("code", flat=True)
    return frozenset(known) | ({""} if None in reasons else set())


def _suppressed(incident: Incident, store: Store) -> dict[str, str]:
    """Addresses on the list of those not to write to -> the scope of that."""
    theirs = Customer.objects.filter(
        store=store, orders__supplier_orders__closures__incident=incident
    ).annotate(lower=Lower("email"))
    live = Suppression.objects.live().filter(team=incident.team_id, email__in=theirs.values("lower"))
    return dict(live.values_list("email", "scope"))


def _needs_no_mail(closure: Closure) -> bool:
    """Nothing will be delivered, so neither "it is late" nor "it is on its way" would be true."""
    order = closure.supplier_order.store_order
    return closure.outcome not in OUTCOMES_TO_TELL or (
        order is not None and is_settled_in_shop(order.financial_status, order.cancelled_at)
    )


def _person(closures: list[Closure], store: Store, rows: list[Message]) -> Person:
    message = next((row for row in rows if row.state not in TOLD), None)
    orders: dict[int, StoreOrder] = {}
    for closure in closures:
        order = closure.supplier_order.store_order
        if order is not None:
            orders.setdefault(order.pk, order)
    first = next(iter(orders.values()))
    customer = first.customer
    chosen = language_of(customer, store, first.ship_country)
    return Person(
        customer=customer,
        orders=tuple(orders.values()),
        closure_ids=tuple(closure.pk for closure in closures),
        language=chosen.language,
        chosen=chosen,
        email=fold_address(customer.email),
        message=message,
        number=1 + max((row.number for row in rows), default=0),
        told=any(row.state in TOLD for row in rows),
    )


def _why_not_again(
    person: Person, at_address: tuple[str, str] | None, campaign: Campaign | None
) -> Exclusion | None:
    """`at_address`: kind and state of the mail that binds the person's address, whoever of its customers it names."""
    message = person.message
    own = message if message is not None and message.state in BINDING else None
    # Of a cancelled campaign nothing is tried again: with a corrected address another one may write.
    if own and own.state == Message.State.BOUNCED and own.campaign.state == Campaign.State.CANCELLED:
        own = None
    kind, state = ("", own.state) if own is not None else at_address or ("", "")
    if own is None and person.told and state in TOLD:
        # That mail is the earlier one of hers. Her own closures say whether there is something new.
        state = ""
    if kind == Kind.RESOLUTION and campaign is not None and campaign.kind == Kind.HOLDING:
        return Exclusion.RESOLVED
    if state in TOLD:
        return Exclusion.TOLD
    if state in ON_THEIR_WAY:
        return Exclusion.WAITING
    if state == Message.State.UNCERTAIN:
        return Exclusion.UNCERTAIN
    if state == Message.State.BOUNCED:
        return Exclusion.BOUNCED
    if message is None:
        return None
    if message.state == Message.State.FAILED and message.campaign.state != Campaign.State.CANCELLED:
        return Exclusion.FAILED
    left_out_here = (
        message.state == Message.State.SKIPPED
        and message.skip_reason == Exclusion.LEFT_OUT
        and campaign is not None
        and message.campaign_id == campaign.pk
    )
    return Exclusion.LEFT_OUT if left_out_here else None


def is_solved(incident: Incident) -> bool:
    """Whether an apology may say that it is solved: the block is over, or a merchant said that there is none."""
    return Incident.objects.over_block().filter(pk=incident.pk).exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTold:
    """Customers of open incidents who have not been told, and when the oldest of their orders was closed.

    `unreachable`: those of them to whom no mail can go. `told_to_wait`: those whom a note to wait has reached.
    """

    count: int
    oldest_closed_at: datetime | None
    unreachable: int = 0
    told_to_wait: int = 0


def not_told(team: Team) -> NotTold:
    """How many customers have a closed order that neither a mail nor a person told them of, as `untold` has it."""
    found = untold_customers(team)
    return NotTold(
        count=len({each.customer for each in found}),
        oldest_closed_at=min((each.oldest_closed_at for each in found), default=None),
        unreachable=len({each.customer for each in found if each.word == UNREACHABLE}),
        told_to_wait=len({each.customer for each in found if each.told_to_wait}),
    )


def untold_by_incident(team: Team, incidents: Collection[Incident]) -> dict[int, Counter[str]]:
    """How many customers have not been told, by incident and by what they wait for: a word of `untold.WORDS`."""
    found: dict[int, Counter[str]] = {}
    for each in untold_customers(team, incidents):
        found.setdefault(each.incident, Counter())[each.word] += 1
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An open incident with customers of one store to write an apology to. `solved`: it may be written.

    `told_to_wait`: how many of them a note to wait has reached.
    """

    incident: Incident
    store: Store
    people: int
    told_to_wait: int
    oldest_closed_at: datetime
    solved: bool


def waiting_incidents(
    team: Team, untold: Sequence[UntoldCustomer] | None = None, *, limit: int = 20
) -> list[Waiting]:
    """Whom to write to next, oldest closure first; of `untold` where the team's were read already.

    Left out are those for whom a message is under way, those of whose message a person decides, and those whom no mail
    reaches.
    """
    groups: dict[tuple[int, int], list[UntoldCustomer]] = {}
    for each in untold_customers(team) if untold is None else untold:
        if each.word == NOT_TOLD:
            groups.setdefault((each.incident, each.store), []).append(each)
    shown = dict(islice(groups.items(), limit))
    incidents = Incident.objects.for_team(team).in_bulk([incident for incident, _store in shown])
    stores = Store.objects.in_bulk([store for _incident, store in shown])
    solved = set(Incident.objects.over_block().filter(pk__in=incidents).values_list("pk", flat=True))
    return [
        Waiting(
            incident=incidents[incident],
            store=stores[store],
            people=len(people),
            told_to_wait=sum(each.told_to_wait for each in people),
            oldest_closed_at=people[0].oldest_closed_at,
            solved=incident in solved,
        )
        for (incident, store), people in shown.items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """An open incident with customers who have not been told and cannot be mailed. `why`: how many for each reason."""

    incident: Incident
    people: int
    why: list[tuple[str, int]]


def unreachable_incidents(
    team: Team, untold: Sequence[UntoldCustomer], *, limit: int = 20
) -> list[Unreachable]:
    """The incidents of those of `untold` whom no mail reaches, oldest closure first. One query."""
    groups: dict[int, Counter[str]] = {}
    for each in untold:
        if each.word == UNREACHABLE:
            groups.setdefault(each.incident, Counter())[str(Exclusion(each.why).label)] += 1
    shown = dict(islice(groups.items(), limit))
    incidents = Incident.objects.for_team(team).in_bulk(shown)
    return [
        Unreachable(incident=incidents[pk], people=why.total(), why=why.most_common())
        for pk, why in shown.items()
    ]
