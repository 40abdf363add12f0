"""Whatever happened: Today, the incident, Outreach and the orders list name the same customers as not told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from closedorders.accounts.models import Membership
from closedorders.closures.models import Closure, Incident
from closedorders.incidents.reads import count_incidents, incident_view
from closedorders.orders.models import Customer, Store, StoreOrder
from closedorders.orders.status import changed_statuses as changed_statuses
from closedorders.orders.status import refresh_status as refresh_status
from closedorders.outreach.audience import (
    Exclusion,
    find_audience,
    not_told,
    unreachable_incidents,
    waiting_incidents,
)
from closedorders.outreach.message_states import BINDING, TOLD
from closedorders.outreach.models import Campaign, DirectContact, Kind, Message, Suppression
from closedorders.outreach.untold import UNREACHABLE, untold_customers
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_store,
    make_store_order,
    make_supplier_order,
)

EMAILS = (
    "ana@example.com", "ana@example.com", "bo@example.com", "", "", "no address", "x1@members.ebay.com",
    "blocked@example.com",
    "a2@marketplace.amazon.es",
)  # fmt: skip
CANNOT_BE_MAILED = {"blank", "invalid", "relay", "suppressed", "bounced"}


@dataclass
class Case:
    """What happened, in plain values: customers by e-mail and store, closures by sale, and what was written of them."""

    customers: list[tuple[int, str]]
    sales: list[tuple[int, str, bool]]
    ended: list[bool]
    closures: list[tuple[int, int, str]]
    mails: list[tuple[int, int, str, str, str, bool, int]]
    contacts: list[tuple[int, bool]] = field(default_factory=list)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    customers = draw(st.lists(st.tuples(st.integers(0, 1), st.sampled_from(EMAILS)), min_size=1, max_size=4))
    of_customers, of_incidents = st.integers(0, len(customers) - 1), st.integers(0, 1)
    paid = st.sampled_from(["paid", "paid", "", "Refunded", "cancelled", "partially_refunded"])
    sales = draw(
        st.lists(
            st.tuples(of_customers, paid, st.integers(0, 5).map(lambda n: n == 5)), min_size=1, max_size=5
        )
    )
    outcomes = st.sampled_from(["open", "open", "open", "replaced", "refunded", "written_off", "reopened"])
    of_sales = st.integers(0, len(sales) - 1)
    closures = draw(st.lists(st.tuples(of_sales, of_incidents, outcomes), min_size=1, max_size=6))
    mails = draw(
        st.lists(
            st.tuples(
                of_customers,
                of_incidents,
                st.sampled_from([Kind.RESOLUTION, Kind.RESOLUTION, Kind.HOLDING]),
                st.sampled_from(Message.State.values),
                st.sampled_from(["sending", "paused", "finished", "cancelled"]),
                st.booleans(),
                st.integers(0, 63),
            ),
            max_size=5,
        )
    )
    contacts = draw(st.lists(st.tuples(st.integers(0, len(closures) - 1), st.booleans()), max_size=2))
    ended = draw(st.lists(st.integers(0, 4).map(lambda n: n == 4), min_size=2, max_size=2))
    return Case(customers, sales, ended, closures, mails, contacts)


@dataclass
class World:
    """The case as rows, and what each of its parts became."""

    by: Membership
    stores: list[Store]
    customers: list[Customer]
    orders: list[StoreOrder]
    incidents: list[Incident]
    closures: list[Closure]


def _build(case: Case, by: Membership) -> World:
    team = by.team
    stores = [make_store(team), make_store(team)]
    customers = [
        # Several customers may have one address: a person typed it.
        Customer.objects.create(
            store=stores[store], name=f"Customer {number}", email=email, key=f"typed:{number}"
        )
        for number, (store, email) in enumerate(case.customers)
    ]
    orders = [
        make_store_order(
            customers[who].store,
            customers[who],
            financial_status=paid,
            cancelled_at=timezone.now() if cancelled else None,
        )
        for who, paid, cancelled in case.sales
    ]
    incidents = [
        Incident.objects.create(
            team=team,
            number=number + 1,
            buyer_account=make_buyer_account(team),
            ended_at=timezone.now() if ended else None,
        )
        for number, ended in enumerate(case.ended)
    ]
    closures = [
        Closure.objects.create(
            team=team,
            supplier_order=make_supplier_order(team, orders[sale]),
            incident=incidents[incident],
            logged_by=by,
            outcome=outcome,
            reopened_at=timezone.now() if outcome == "reopened" else None,
        )
        for sale, incident, outcome in case.closures
    ]
    Suppression.objects.create(team=team, email="blocked@example.com", cause="by_hand")
    world = World(by, stores, customers, orders, incidents, closures)
    _write(case, world)
    for number, undone in case.contacts:
        closure = closures[number]
        order = closure.supplier_order.store_order
        assert order is not None
        contact = DirectContact.objects.create(
            team=team,
            incident=closure.incident,
            customer=order.customer,
            how="phone",
            created_by=by,
            undone_at=timezone.now() if undone else None,
        )
        contact.closures.set([closure])
    refresh_status([order.pk for order in orders])
    return world


def _write(case: Case, world: World) -> None:
    """The mails that the constraints of the outbox allow: one of a kind to a customer, and to an address."""
    customers, addresses = set(), set()
    for number, (who, which, kind, state, campaign_state, moved, names) in enumerate(case.mails):
        customer, incident = world.customers[who], world.incidents[which]
        recipient = "old@example.com" if moved else customer.email
        if (which, kind, who) in customers or (state in BINDING and (which, kind, recipient) in addresses):
            continue
        customers.add((which, kind, who))
        if state in BINDING:
            addresses.add((which, kind, recipient))
        campaign = Campaign.objects.create(
            team=world.by.team,
            incident=incident,
            store=customer.store,
            kind=kind,
            state=campaign_state,
            created_by=world.by,
        )
        message = Message.objects.create(
            team=world.by.team,
            campaign=campaign,
            incident=incident,
            kind=kind,
            customer=customer,
            state=state,
            recipient=recipient,
            language="en",
            subject="Sorry",
            body="It is late.",
            message_id=f"<{number}@example.com>",
        )
        theirs = [
            closure
            for place, closure in enumerate(world.closures)
            if _customer(closure) == customer and closure.incident == incident and names >> place & 1
        ]
        message.closures.set(theirs)


def _customer(closure: Closure) -> Customer:
    order = closure.supplier_order.store_order
    assert order is not None
    return order.customer


def _is_untold(closure: Closure) -> bool:
    """As the issue words it, one closure at a time."""
    order, customer = closure.supplier_order.store_order, _customer(closure)
    assert order is not None
    if closure.reopened_at or closure.incident.ended_at or closure.outcome not in {"open", "replaced"}:
        return False
    if order.cancelled_at or order.financial_status.lower() in {"refunded", "voided", "cancelled", "failed"}:
        return False
    for mail in Message.objects.filter(incident=closure.incident, kind=Kind.RESOLUTION, state__in=TOLD):
        to_another = mail.customer != customer and mail.recipient and mail.recipient == customer.email
        if to_another or mail.closures.filter(pk=closure.pk).exists():
            return False
    return not DirectContact.objects.filter(undone_at=None, closures=closure).exists()


def _pages(world: World) -> dict[str, Any]:
    """Who is not told, as each of the four places has it: the customers of each incident, or how many they are."""
    team = world.by.team
    untold = untold_customers(team)
    counts = count_incidents(team, world.incidents)
    listed = StoreOrder.objects.for_team(team).in_view("not_told", today=timezone.localdate())
    outreach: dict[int, int] = dict.fromkeys((incident.pk for incident in world.incidents), 0)
    for waiting in waiting_incidents(team, untold):
        outreach[waiting.incident.pk] += waiting.people
    for unreachable in unreachable_incidents(team, untold):
        outreach[unreachable.incident.pk] += unreachable.people
    for each in untold:
        outreach[each.incident] += each.word in {"on_its_way", "uncertain", "failed"}
    return {
        "today": not_told(team).count,
        "orders": set(listed.values_list("pk", flat=True)),
        "incidents": {incident.pk: counts[incident.pk].not_told for incident in world.incidents},
        "incident pages": {
            incident.pk: incident_view(incident, role="merchant").situation.customers_untold
            for incident in world.incidents
        },
        "outreach": outreach,
    }


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=cases())
def test_the_four_places_name_the_same_customers(cast: Cast, case: Case) -> None:
    with transaction.atomic():
        world = _build(case, cast.merchant)
        untold = [closure for closure in world.closures if _is_untold(closure)]
        people: dict[int, set[int]] = {incident.pk: set() for incident in world.incidents}
        for closure in untold:
            people[closure.incident_id].add(_customer(closure).pk)
        numbers = {incident: len(theirs) for incident, theirs in people.items()}
        assert _pages(world) == {
            "today": len(set().union(*people.values())),
            "orders": {closure.supplier_order.store_order_id for closure in untold},
            "incidents": numbers,
            "incident pages": numbers,
            "outreach": numbers,
        }
        assert changed_statuses([order.pk for order in world.orders]) == {}
        _the_audiences_agree(world)
        transaction.set_rollback(True)


def _the_audiences_agree(world: World) -> None:
    """Who is to be written to is whom a campaign would write to, and nobody else; who cannot be is in none."""
    for incident in world.incidents:
        if incident.ended_at:
            continue
        words = {each.customer: each for each in untold_customers(world.by.team, [incident])}
        for store in world.stores:
            found = find_audience(incident=incident, store=store, kind=Kind.RESOLUTION)
            included = {person.customer.pk for person in found.included}
            why = {left.person.customer.pk: left.why for left in found.excluded}
            for customer in included:
                assert words[customer].word == "not_told"
            for customer in words.keys() & (included | why.keys()):
                word, left_out = words[customer], why.get(customer)
                if word.word == "not_told":
                    # A mail told the customer of other orders of the incident.
                    assert left_out in {None, Exclusion.SAME_ADDRESS, Exclusion.TOLD}
                if word.word == UNREACHABLE:
                    assert customer not in included
                    assert word.why in CANNOT_BE_MAILED
