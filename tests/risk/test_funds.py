"""What there is to pay with, failed payments, habits of paying, the office's networks, a supplier's open orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.models import Membership, WorkSession
from closedorders.accounts.people.work_sessions import came_through_proxy
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount, Supplier, SupplierOrder
from closedorders.risk.actions import declare_office, note_pocket_entry, state_funds
from closedorders.risk.checklist.habits import Habit, habits
from closedorders.risk.facts import gather
from closedorders.risk.facts.money import kind_of
from closedorders.risk.models import Funds, OfficeNetwork
from closedorders.risk.rules.base import PaymentFailure, State
from tests.cast import Cast
from tests.factories import make_buyer_account, make_incident, make_supplier_order
from tests.risk.test_checklist import find, url, words

SignIn = Callable[[Membership | None], Client]


# Funds


def test_what_is_to_be_paid_is_what_waits_for_payment_and_what_is_to_be_placed_again(
    cast: Cast, account: BuyerAccount
) -> None:
    now = timezone.now()
    other = make_buyer_account(cast.team, "Spare")
    make_supplier_order(cast.team, buyer_account=account, cost=Decimal(10), status_code="awaiting_payment")
    make_supplier_order(cast.team, buyer_account=account, cost=Decimal(99), status_code="shipped")
    make_supplier_order(cast.team, buyer_account=other, cost=Decimal(99), status_code="awaiting_payment")
    make_supplier_order(
        cast.team,
        buyer_account=account,
        cost=Decimal(99),
        status_code="awaiting_payment",
        placed_at=now - timedelta(days=31),
    )
    closed = [make_supplier_order(cast.team, buyer_account=account, cost=Decimal(7)) for _ in range(3)]
    make_incident(cast.team, cast.merchant, closed, buyer_account=account)
    Closure.objects.filter(supplier_order=closed[1]).update(closed_at=now - timedelta(days=15))
    Closure.objects.filter(supplier_order=closed[2]).update(outcome=Closure.Outcome.REPLACED)
    assert gather(cast.team).funds == ()
    state_funds(
        account=account,
        method="card",
        currency="USD",
        available=Decimal(17),
        stated_on=timezone.localdate(),
        by=cast.merchant,
    )
    (found,) = gather(cast.team).funds
    assert (found.to_pay, found.available) == (Decimal(17), Decimal(17))


def test_a_statement_is_noted_counts_and_is_taken_back(
    cast: Cast, account: BuyerAccount, client_of: SignIn
) -> None:
    client = client_of(cast.merchant)
    make_supplier_order(cast.team, buyer_account=account, cost=Decimal(500), status_code="awaiting_payment")
    form = {
        "buyer_account": account.pk,
        "method": "card",
        "currency": "usd",
        "available": "400",
        "payments_a_day": "2",
        "stated_on": timezone.localdate(),
    }
    assert "Noted." in words(client.post(url(cast, "funds"), form, follow=True))
    finding = find(cast, "card_check")
    assert finding.state == State.ACT
    assert "$400 is available and $500 is to be paid" in finding.text
    assert "the bank takes 2 payments a day" in finding.text
    page = client.get(url(cast, "checklist"))
    assert url(cast, "funds") in page.content.decode()
    client.post(url(cast, "funds"), form | {"available": "4000", "payments_a_day": ""})
    assert "$4,000 is available" in find(cast, "card_check").text
    newest = Funds.objects.order_by("-pk")[0]
    client.post(url(cast, "funds_withdrawal", newest.pk))
    assert "$400 is available" in find(cast, "card_check").text


def test_a_statement_says_something_of_a_day_that_has_come(cast: Cast, account: BuyerAccount) -> None:
    today = timezone.localdate()
    with pytest.raises(Refused, match="at least one"):
        state_funds(account=account, method="card", currency="USD", stated_on=today, by=cast.merchant)
    with pytest.raises(Refused, match="still to come"):
        state_funds(
            account=account,
            method="card",
            currency="USD",
            available=Decimal(1),
            stated_on=today + timedelta(days=1),
            by=cast.merchant,
        )


def test_a_currency_without_a_rate_is_not_taken_for_dollars(cast: Cast, account: BuyerAccount) -> None:
    state_funds(
        account=account,
        method="card",
        currency="JPY",
        available=Decimal(9_000),
        stated_on=timezone.localdate(),
        by=cast.merchant,
    )
    assert gather(cast.team).funds[0].available is None


# Payments that failed


def test_payments_that_failed_are_counted_by_what_their_code_means(cast: Cast, account: BuyerAccount) -> None:
    now = timezone.now()
    orders = [make_supplier_order(cast.team, buyer_account=account) for _ in range(6)]
    incident = make_incident(cast.team, cast.merchant, orders, buyer_account=account)
    closures = list(Closure.objects.filter(incident=incident).order_by("pk").values_list("pk", flat=True))
    for pks, text in (
        (closures[:3], "Payment failed: CSC_7200011"),
        (closures[3:4], "Insufficient funds"),
        (closures[4:5], "Your order was rejected by risk control"),
    ):
        Closure.objects.filter(pk__in=pks).update(words=text)
    Closure.objects.filter(pk=closures[0]).update(closed_at=now - timedelta(days=8))
    Closure.objects.filter(pk=closures[5]).update(
        words="Insufficient funds", closed_at=now - timedelta(days=31)
    )
    assert gather(cast.team).failures == (PaymentFailure("funds", 4, 3),)
    finding = find(cast, "card_check")
    assert finding.state == State.WATCH
    assert "The payments of 3 orders failed in the last 7 days. The card or balance has too little" in (
        finding.text
    )
    assert any("4 orders in 30 days, 3 of them" in figure for _name, figure in finding.evidence)


# Habits


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("card", "card"),
        ("Visa ending in 4242", "card"),
        ("Tarjeta de crédito", "card"),
        ("PayPal", "paypal"),
        ("AliExpress Pocket", "pocket"),
        ("Alipay balance", "alipay"),
        ("other", "other"),
        ("Klarna", "other"),
    ],
)
def test_ways_of_paying_are_told_apart_however_a_file_words_them(method: str, kind: str) -> None:
    assert kind_of(method) == kind


def shown(cast: Cast) -> dict[str, Habit]:
    found = habits(gather(cast.team), cast.merchant)
    return dict(zip(("pocket", "paypal", "other", "together", "alipay"), found, strict=True))


def test_habits_are_unknown_before_anything_says_them(cast: Cast) -> None:
    assert [habit.tone for habit in shown(cast).values()] == ["grey"] * 5


def test_habits_are_seen_in_orders_and_notes(cast: Cast, account: BuyerAccount, client_of: SignIn) -> None:
    moment = timezone.now() - timedelta(hours=2)
    for place in range(4):
        make_supplier_order(
            cast.team,
            buyer_account=account,
            payment_method="other" if place else "Visa 4242",
            paid_at=moment if place < 3 else moment + timedelta(minutes=1),
        )
    today = timezone.localdate()
    for method, amount in (("paypal", 900), ("card", 1)):
        state_funds(
            account=account,
            method=method,
            currency="USD",
            available=Decimal(amount),
            stated_on=today,
            by=cast.merchant,
        )
    note_pocket_entry(
        account=account,
        kind="deposit",
        amount=Decimal(38),
        currency="USD",
        happened_on=today,
        expires_on=today + timedelta(days=20),
        by=cast.merchant,
    )
    BuyerAccount.objects.update(alipay_verified_on=today)
    found = shown(cast)
    assert (
        "Of 4 orders in 30 days: AliExpress's “other payment methods” 75 %, Card 25 %." in found["other"].text
    )
    assert found["together"].text == "4 orders were paid in 3 payments."
    assert "$900 available" in found["paypal"].text
    assert "$38.00 expires on" in found["pocket"].text
    assert [found[name].tone for name in ("paypal", "other", "alipay")] == ["green"] * 3
    page = words(client_of(cast.merchant).get(url(cast, "checklist")))
    assert "How you pay" in page
    assert "How you pay" not in words(client_of(cast.assistant).get(url(cast, "checklist")))


def test_habits_cost_the_same_with_two_orders_and_with_fifty(cast: Cast, account: BuyerAccount) -> None:
    def ask() -> int:
        facts = gather(cast.team)
        with CaptureQueriesContext(connection) as queries:
            habits(facts, cast.merchant)
        return len(queries)

    few = ask()
    SupplierOrder.objects.bulk_create(
        SupplierOrder(
            team=cast.team,
            number=f"{8_300_000_000_000_000 + n}",
            buyer_account=account,
            payment_method=f"Card {n}",
            placed_at=timezone.now(),
        )
        for n in range(50)
    )
    assert ask() == few


# The office


def work(member: Membership, network: str, **fields: object) -> None:
    WorkSession.objects.create(membership=member, network=network, **fields)


def test_whoever_signs_in_from_elsewhere_than_the_declared_office_is_named(
    cast: Cast, client_of: SignIn
) -> None:
    work(cast.merchant, "203.0.113.0/24")
    work(cast.assistant, "198.51.100.0/24", through_proxy=True)
    client = client_of(cast.merchant)
    page = client.post(url(cast, "offices"), {"address": "203.0.113.77", "label": "Office"}, follow=True)
    assert OfficeNetwork.objects.get().network == "203.0.113.0/24"
    assert "Office" in words(page)
    assert "198.51.100.0/24" in words(page)
    text = find(cast, "assistant_network").text
    # The browser of this test is elsewhere, too.
    named = f"{cast.merchant.user}, {cast.assistant.user}"
    assert f"elsewhere than your declared networks: {named}." in text
    assert f"proxy that says so: {cast.assistant.user}" in text
    for _ in range(2):
        client.post(url(cast, "office_withdrawal", OfficeNetwork.objects.get().pk))
    assert "3 networks" in find(cast, "assistant_network").text


def test_one_person_behind_many_networks_on_a_day_is_named(cast: Cast) -> None:
    for place in range(3):
        work(cast.assistant, f"203.0.{place}.0/24")
    work(cast.merchant, "198.51.100.0/24")
    text = find(cast, "assistant_network").text
    assert f"{cast.assistant.user} was behind 3 networks on one day" in text
    assert str(cast.merchant.user) not in text


@pytest.mark.parametrize("address", ["", "office", "999.1.1.1"])
def test_only_addresses_are_declared_and_each_once(cast: Cast, address: str) -> None:
    with pytest.raises(Refused, match="Not an address"):
        declare_office(team=cast.team, address=address, label="Office", by=cast.merchant)
    declare_office(team=cast.team, address="203.0.113.0/24", label="Office", by=cast.merchant)
    with pytest.raises(Refused, match="declared already"):
        declare_office(team=cast.team, address="203.0.113.9", label="Office", by=cast.merchant)


@pytest.mark.parametrize(
    ("trusted", "headers", "through"),
    [
        (0, {}, False),
        (0, {"HTTP_VIA": "1.1 proxy"}, True),
        (0, {"HTTP_X_FORWARDED_FOR": "10.0.0.1"}, True),
        (1, {"HTTP_X_FORWARDED_FOR": "203.0.113.7"}, False),
        (1, {"HTTP_X_FORWARDED_FOR": "10.0.0.1, 203.0.113.7"}, True),
        (1, {"HTTP_VIA": "1.1 balancer"}, False),
        (1, {"HTTP_VIA": "1.1 vpn, 1.1 balancer"}, True),
    ],
)
def test_a_proxy_is_seen_where_it_says_so_and_is_not_a_trusted_one(
    settings: object, trusted: int, headers: dict[str, str], through: bool
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = trusted  # type: ignore[attr-defined]
    assert came_through_proxy(RequestFactory().get("/", **headers)) == through  # type: ignore[arg-type]


def test_a_visit_notes_whether_it_came_through_a_proxy(cast: Cast, client_of: SignIn) -> None:
    client_of(cast.assistant).get(f"/t/{cast.team.slug}/", HTTP_VIA="1.1 vpn")
    client_of(cast.merchant).get(f"/t/{cast.team.slug}/")
    assert set(WorkSession.objects.values_list("membership", "through_proxy")) == {
        (cast.assistant.pk, True),
        (cast.merchant.pk, False),
    }


# A supplier


def test_the_open_orders_of_a_supplier_with_disputes_are_a_click_away(
    cast: Cast, other_cast: Cast, client_of: SignIn
) -> None:
    lamps = Supplier.objects.create(team=cast.team, name="Lamp factory")
    disputed = [make_supplier_order(cast.team, supplier=lamps) for _ in range(10)]
    incident = make_incident(cast.team, cast.merchant, disputed)
    Closure.objects.filter(incident=incident).update(origin=Closure.Origin.DISPUTE)
    coming = [make_supplier_order(cast.team, supplier=lamps, status_code="shipped") for _ in range(60)]
    make_supplier_order(cast.team, supplier=lamps, status_code="completed")
    client = client_of(cast.assistant)
    assert url(cast, "supplier", lamps.pk) in client.get(url(cast, "checklist")).content.decode()
    client.get(url(cast, "supplier", lamps.pk))
    with CaptureQueriesContext(connection) as queries:
        first = client.get(url(cast, "supplier", lamps.pk))
    assert len(queries) <= 12
    second = client.get(url(cast, "supplier", lamps.pk) + first.context["page"].next_query)
    listed = [order.pk for page in (first, second) for order in page.context["page"].rows]
    assert sorted(listed) == sorted(order.pk for order in coming)
    assert client_of(other_cast.merchant).get(url(cast, "supplier", lamps.pk)).status_code == 404
