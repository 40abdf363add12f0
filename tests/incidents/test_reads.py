from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from closedorders.incidents.next_step import Step, decide
from closedorders.incidents.reads import incident_view, value_at_risk
from closedorders.orders.models import Store
from closedorders.outreach.models import Campaign, Kind, Message
from tests.cast import Cast
from tests.factories import make_incident, make_store, make_store_order, make_supplier_order
from tests.incidents.scenes import bad_day


def test_value_at_risk_counts_a_sale_once_and_keeps_currencies_apart(cast: Cast) -> None:
    store = make_store(cast.team)
    sale = make_store_order(store, total=Decimal("45.00"), currency="EUR", ship_country="ES")
    other = make_store_order(store, total=Decimal("1000"), currency="JPY", ship_country="JP")
    bought = [make_supplier_order(cast.team, sale), make_supplier_order(cast.team, sale)]
    bought.append(make_supplier_order(cast.team, other))
    make_incident(cast.team, cast.merchant, bought)
    totals, orders, countries = value_at_risk(cast.team)
    assert {(t.amount, t.currency) for t in totals} == {(Decimal("45.00"), "EUR"), (Decimal("1000"), "JPY")}
    assert (orders, countries) == (2, 2)


def test_customers_whom_no_mail_reaches_do_not_ask_for_another_campaign_for_ever(cast: Cast) -> None:
    incident = bad_day(cast, 2)
    store = Store.objects.get(team=cast.team)
    campaign = Campaign.objects.create(
        team=cast.team,
        incident=incident,
        store=store,
        kind=Kind.RESOLUTION,
        state=Campaign.State.FINISHED,
        created_by=cast.merchant,
    )
    unreachable = store.customers.order_by("pk").last()
    assert unreachable is not None
    unreachable.email = ""
    unreachable.save(update_fields=["email"])
    for number, (customer, state) in enumerate(
        zip(store.customers.order_by("pk"), ["sent", "skipped"], strict=True)
    ):
        message = Message.objects.create(
            team=cast.team,
            campaign=campaign,
            incident=incident,
            kind=Kind.RESOLUTION,
            customer=customer,
            state=state,
            recipient=customer.email,
            language="en",
            subject="Sorry",
            body="It is late.",
            message_id=f"<{number}@example.com>",
        )
        message.closures.set(incident.closures.filter(supplier_order__store_order__customer=customer))
    situation = incident_view(incident, role="merchant").situation
    assert (situation.customers_told, situation.customers_unreachable, situation.customers_not_told) == (
        1,
        1,
        0,
    )
    assert decide(replace(situation, case="unblocked")) is Step.REACH_OTHERS, "not another campaign"
