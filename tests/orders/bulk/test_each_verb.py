"""Each thing that can be done to many orders at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.audit.verbs import VERBS as AUDIT_VERBS
from closedorders.accounts.models import AuditEvent, Membership
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.orders.actions.orders import promise_order_by
from closedorders.orders.bulk.actions import apply_bulk_edit, undo_bulk_edit
from closedorders.orders.bulk.plan import VERBS
from closedorders.orders.models import Store, StoreOrder, SupplierOrder
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_incident,
    make_store_order,
    make_supplier_order,
    reason,
)
from tests.imports.files import csv_file, import_file, shopify_row, text
from tests.orders.bulk.edits import DAY, apply, ask, carried, codes, lacks_reason
from tests.orders.scenes import url

ClientOf = Callable[[Membership | None], Client]


def test_the_promised_date_is_set_and_taken_away(cast: Cast, store: Store) -> None:
    fresh, same = (
        make_store_order(store, number="#1"),
        make_store_order(store, number="#2", promised_by=date(2026, 12, 3)),
    )
    cancelled = make_store_order(store, number="#3", cancelled_at=timezone.now())
    assert codes(apply(cast, "promise", fresh, same, cancelled, **DAY)) == {
        "#2": "has_date",
        "#3": "cancelled",
    }
    assert codes(apply(cast, "promise_clear", fresh, same, cancelled)) == {"#3": "no_date"}
    assert not StoreOrder.objects.exclude(promised_by=None).exists()


def test_an_order_that_was_changed_since_it_was_shown_keeps_its_promise(cast: Cast, store: Store) -> None:
    shown = timezone.now()
    still, moved = make_store_order(store, number="#1"), make_store_order(store, number="#2")
    StoreOrder.objects.filter(pk=still.pk).update(updated_at=shown - timedelta(hours=1))
    edit = apply_bulk_edit(
        team=cast.team,
        verb=VERBS["promise"],
        order_ids=[still.pk, moved.pk],
        params=DAY,
        key="k",
        by=cast.merchant,
        seen=shown,
    )
    assert codes(edit) == {"#2": "changed_meanwhile"}
    assert edit.changed == 1


def test_nobody_was_promised_an_order_for_a_day_before_it_was_placed(cast: Cast, store: Store) -> None:
    # In Madrid the third of December has begun.
    cast.team.time_zone = "Europe/Madrid"
    cast.team.save()
    placed = datetime(2026, 12, 2, 23, 30, tzinfo=UTC)
    young = make_store_order(store, placed_at=placed)
    old, undated = (
        make_store_order(store, placed_at=placed - timedelta(hours=1)),
        make_store_order(store, placed_at=None),
    )
    wanted = {"promised_by": "2026-12-02"}
    keys = [each.pk for each in (young, old, undated)]
    edit = apply_bulk_edit(
        team=cast.team, verb=VERBS["promise"], order_ids=keys, params=wanted, key="one", by=cast.assistant
    )
    assert [(each["order"], each["code"]) for each in edit.exceptions] == [(young.pk, "younger")]
    with pytest.raises(Refused, match="before the order was placed"):
        promise_order_by(order=young, day=date(2026, 12, 2), by=cast.assistant)
    promise_order_by(order=young, day=date(2026, 12, 3), by=cast.assistant)


def test_a_tag_is_added_beside_the_others_and_removed_whatever_its_case(cast: Cast, store: Store) -> None:
    bare = make_store_order(store, number="#1")
    tagged = make_store_order(store, number="#2", tags="gift, Slow")
    has = make_store_order(store, number="#3", tags="vip")
    edit = apply(cast, "tag_add", bare, tagged, has, tag="VIP")
    assert codes(edit) == {"#3": "has_tag"}
    assert [order.tags for order in StoreOrder.objects.order_by("pk")] == ["VIP", "gift, Slow, VIP", "vip"]
    edit = apply(cast, "tag_remove", bare, tagged, has, tag="slow")
    assert codes(edit) == {"#1": "no_tag", "#3": "no_tag"}
    tagged.refresh_from_db()
    assert tagged.tags == "gift, VIP"


def test_many_different_tags_are_written_and_put_back(cast: Cast, store: Store) -> None:
    orders = [make_store_order(store, tags=f"batch {number}") for number in range(30)]
    edit = apply(cast, "tag_add", *orders, tag="VIP")
    assert StoreOrder.objects.filter(tags__endswith=", VIP", edited_fields=["tags"]).count() == 30
    undo_bulk_edit(edit=edit, by=cast.merchant)
    assert [order.tags for order in StoreOrder.objects.order_by("pk")] == [order.tags for order in orders]
    assert not StoreOrder.objects.exclude(edited_fields=[]).exists()


def test_different_tags_of_few_orders_cost_as_many_queries_as_those_of_more(cast: Cast, store: Store) -> None:
    spent = []
    for number in (21, 26):  # Both are written by one insert, on SQLite too.
        orders = [make_store_order(store, tags=f"batch {each}") for each in range(number)]
        with CaptureQueriesContext(connection) as queries:
            edit = apply(cast, "tag_add", *orders, tag="VIP")
        spent.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            undo_bulk_edit(edit=edit, by=cast.merchant)
        spent[-1] += len(queries)
    assert spent[0] == spent[1]


def test_tags_changed_here_stay_when_a_file_comes_and_give_way_again_after_undo(
    cast: Cast, store: Store
) -> None:
    import_file(csv_file([shopify_row(Name="#1001", Tags="web")]), store=store, by=cast.merchant)
    order = StoreOrder.objects.get()
    edit = apply(cast, "tag_add", order, tag="VIP")
    order.refresh_from_db()
    assert order.edited_fields == ["tags"]
    import_file(csv_file([shopify_row(Name="#1001", Tags="web, new")]), store=store, by=cast.merchant)
    order.refresh_from_db()
    assert order.tags == "web, VIP"
    undo_bulk_edit(edit=edit, by=cast.merchant)
    order.refresh_from_db()
    assert (order.tags, order.edited_fields) == ("web", [])


def test_the_buyer_account_is_noted_where_none_is_unless_told_otherwise(cast: Cast, store: Store) -> None:
    ours, other = make_buyer_account(cast.team, "Main"), make_buyer_account(cast.team, "Old")
    none, known, without = (make_store_order(store, number=f"#{number}") for number in (1, 2, 3))
    make_supplier_order(cast.team, none)
    make_supplier_order(cast.team, known, buyer_account=other)
    edit = apply(cast, "buyer_account", none, known, without, account=ours.pk, over=False)
    assert codes(edit) == {"#2": "has_account", "#3": "no_supplier_order"}
    edit = apply(cast, "buyer_account", none, known, account=ours.pk, over=True)
    assert codes(edit) == {"#1": "has_account"}
    assert SupplierOrder.objects.filter(buyer_account=ours).count() == 2
    undo_bulk_edit(edit=edit, by=cast.merchant)
    assert SupplierOrder.objects.get(buyer_account=other).store_order == known
    event = AuditEvent.objects.filter(verb="supplier_order_account_set").order_by("pk")[1]
    assert (event.before, event.after) == ({"buyer_account": "Old"}, {"buyer_account": "Main"})


def test_the_accounts_that_are_noted_can_be_chosen_over_although_all_have_one(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    make_supplier_order(cast.team, order, buyer_account=make_buyer_account(cast.team, "Old"))
    main = make_buyer_account(cast.team, "Main")
    browser = client_of(cast.merchant)
    form = carried(ask(browser, cast, "buyer_account", order=[order.pk]))
    browser.post(url(cast, "bulk_applying"), form | {"account": main.pk, "over": "on"})
    assert SupplierOrder.objects.get().buyer_account == main


def test_missing_reasons_are_set_and_where_orders_stand_follows(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    lacking, has, open_ = (make_store_order(store, number=f"#{number}") for number in (1, 2, 3))
    make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, lacking) for _ in range(2)])
    make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, has)], reason=reason("travel"))
    assert lacks_reason(lacking)
    edit = apply(cast, "reason", lacking, has, open_, by=cast.assistant, reason=reason("card_check").pk)
    assert edit.changed == 1
    assert codes(edit) == {"#2": "has_reason", "#3": "no_closure"}
    assert not lacks_reason(lacking)
    assert Closure.objects.filter(reason=reason("card_check")).count() == 2
    assert "Set the reason of a closure" in text(client_of(cast.merchant).get(url(cast, "order", lacking.pk)))
    assert undo_bulk_edit(edit=edit, by=cast.assistant).restored == 1
    assert lacks_reason(lacking)
    assert Closure.objects.filter(reason=None).count() == 2


def test_an_order_of_which_one_closure_changed_since_counts_as_left(cast: Cast, store: Store) -> None:
    order = make_store_order(store, number="#1")
    make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, order) for _ in range(2)])
    edit = apply(cast, "reason", order, reason=reason("card_check").pk)
    Closure.objects.filter(pk=Closure.objects.order_by("pk")[0].pk).update(reason=reason("travel"))
    undone = undo_bulk_edit(edit=edit, by=cast.merchant)
    assert (undone.restored, undone.left) == (0, ["#1"])


def test_every_verb_has_words_in_the_trail_and_for_its_exceptions() -> None:
    assert len(VERBS) == 10
    assert {verb.audit_verb for verb in VERBS.values()} <= AUDIT_VERBS.keys()


@pytest.mark.parametrize(
    ("language", "tag", "account", "why"),
    [
        ("en", ": “VIP”", ": “Main”", ": “Card failed its check”"),
        ("es", ": «VIP»", ": «Main»", ": «La tarjeta no superó su comprobación»"),
    ],
)
def test_a_page_names_the_wanted_value_in_the_quotation_marks_of_its_language(
    cast: Cast, store: Store, client_of: ClientOf, language: str, tag: str, account: str, why: str
) -> None:
    cast.merchant.user.language = language
    cast.merchant.user.save()
    order = make_store_order(store)
    make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, order)])
    edits = {
        tag: apply(cast, "tag_add", order, tag="VIP"),
        account: apply(
            cast, "buyer_account", order, account=make_buyer_account(cast.team, "Main").pk, over=True
        ),
        why: apply(cast, "reason", order, reason=reason("card_check").pk),
    }
    for words, edit in edits.items():
        page = text(client_of(cast.merchant).get(url(cast, "bulk_edit", edit.pk)))
        assert words in page
        assert ("“" in page) == (language == "en")
