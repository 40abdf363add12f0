from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.cases.models import Case
from closedorders.closures.models import Closure
from closedorders.outreach import actions
from closedorders.outreach.audience import Exclusion, find_audience, is_solved, not_told, waiting_incidents
from closedorders.outreach.models import Campaign, Kind, Message, Suppression
from tests.cast import Cast
from tests.factories import make_customer, make_incident, make_store, make_store_order, make_supplier_order
from tests.outreach.scenes import Scene, draft, make_scene


def _why(scene: Scene, campaign: Campaign | None = None) -> dict[str, Exclusion]:
    found = find_audience(incident=scene.incident, store=scene.store, kind=Kind.RESOLUTION, campaign=campaign)
    return {left.person.customer.name: left.why for left in found.excluded}


def test_a_customer_with_three_closed_orders_is_one_person(cast: Cast) -> None:
    store = make_store(cast.team)
    maria = make_customer(store)
    scene = make_scene(cast.merchant, store=store, customers=[maria, maria, maria])
    found = find_audience(incident=scene.incident, store=store, kind=Kind.RESOLUTION)
    assert [person.customer for person in found.included] == [maria]
    assert len(found.included[0].orders) == 3


def test_everyone_left_out_is_listed_with_the_reason(cast: Cast) -> None:
    store = make_store(cast.team)
    blank = make_customer(store, "Blank", email="")
    broken = make_customer(store, "Broken", email="no address")
    relay = make_customer(store, "Relay", email="x@scs3.tiktok.com")
    blocked = make_customer(store, "Blocked", email="Blocked@Example.com")
    twin_one = make_customer(store, "First", email="same@example.com")
    twin_two = make_customer(store, "Second", email="")
    twin_two.email = "SAME@example.com"
    twin_two.save()
    scene = make_scene(
        cast.merchant, store=store, customers=[blank, broken, relay, blocked, twin_one, twin_two]
    )
    actions.add_suppression(
        team=cast.team,
        email="blocked@example.com",
        cause=Suppression.Cause.ASKED,
        detail="",
        by=cast.merchant,
    )
    assert _why(scene) == {
        "Blank": Exclusion.BLANK,
        "Broken": Exclusion.INVALID,
        "Relay": Exclusion.RELAY,
        "Blocked": Exclusion.SUPPRESSED,
        "Second": Exclusion.SAME_ADDRESS,
    }


def test_who_asked_not_to_be_written_to_is_left_out_however_their_domain_is_typed(cast: Cast) -> None:
    store = make_store(cast.team)
    scene = make_scene(
        cast.merchant, store=store, customers=[make_customer(store, "Ana", email="ana@xn--bcher-kva.example")]
    )
    actions.add_suppression(
        team=cast.team,
        email=" Ana@Bücher.example",
        cause=Suppression.Cause.ASKED,
        detail="",
        by=cast.merchant,
    )
    assert _why(scene) == {"Ana": Exclusion.SUPPRESSED}


def test_reopened_and_refunded_orders_are_not_apologised_for(cast: Cast) -> None:
    store = make_store(cast.team)
    names = ["Reopened", "Refunded", "Cancelled", "Still waiting"]
    scene = make_scene(cast.merchant, store=store, customers=[make_customer(store, name) for name in names])
    of = {
        closure.supplier_order.store_order.customer.name: closure  # type: ignore[union-attr]  # there is one, or the test fails
        for closure in Closure.objects.filter(incident=scene.incident)
    }
    Closure.objects.filter(pk=of["Reopened"].pk).update(reopened_at=timezone.now(), outcome="reopened")
    Closure.objects.filter(pk=of["Refunded"].pk).update(outcome="refunded")
    order = of["Cancelled"].supplier_order.store_order
    assert order is not None
    order.cancelled_at = timezone.now()
    order.save()
    assert _why(scene) == {
        "Reopened": Exclusion.REOPENED,
        "Refunded": Exclusion.SETTLED,
        "Cancelled": Exclusion.SETTLED,
    }


