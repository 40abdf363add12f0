"""Daily totals are what a recount of the orders says, whatever happened to the orders and whoever counted when."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.models import Team
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.imports.models import Import
from closedorders.orderfiles.samples import aliexpress_extension_csv, link_csv, shopify_csv
from closedorders.orders.actions.stubs import ensure_supplier_orders
from closedorders.orders.bulk.actions import apply_bulk_edit, undo_bulk_edit
from closedorders.orders.bulk.plan import VERBS
from closedorders.orders.models import StoreOrder, Supplier, SupplierOrder
from closedorders.risk import tasks, window
from closedorders.risk.models import ChangedDay, DailyTotal, TotalsState, WindowDay
from closedorders.risk.totals import DayTotal, daily_totals, days_to_read, due_teams, mark_changed, settle
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_incident,
    make_store,
    make_store_order,
    make_supplier_order,
)
from tests.imports.files import START, import_file
from tests.imports.undo.orders import undo

MAKERS: list[Callable[..., bytes]] = [
    aliexpress_extension_csv,
    aliexpress_extension_csv,
    shopify_csv,
    link_csv,
]
EVER = date(2020, 1, 1), date(2030, 1, 1)


def recount(team: Team) -> set[DayTotal]:
    """Every order of the team, one by one."""
    found: dict[tuple[int | None, date, str], tuple[int, int, Decimal]] = {}
    for order in SupplierOrder.objects.filter(team=team, placed_at__isnull=False):
        assert order.placed_at is not None
        key = order.buyer_account_id, order.placed_at.astimezone(team.zone).date(), order.currency
        orders, costed, spent = found.get(key, (0, 0, Decimal(0)))
        found[key] = orders + 1, costed + (order.cost is not None), spent + (order.cost or 0)
    return {DayTotal(*key, *figures) for key, figures in found.items()}


def totals(team: Team) -> set[DayTotal]:
    found = daily_totals(team, *EVER)
    assert len(set(found)) == len(found)
    assert [total.day for total in found] == sorted(total.day for total in found)
    return set(found)


@pytest.mark.parametrize("seed", range(5))
def test_totals_equal_a_recount_under_imports_undo_and_bulk_edits(cast: Cast, seed: int) -> None:
    chance = random.Random(seed)
    store = make_store(cast.team, currency="EUR")
    accounts = [make_buyer_account(cast.team) for _ in range(2)]
    imports: list[Import] = []
    edits = []

    def import_orders() -> None:
        shape = {"orders": chance.choice([8, 14]), "seed": chance.choice([3, 7]), "days": 6}
        start = START + timedelta(days=chance.choice([0, 0, 2]))
        make = chance.choice(MAKERS)
        account = chance.choice([*accounts, None])
        content = make(start=start, **shape)
        imports.append(import_file(content, store=store, by=cast.assistant, account=account))

    def undo_one() -> None:
        if imports:
            undo(imports.pop(chance.randrange(len(imports))), by=cast.merchant)

    def name_account() -> None:
        chosen = list(StoreOrder.objects.filter(team=cast.team).values_list("pk", flat=True)[:6])
        edits.append(
            apply_bulk_edit(
                team=cast.team,
                verb=VERBS["buyer_account"],
                order_ids=chosen,
                params={"account": chance.choice(accounts).pk, "over": True},
                key=str(chance.random()),
                by=cast.merchant,
            )
        )

    def undo_edit() -> None:
        if edits:
            undo_bulk_edit(edit=edits.pop(), by=cast.merchant)

    def paste_numbers() -> None:
        numbers = list(SupplierOrder.objects.filter(team=cast.team).values_list("number", flat=True)[:5])
        ensure_supplier_orders(
            team=cast.team,
            numbers=[*numbers, "8201000000000001"],
            buyer_account=accounts[0],
            by=cast.assistant,
        )

    def count() -> None:
        settle(cast.team.pk)

    def move_team() -> None:
        cast.team.time_zone = chance.choice(["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
        cast.team.save()

    import_orders()
    count()
    ways = [
        import_orders,
        import_orders,
        undo_one,
        name_account,
        undo_edit,
        paste_numbers,
        count,
        count,
        move_team,
    ]
    for _ in range(10):
        way = chance.choice(ways)
        try:
            way()
        except Refused:
            continue
        assert totals(cast.team) == recount(cast.team), way.__name__
    count()
    assert not ChangedDay.objects.exists()
    stored = DailyTotal.objects.values_list("buyer_account", "day", "currency", "orders", "costed", "spent")
    assert {DayTotal(*row) for row in stored} == recount(cast.team) == totals(cast.team)


def test_a_day_is_the_teams_own(cast: Cast) -> None:
    cast.team.time_zone = "America/Los_Angeles"
    cast.team.save()
    # 02:00 in Madrid on the 24th is still the 23rd there.
    make_supplier_order(cast.team, placed_at=datetime(2026, 11, 24, 2, tzinfo=ZoneInfo("Europe/Madrid")))
    for count_first in (False, True):
        if count_first:
            settle(cast.team.pk)
        found = daily_totals(cast.team, date(2026, 11, 23), date(2026, 11, 23))
        assert [total.orders for total in found] == [1]
        assert daily_totals(cast.team, date(2026, 11, 24), date(2026, 11, 24)) == []


def test_another_teams_orders_are_not_counted(cast: Cast, other_cast: Cast) -> None:
    make_supplier_order(other_cast.team)
    make_supplier_order(cast.team)
    settle(cast.team.pk)
    assert sum(total.orders for total in daily_totals(cast.team, *EVER)) == 1


def test_a_mark_that_comes_while_days_are_counted_is_not_lost(cast: Cast) -> None:
    order = make_supplier_order(cast.team, cost=Decimal(5))
    settle(cast.team.pk)
    assert order.placed_at is not None
    SupplierOrder.objects.filter(pk=order.pk).update(cost=Decimal(7))
    day = order.placed_at.date()
    for _ in range(2):
        ChangedDay.objects.create(team=cast.team, day=day)
    assert [total.spent for total in daily_totals(cast.team, *EVER)] == [Decimal(7)]
    settle(cast.team.pk)
    assert DailyTotal.objects.get().spent == Decimal(7)
    assert not ChangedDay.objects.exists()


def test_reading_counted_totals_costs_the_same_for_two_orders_and_fifty(cast: Cast) -> None:
    def queries() -> int:
        settle(cast.team.pk)
        with CaptureQueriesContext(connection) as found:
            daily_totals(cast.team, *EVER)
        return len(found)

    for _ in range(2):
        make_supplier_order(cast.team)
    few = queries()
    for _ in range(48):
        make_supplier_order(cast.team)
    TotalsState.objects.all().delete()
    assert queries() == few == 3


def test_the_sweep_finds_the_teams_that_are_to_be_counted(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cast.team in due_teams()
    settle(cast.team.pk)
    assert cast.team not in due_teams()
    ChangedDay.objects.create(team=cast.team, day=date(2026, 11, 1))
    assert cast.team in due_teams()
    tasks.settle_totals(cast.team.pk)
    assert cast.team not in due_teams()
    cast.team.time_zone = "Asia/Tokyo"
    cast.team.save()
    assert cast.team in due_teams()


# The other counts of the last 30 days


def counts(team: Team, now: datetime) -> tuple[int | None, dict[int, dict[str, int]], dict[str, list[int]]]:
    with timezone.override(team.zone):
        changed = days_to_read(team, (now - timedelta(days=60)).date(), timezone.localdate(now))
        found = window.window(team, now, changed)
    return (
        found.hour,
        {account: dict(countries) for account, countries in found.countries.items() if countries},
        dict(found.methods),
    )


def test_stored_days_say_what_the_orders_say_and_a_changed_day_is_read_anew(cast: Cast) -> None:
    now = timezone.now()
    account, store = make_buyer_account(cast.team), make_store(cast.team)
    for ago in (0, 1, 1, 5, 31):
        make_supplier_order(
            cast.team,
            make_store_order(store, ship_country="FR" if ago else "ES"),
            buyer_account=account,
            payment_method="card",
            paid_at=now,
            placed_at=now - timedelta(days=ago),
        )
    live = counts(cast.team, now)
    assert live[1] == {account.pk: {"ES": 1, "FR": 3}}
    assert live[2] == {"card": [4, 4, 3]}
    settle(cast.team.pk)
    assert window.fill(cast.team.pk) == 30
    assert counts(cast.team, now) == live
    with CaptureQueriesContext(connection) as queries:
        counts(cast.team, now)
    assert len(queries) == 6
    # Also on a day for which nothing was added up yet.
    TotalsState.objects.update(window=None)
    assert counts(cast.team, now) == live
    # Of a day that is over nothing is read from the orders, unless they are marked as changed.
    SupplierOrder.objects.filter(placed_at__lt=now - timedelta(days=4)).update(payment_method="other")
    assert counts(cast.team, now) == live
    mark_changed(cast.team, [now - timedelta(days=5)])
    changed = {"card": [3, 3, 2], "other": [1, 1, 1]}
    assert counts(cast.team, now)[2] == changed
    settle(cast.team.pk)
    assert counts(cast.team, now)[2] == changed
    assert window.fill(cast.team.pk) == 1
    assert counts(cast.team, now)[2] == changed
    # A country that came later is counted within a day.
    StoreOrder.objects.update(ship_country="IT")
    assert counts(cast.team, now)[1] == {account.pk: {"FR": 3, "IT": 1}}
    WindowDay.objects.update(counted_at=now - timedelta(hours=21))
    assert window.fill(cast.team.pk) == 30
    assert counts(cast.team, now)[1] == {account.pk: {"IT": 4}}


def test_days_of_another_time_zone_are_not_mixed_in(cast: Cast) -> None:
    now = timezone.now()
    make_supplier_order(cast.team, payment_method="card", placed_at=now - timedelta(days=2))
    settle(cast.team.pk)
    window.fill(cast.team.pk)
    cast.team.time_zone = "Pacific/Auckland"
    cast.team.save()
    WindowDay.objects.update(counts={"hour": 99, "countries": {}, "methods": {}})
    assert counts(cast.team, now)[0] == 1
    assert window.fill(cast.team.pk) == 0
    settle(cast.team.pk)
    assert not WindowDay.objects.exists()


def test_of_a_large_team_suppliers_are_counted_by_a_worker(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    lamps = Supplier.objects.create(team=cast.team, name="Lamp factory")
    orders = [make_supplier_order(cast.team, supplier=lamps) for _ in range(3)]
    incident = make_incident(cast.team, cast.merchant, orders[:2])
    Closure.objects.filter(incident=incident).update(origin=Closure.Origin.DISPUTE)
    live = [window.Disputes(lamps.pk, "Lamp factory", 2, 3, 0)]
    settle(cast.team.pk)
    window.fill(cast.team.pk)
    orders[2].delete()
    assert window.suppliers(cast.team, timezone.now()) == [live[0]._replace(orders=2)]
    make_supplier_order(cast.team, supplier=lamps)
    monkeypatch.setattr(window, "MANY_ORDERS", 3)
    window.fill(cast.team.pk)
    Closure.objects.filter(incident=incident).update(origin="")
    with CaptureQueriesContext(connection) as queries:
        assert window.suppliers(cast.team, timezone.now()) == live
    assert len(queries) == 1
    assert window.suppliers(cast.team, now + timedelta(hours=3)) == []
