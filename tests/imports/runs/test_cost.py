"""What a run costs, and what it leaves behind."""

from __future__ import annotations

import gc
from contextlib import suppress

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from closedorders.imports import actions as import_actions
from closedorders.imports import tasks
from closedorders.imports.runs import claims, saving
from closedorders.orderfiles.reader import Reading
from closedorders.orderfiles.samples import shopify_csv
from closedorders.orders.models import Store
from tests.cast import Cast
from tests.factories import make_store
from tests.imports.files import (
    START,
    csv_file,
    import_file,
    preview,
    shopify_row,
)
from tests.imports.runs.results import Killed


@pytest.mark.parametrize(("bad_rows", "is_read_ahead"), [(3, True), (4, False)])
def test_others_do_not_wait_for_bad_rows_that_are_read_while_a_batch_is_written(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch, bad_rows: int, is_read_ahead: bool
) -> None:
    monkeypatch.setattr(saving, "_ROWS_BESIDE_ORDERS", 3)
    ahead: list[object] = []
    monkeypatch.setattr(saving, "check_keys", lambda *, meanwhile: ahead.append(meanwhile))
    rows = [shopify_row(Name=f"#{n}", Total="x" if n < bad_rows else "5.00") for n in range(bad_rows + 1)]
    saved = import_file(csv_file(rows), store=store, by=cast.assistant)
    assert (saved.rows_rejected, saved.orders_new) == (bad_rows, 1)
    assert bool(ahead) is is_read_ahead


def test_a_run_leaves_the_garbage_collector_as_it_was() -> None:
    usual = gc.get_threshold()
    with suppress(Killed), claims.only_new_objects_collected():
        with claims.only_new_objects_collected():
            pass
        assert gc.get_freeze_count(), "a run within it leaves that to it"
        assert gc.get_threshold() != usual
        raise Killed
    assert (gc.get_freeze_count(), gc.get_threshold()) == (0, usual)


def test_nothing_of_a_file_is_kept_in_memory_when_its_run_is_over(cast: Cast, store: Store) -> None:
    gc.collect()
    import_file(shopify_csv(orders=5, start=START), store=store, by=cast.assistant)
    # By type: `isinstance` asks lazy objects of other tests what they are, and some then fail.
    assert not [each for each in gc.get_objects() if issubclass(type(each), Reading)]


def test_a_batch_costs_the_same_queries_however_many_orders_it_has(cast: Cast, store: Store) -> None:
    spent = []
    for orders in (30, 90):
        other = make_store(cast.team)
        content = shopify_csv(orders=orders, start=START, seed=orders)
        source = preview(content, store=other, by=cast.assistant)
        import_actions.save_import(source=source, by=cast.assistant)
        with CaptureQueriesContext(connection) as queries:
            tasks.commit_import(source.pk)
        # SQLite takes few parameters, so one insert may become several statements there.
        spent.append(sum(not q["sql"].startswith("INSERT") for q in queries))
    assert spent[1] <= spent[0] + 1


@pytest.mark.parametrize("case", ["moved to another customer", "seconds cut off", "first without days"])
def test_a_file_saved_twice_changes_nothing_the_second_time_whatever_was_there(
    cast: Cast, store: Store, case: str
) -> None:
    def row(name: str, email: str, day: str, person: str) -> dict[str, str]:
        return shopify_row(Name=name, Email=email, Created_at=day, Billing_Name=person)

    early, late = "2026-09-01 10:00:26 +0200", "2026-09-10 10:00:26 +0200"
    first = [row("#1", "a@x.example", early, "Ana"), row("#2", "a@x.example", late, "Ana B")]
    match case:
        case "moved to another customer":
            second = [first[0], row("#2", "other@x.example", late, "Ana B")]
        case "seconds cut off":
            second = [first[0], row("#2", "a@x.example", "2026-09-10 10:00:00 +0200", "Ana C")]
        case _:
            first = [{**each, "Created at": ""} for each in first]
            second = [row("#1", "a@x.example", late, "Ana"), row("#2", "a@x.example", early, "Ana B")]
    import_file(csv_file(first), store=store, by=cast.merchant)
    import_file(csv_file(second), store=store, by=cast.merchant)
    again = preview(csv_file(second), store=store, by=cast.merchant)
    assert (again.orders_new, again.orders_changed, again.orders_unchanged) == (0, 0, 2)