def test_a_person_with_one_reopened_and_one_closed_order_is_told_of_the_closed_one(cast: Cast) -> None:
    store = make_store(cast.team)
    maria = make_customer(store)
    scene = make_scene(cast.merchant, store=store, customers=[maria, maria])
    first, second = Closure.objects.filter(incident=scene.incident).order_by("pk")
    Closure.objects.filter(pk=first.pk).update(reopened_at=timezone.now())
    found = find_audience(incident=scene.incident, store=store, kind=Kind.RESOLUTION)
    assert found.included[0].closure_ids == (second.pk,)


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("sent", Exclusion.TOLD),
        ("delivered", Exclusion.TOLD),
        ("queued", Exclusion.WAITING),
        ("sending", Exclusion.WAITING),
        ("uncertain", Exclusion.UNCERTAIN),
        ("failed", Exclusion.FAILED),
        ("cancelled", None),
        ("skipped", None),
    ],
)
def test_who_was_told_or_may_have_been_is_not_told_again(
    cast: Cast, state: str, why: Exclusion | None
) -> None:
    scene = make_scene(cast.merchant, 1)
    campaign = draft(scene)
    actions.leave_out(campaign=campaign, customer=scene.customers[0], by=cast.merchant)
    Message.objects.update(state=state, skip_reason="")
    assert _why(scene) == ({scene.customers[0].name: why} if why else {})


def test_closures_without_a_store_order_are_counted_apart(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    stub = make_supplier_order(cast.team, None)
    Closure.objects.create(
        team=cast.team, supplier_order=stub, incident=scene.incident, logged_by=cast.merchant
    )
    found = find_audience(incident=scene.incident, store=scene.store, kind=Kind.RESOLUTION)
    assert (len(found.included), found.unmatched_count, found.unmatched) == (1, 1, [stub.number])


def test_only_customers_of_the_store_are_in_its_audience(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 2)
    other = make_store(cast.team)
    order = make_supplier_order(cast.team, make_store_order(other))
    Closure.objects.create(
        team=cast.team, supplier_order=order, incident=scene.incident, logged_by=cast.merchant
    )
    assert len(find_audience(incident=scene.incident, store=scene.store, kind=Kind.HOLDING).included) == 2
    assert len(find_audience(incident=scene.incident, store=other, kind=Kind.HOLDING).included) == 1


def test_the_audience_costs_the_same_queries_for_2_and_50(cast: Cast) -> None:
    counts = []
    for people in (2, 50):
        scene = make_scene(cast.merchant, people)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            find_audience(incident=scene.incident, store=scene.store, kind=Kind.RESOLUTION)
        counts.append(len(queries))
    assert counts == [8, 8]


def test_a_customers_language_is_hers_else_the_stores(cast: Cast) -> None:
    store = make_store(cast.team, language="es")
    people = [make_customer(store, f"N{n}", language=code) for n, code in enumerate(["en-GB", "", "fr"])]
    scene = make_scene(cast.merchant, store=store, customers=people)
    found = find_audience(incident=scene.incident, store=store, kind=Kind.HOLDING)
    assert [person.language for person in found.included] == ["en", "es", "es"]


def test_an_incident_is_solved_without_a_case_or_once_its_case_is_unblocked(cast: Cast) -> None:
    scene = make_scene(cast.merchant, 1)
    assert is_solved(scene.incident)
    case = Case.objects.create(
        team=cast.team,
        incident=scene.incident,
        buyer_account=scene.incident.buyer_account,
        opened_by=cast.merchant,
    )
    assert not is_solved(scene.incident)
    for state, solved in [("submitted", False), ("unblocked", True), ("closed", True)]:
        Case.objects.filter(pk=case.pk).update(state=state)
        assert is_solved(scene.incident) is solved


def test_not_told_counts_customers_once_and_forgets_the_told(cast: Cast, other_cast: Cast) -> None:
    make_scene(other_cast.merchant, 5)
    store = make_store(cast.team)
    maria, ana = make_customer(store), make_customer(store)
    old = timezone.now() - timedelta(days=3)
    order = make_supplier_order(cast.team, make_store_order(store, maria))
    make_incident(cast.team, cast.merchant, [order], closed_at=old)
    scene = make_scene(cast.merchant, store=store, customers=[maria, ana])
    found = not_told(cast.team)
    assert (found.count, found.oldest_closed_at) == (2, old)
    campaign = draft(scene)
    actions.leave_out(campaign=campaign, customer=ana, by=cast.merchant)
    Message.objects.update(state="sent", skip_reason="")
    assert not_told(cast.team).count == 1
    with CaptureQueriesContext(connection) as queries:
        not_told(cast.team)
    assert len(queries) == 2


def test_waiting_incidents_say_whether_they_are_solved(cast: Cast) -> None:
    solved, blocked = make_scene(cast.merchant, 2), make_scene(cast.merchant, 3)
    Case.objects.create(
        team=cast.team,
        incident=blocked.incident,
        buyer_account=blocked.incident.buyer_account,
        opened_by=cast.merchant,
    )
    found = {item.incident.pk: (item.people, item.solved) for item in waiting_incidents(cast.team)}
    assert found == {solved.incident.pk: (2, True), blocked.incident.pk: (3, False)}
