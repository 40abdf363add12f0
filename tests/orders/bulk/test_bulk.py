"""One thing done to many orders: who is left out and why, all that match, once, and back within ten minutes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.audit.verbs import VERBS as AUDIT_VERBS
from closedorders.accounts.models import AuditEvent, Membership
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.orders.actions.orders import promise_order_by
from closedorders.orders.bulk import plan as bulk
from closedorders.orders.bulk.actions import apply_bulk_edit, undo_bulk_edit
from closedorders.orders.bulk.plan import VERBS, packed, unpacked
from closedorders.orders.models import BulkEdit, BulkEditRow, Store, StoreOrder, SupplierOrder
from closedorders.orders.views import bulk as order_bulk
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_customer,
    make_incident,
    make_store,
    make_store_order,
    make_supplier_order,
    reason,
)
from tests.imports.files import csv_file, import_file, shopify_row, text

ClientOf = Callable[[Membership | None], Client]
DAY: dict[str, Any] = {"promised_by": "2026-12-03"}


@pytest.fixture
def store(cast: Cast) -> Store:
    return make_store(cast.team)


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(f"orders:{name}", args=[cast.team.slug, *args])


def apply(
    cast: Cast, verb: str, *orders: StoreOrder, by: Membership | None = None, **wanted: Any
) -> BulkEdit:
    return apply_bulk_edit(
        team=cast.team,
        verb=VERBS[verb],
        order_ids=[order.pk for order in orders],
        params=wanted,
        key=f"key {BulkEdit.objects.count()}",
        by=by or cast.merchant,
    )


def lacks_reason(order: StoreOrder) -> bool:
    return StoreOrder.objects.get(pk=order.pk).lacks_reason


def codes(edit: BulkEdit) -> dict[str, str]:
    return {each["number"]: each["code"] for each in edit.exceptions}


def carried(page: str) -> dict[str, str]:
    """The hidden fields of the page that asks."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def ask(browser: Client, cast: Cast, verb: str, **chosen: Any) -> str:
    return text(browser.get(url(cast, "bulk"), {"verb": verb, **chosen}, follow=True))


# --- From the list to the result ---


def test_ticked_orders_are_asked_about_changed_and_can_be_undone_from_the_list(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    one, two, other = (make_store_order(store, number=f"#{number}") for number in (1, 2, 3))
    cancelled = make_store_order(store, number="#4", cancelled_at=timezone.now())
    browser = client_of(cast.assistant)
    assert f'name="order" value="{one.pk}" form="bulk"' in text(browser.get(url(cast, "orders")))
    page = ask(browser, cast, "promise", order=[one.pk, two.pk, cancelled.pk])
    assert "3 orders chosen" in page
    assert "Apply to 2 of 3" in page
    assert "#4" in page
    assert "cancelled in the store" in page
    assert not BulkEdit.objects.exists()

    page = text(browser.post(url(cast, "bulk_applying"), carried(page) | DAY, follow=True))
    assert "2 orders changed." in page
    assert "1 not: see below." in page
    assert set(StoreOrder.objects.filter(promised_by=date(2026, 12, 3))) == {one, two}
    banner = text(browser.get(url(cast, "orders")))
    assert "You changed 2 orders: Set the promised date" in banner
    edit = BulkEdit.objects.get()
    assert url(cast, "bulk_undo", edit.pk) in banner

    page = text(browser.post(url(cast, "bulk_undo", edit.pk), follow=True))
    assert "2 orders are as they were before." in page
    assert not StoreOrder.objects.exclude(promised_by=None).exists()
    assert "You changed 2 orders" not in text(browser.get(url(cast, "orders")))
    other.refresh_from_db()
    assert other.promised_by is None


def test_all_that_match_are_those_of_every_page_and_of_the_search(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    ana = make_customer(store, name="Ana Belén")
    mine = [make_store_order(store, ana) for _ in range(60)]
    make_store_order(store, make_customer(store, name="Zoe"))
    browser = client_of(cast.merchant)
    page = ask(browser, cast, "tag_add", all_matching="1", query="q=Ana&before=5", order=[mine[0].pk])
    assert "Apply to all 60" in page
    assert url(cast, "orders") + "?q=Ana" in page
    page = text(browser.post(url(cast, "bulk_applying"), carried(page) | {"tag": "VIP"}, follow=True))
    assert "60 orders changed." in page
    assert StoreOrder.objects.filter(tags="VIP").count() == 60


def test_all_of_a_saved_view_are_chosen_and_no_other(cast: Cast, store: Store, client_of: ClientOf) -> None:
    lacking, other = make_store_order(store), make_store_order(store)
    make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, lacking)])
    make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, other)], reason=reason("travel"))
    browser = client_of(cast.assistant)
    page = ask(browser, cast, "reason", all_matching="1", query="view=no_reason")
    assert "1 order chosen" in page
    browser.post(url(cast, "bulk_applying"), carried(page) | {"reason": "card_check"})
    assert not lacks_reason(lacking)
    assert Closure.objects.get(supplier_order__store_order=other).reason == reason("travel")


def test_what_is_done_is_done_to_the_orders_that_were_shown(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    shown = make_store_order(store)
    browser = client_of(cast.merchant)
    page = ask(browser, cast, "tag_add", all_matching="1", query="")
    later = make_store_order(store)
    browser.post(url(cast, "bulk_applying"), carried(page) | {"tag": "VIP"})
    assert list(StoreOrder.objects.filter(tags="VIP")) == [shown]
    later.refresh_from_db()
    assert later.tags == ""


def test_a_form_sent_twice_is_done_once(cast: Cast, store: Store, client_of: ClientOf) -> None:
    order = make_store_order(store)
    browser = client_of(cast.merchant)
    form = carried(ask(browser, cast, "tag_add", order=[order.pk])) | {"tag": "VIP"}
    first = browser.post(url(cast, "bulk_applying"), form)
    again = browser.post(url(cast, "bulk_applying"), form)
    assert first["Location"] == again["Location"]
    assert BulkEdit.objects.count() == 1
    assert AuditEvent.objects.filter(verb="order_tags_changed").count() == 1


def test_the_page_that_asks_can_be_come_back_to_and_changes_nothing(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store, number="#1001")
    browser = client_of(cast.merchant)
    address = f"{url(cast, 'bulk')}?verb=tag_add&order={order.pk}"
    browser.post(url(cast, "bulk_applying"), carried(text(browser.get(address))) | {"tag": "VIP"})
    again = browser.get(address)
    assert (again.status_code, "1 order chosen" in text(again)) == (200, True)
    spanish = browser.post("/language/", {"language": "es", "next": again.wsgi_request.get_full_path()})
    assert "1 pedido elegido" in text(browser.get(spanish["Location"]))
    assert BulkEdit.objects.count() == 1


@pytest.mark.parametrize("verb", ["tag_add", "buyer_account"])
def test_a_page_names_the_first_of_many_orders_left_out_and_counts_them_all(
    cast: Cast, store: Store, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr(bulk, "BATCH", 20)
    account = make_buyer_account(cast.team)
    orders = [make_store_order(store, number=f"#{number:03}", tags="VIP") for number in range(90)]
    for order in orders[70:]:
        make_supplier_order(cast.team, order)
    form = {"tag": "VIP", "account": account.pk, "over": ""}
    browser = client_of(cast.merchant)
    asked = ask(browser, cast, verb, order=[order.pk for order in orders])
    if verb == "buyer_account":
        assert "Apply to 20 of 90" in asked
        assert "70 orders are left out: see below." in asked
        assert ("#049" in asked, "#050" in asked, "and 20 more" in asked) == (True, False, True)
    browser.post(url(cast, "bulk_applying"), carried(asked) | form)
    edit = BulkEdit.objects.get()
    assert (edit.matched, edit.changed, edit.excepted) == (
        (90, 20, 70) if verb == "buyer_account" else (90, 0, 90)
    )
    assert len(edit.exceptions) == edit.excepted


def test_a_value_that_does_not_fit_is_asked_for_again_with_the_same_orders(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    browser = client_of(cast.merchant)
    form = carried(ask(browser, cast, "promise", order=[order.pk]))
    answer = browser.post(url(cast, "bulk_applying"), form | {"promised_by": "soon"})
    assert answer.status_code == 422
    assert carried(text(answer))["chosen"] == str(order.pk)
    assert not BulkEdit.objects.exists()


def test_when_nothing_can_be_done_the_page_says_why_and_has_no_button(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store, number="#77")
    page = ask(client_of(cast.merchant), cast, "buyer_account", order=[order.pk])
    assert "no AliExpress order" in page
    assert "#77" in page
    assert url(cast, "bulk_applying") not in page


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"verb": "", "order": "1"}, "Choose what to do"),
        ({"verb": "sell", "order": "1"}, "Choose what to do"),
        ({"verb": "promise"}, "Tick the orders first"),
        ({"verb": "promise", "order": "x"}, "Tick the orders first"),
        ({"verb": "promise", "all_matching": "1", "query": "q=nobody"}, "No order matches any more"),
        ({"verb": "promise", "all_matching": "1", "query": "view=unmatched"}, "No order matches any more"),
    ],
)
def test_an_incomplete_choice_changes_nothing_and_says_so(
    cast: Cast, store: Store, client_of: ClientOf, form: dict[str, str], sentence: str
) -> None:
    make_store_order(store)
    page = text(client_of(cast.merchant).get(url(cast, "bulk"), form, follow=True))
    assert sentence in page


@pytest.mark.parametrize("page", ["bulk", "bulk_applying"])
def test_another_language_asked_for_on_a_page_of_bulk_edits_leads_to_the_list(
    cast: Cast, store: Store, client_of: ClientOf, page: str
) -> None:
    make_store_order(store, number="#1001")
    browser = client_of(cast.merchant)
    answer = text(browser.post("/language/", {"language": "es", "next": url(cast, page)}, follow=True))
    assert "#1001" in answer
    assert "Elige primero qué hacer con estos pedidos. No se ha cambiado nada." in answer
    assert not BulkEdit.objects.exists()


def test_a_promised_day_of_another_century_is_not_taken_for_many_orders(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    browser = client_of(cast.merchant)
    form = carried(ask(browser, cast, "promise", order=[order.pk])) | {"promised_by": "0206-12-01"}
    assert "This day is more than ten years away." in text(browser.post(url(cast, "bulk_applying"), form))
    assert not BulkEdit.objects.exists()


def test_more_than_a_bulk_edit_takes_are_refused(
    cast: Cast, store: Store, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    for _ in range(3):
        make_store_order(store)
    page = ask(client_of(cast.merchant), cast, "promise", all_matching="1")
    assert "More than 2 orders match." in page


def test_the_list_says_how_many_select_all_would_take_or_that_they_are_too_many(
    cast: Cast, store: Store, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = make_customer(store, name="Ana Belén")
    for _ in range(52):
        make_store_order(store, ana)
    make_store_order(store)
    browser = client_of(cast.merchant)
    page = text(browser.get(url(cast, "orders"), {"q": "Ana"}))
    asked = re.search(r'hx-get="([^"]*/bulk/matching/[^"]*)"', page)
    assert asked, "of a filtered list of several pages nobody has counted yet"
    answer = text(browser.get(unescape(asked[1])))
    assert "Select all 52 that match" in answer
    assert "hx-get" not in answer
    monkeypatch.setattr(order_bulk, "MOST", 51)
    answer = text(browser.get(unescape(asked[1])))
    assert "More than 51 match: filter further to select all" in answer
    assert "data-bulk-too-many" in answer


def test_the_orders_travel_in_a_form_and_nothing_else_is_read_from_it() -> None:
    assert unpacked(packed([7, 3, 12])) == [3, 7, 12]
    for garbage in ("", "1.", "a", "1.-1", "1.0", "9" * 19, "1" + ".1" * bulk.MOST, "٣"):
        with pytest.raises(Refused):
            unpacked(garbage)


# --- Whose ---


def test_another_teams_orders_are_ignored(
    cast: Cast, other_cast: Cast, store: Store, client_of: ClientOf
) -> None:
    mine, theirs = make_store_order(store), make_store_order(make_store(other_cast.team))
    browser = client_of(cast.merchant)
    page = ask(browser, cast, "tag_add", order=[mine.pk, theirs.pk])
    assert "1 order chosen" in page
    form = carried(page) | {"tag": "VIP", "chosen": packed([mine.pk, theirs.pk])}
    browser.post(url(cast, "bulk_applying"), form)
    theirs.refresh_from_db()
    assert theirs.tags == ""
    assert BulkEdit.objects.get().matched == 1
    assert "Tick the orders first" in ask(browser, cast, "tag_add", order=[theirs.pk])


def test_another_teams_account_or_reason_cannot_be_set(
    cast: Cast, other_cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    make_supplier_order(cast.team, order)
    browser = client_of(cast.merchant)
    form = carried(ask(browser, cast, "buyer_account", order=[order.pk]))
    theirs = make_buyer_account(other_cast.team)
    assert browser.post(url(cast, "bulk_applying"), form | {"account": theirs.pk}).status_code == 422


def test_a_reviewer_and_another_team_change_nothing(cast: Cast, other_cast: Cast, store: Store) -> None:
    order = make_store_order(store)
    edit = apply(cast, "tag_add", order, tag="VIP")
    for by in (cast.reviewer, other_cast.merchant):
        with pytest.raises(Refused):
            apply(cast, "tag_add", order, by=by, tag="No")
        with pytest.raises(Refused):
            undo_bulk_edit(edit=edit, by=by)
    order.refresh_from_db()
    assert order.tags == "VIP"


def test_an_assistant_undoes_her_own_and_a_merchant_anybodys(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store)
    his = apply(cast, "tag_add", order, tag="His")
    assert "Undo" not in text(client_of(cast.assistant).get(url(cast, "orders")))
    with pytest.raises(Refused, match="merchant"):
        undo_bulk_edit(edit=his, by=cast.assistant)
    hers = apply(cast, "tag_add", order, by=cast.assistant, tag="Hers")
    banner = text(client_of(cast.merchant).get(url(cast, "orders")))
    assert f"{cast.assistant.user} changed 1 order: Add a tag" in banner
    assert undo_bulk_edit(edit=hers, by=cast.merchant).restored == 1
    order.refresh_from_db()
    assert order.tags == "His"


# --- Undo ---


def test_an_undo_comes_too_late_after_ten_minutes(cast: Cast, store: Store, client_of: ClientOf) -> None:
    order = make_store_order(store)
    edit = apply(cast, "tag_add", order, tag="VIP")
    BulkEdit.objects.update(created_at=timezone.now() - timedelta(minutes=10, seconds=1))
    with pytest.raises(Refused, match="ten minutes"):
        undo_bulk_edit(edit=edit, by=cast.merchant)
    browser = client_of(cast.merchant)
    assert "Undo" not in text(browser.get(url(cast, "orders")))
    assert url(cast, "bulk_undo", edit.pk) not in text(browser.get(url(cast, "bulk_edit", edit.pk)))
    assert "more than ten minutes old" in text(browser.post(url(cast, "bulk_undo", edit.pk), follow=True))


def test_the_list_reads_of_recent_edits_only_what_it_shows(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    apply(cast, "promise", make_store_order(store, number="#1"), **DAY)
    browser = client_of(cast.merchant)
    with CaptureQueriesContext(connection) as queries:
        assert "You changed 1 order" in text(browser.get(url(cast, "orders")))
    read = [each["sql"] for each in queries if "orders_bulkedit" in each["sql"]]
    assert len(read) == 1
    assert not re.search("exceptions|params", read[0])


def test_an_undo_happens_once(cast: Cast, store: Store) -> None:
    edit = apply(cast, "tag_add", make_store_order(store), tag="VIP")
    undo_bulk_edit(edit=edit, by=cast.merchant)
    with pytest.raises(Refused, match="undone already"):
        undo_bulk_edit(edit=edit, by=cast.merchant)


def test_more_orders_than_are_read_at_once_are_changed_and_put_back(cast: Cast, store: Store) -> None:
    orders = [make_store_order(store, tags=f"old {number}") for number in range(2 * bulk.BATCH + 5)]
    edit = apply(cast, "tag_add", *orders, tag="VIP")
    assert edit.changed == StoreOrder.objects.filter(tags__endswith=", VIP").count() == len(orders)
    StoreOrder.objects.filter(pk=orders[-1].pk).update(tags="mine")
    undone = undo_bulk_edit(edit=edit, by=cast.merchant)
    assert (undone.restored, undone.left) == (len(orders) - 1, [orders[-1].number])
    assert set(StoreOrder.objects.values_list("tags", flat=True)) == {
        "mine",
        *(order.tags for order in orders[:-1]),
    }


def test_an_undo_leaves_and_names_what_somebody_changed_since(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    one, two = make_store_order(store, number="#1"), make_store_order(store, number="#2")
    edit = apply(cast, "promise", one, two, **DAY)
    StoreOrder.objects.filter(pk=two.pk).update(promised_by=date(2026, 12, 24))
    page = text(client_of(cast.merchant).post(url(cast, "bulk_undo", edit.pk), follow=True))
    assert "1 was changed since and stays as it is now:" in page
    assert "#2" in page
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.promised_by, two.promised_by) == (None, date(2026, 12, 24))


def test_earlier_values_are_not_kept_for_ever(cast: Cast, store: Store) -> None:
    order = make_store_order(store)
    old = apply(cast, "tag_add", order, tag="VIP")
    BulkEdit.objects.update(created_at=timezone.now() - timedelta(days=2))
    apply(cast, "tag_add", order, tag="Late")
    assert not BulkEditRow.objects.filter(edit=old).exists()
    assert BulkEdit.objects.filter(pk=old.pk).exists()


# --- Each verb ---


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
    assert len(VERBS) == 6
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


# --- The trail, and the price ---


def test_each_order_tells_what_happened_to_it_and_no_address_is_in_the_trail(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    order = make_store_order(store, tags="bo@example.net")
    edit = apply(cast, "tag_add", order, tag="VIP")
    undo_bulk_edit(edit=edit, by=cast.merchant)
    page = text(client_of(cast.merchant).get(url(cast, "order", order.pk)))
    assert page.count("Changed the tags") == 2
    assert "VIP" in page
    for event in AuditEvent.objects.all():
        assert "bo@example.net" not in f"{event.before}{event.after}"
    trail = text(client_of(cast.merchant).get(reverse("team:audit", args=[cast.team.slug])))
    assert "Changed many orders at once" in trail
    assert "What was done: Add a tag" in trail
    assert "Took back a change of many orders" in trail


def test_two_orders_cost_as_many_queries_as_fifty(cast: Cast, store: Store, client_of: ClientOf) -> None:
    account = make_buyer_account(cast.team)
    wanted: dict[str, dict[str, Any]] = {
        "promise": DAY,
        "tag_add": {"tag": "VIP"},
        "tag_remove": {"tag": "VIP"},
        "promise_clear": {},
        "buyer_account": {"account": account.pk, "over": False},
        "reason": {"reason": reason("travel").pk},
    }
    browser = client_of(cast.merchant)
    spent: dict[str, list[int]] = {}
    for number in (2, 50):
        orders = [make_store_order(store) for _ in range(number)]
        make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, order) for order in orders])
        browser.get(url(cast, "orders"))
        for verb, values in wanted.items():
            with CaptureQueriesContext(connection) as queries:
                ask(browser, cast, verb, order=[order.pk for order in orders])
            spent.setdefault(f"ask {verb}", []).append(len(queries))
            with CaptureQueriesContext(connection) as queries:
                edit = apply(cast, verb, *orders, **values)
            assert edit.changed == number, verb
            spent.setdefault(verb, []).append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            undo_bulk_edit(edit=edit, by=cast.merchant)
        spent.setdefault("undo", []).append(len(queries))
    assert all(few == many for few, many in spent.values()), spent


@pytest.mark.parametrize("words", ["maria@ex", "maria＠ex", "maria", "x&q=maria"])
def test_what_a_merchant_searched_for_is_in_no_page_of_the_edit(
    cast: Cast, store: Store, client_of: ClientOf, words: str
) -> None:
    order = make_store_order(store, make_customer(store, name="Ann", email="maria@example.com"))
    page = ask(
        client_of(cast.merchant),
        cast,
        "tag_add",
        order=[order.pk],
        query=f"q={words}&tag=maria%40example.com&view=closed",
    )
    edited = client_of(cast.merchant).post(url(cast, "bulk_applying"), carried(page) | {"tag": "VIP"})
    edit = BulkEdit.objects.get()
    assert edit.params["query"] == "view=closed"
    assert edited["Location"] == url(cast, "bulk_edit", edit.pk)
    # As one was kept before.
    BulkEdit.objects.update(params=edit.params | {"query": f"q={words}&tag=maria%40example.com&view=closed"})
    page = text(client_of(cast.assistant).get(url(cast, "bulk_edit", edit.pk)))
    assert "?view=closed" in page
    assert "maria" not in page


def test_every_order_that_is_left_out_is_in_a_file_whose_first_ones_the_page_names(
    cast: Cast, store: Store, client_of: ClientOf
) -> None:
    orders = [make_store_order(store, number=f"#{number:03}", tags="VIP") for number in range(60)]
    edit = apply(cast, "tag_add", *orders, make_store_order(store, number="#new"), tag="VIP")
    page = text(client_of(cast.assistant).get(url(cast, "bulk_edit", edit.pk)))
    assert "60 not: see below." in page
    assert ("#049" in page, "#050" in page, "and 10 more" in page) == (True, False, True)
    address = url(cast, "bulk_left_out", edit.pk)
    assert address in page
    file = b"".join(client_of(cast.assistant).get(address).streaming_content).decode()  # type: ignore[attr-defined]  # the test client's answers have no public type
    lines = file.splitlines()
    assert lines[0] == "\ufeffOrder,Why it is left out"
    assert lines[1:] == [f"#{number:03},has this tag already" for number in range(60)]


def test_the_query_of_a_list_is_taken_without_its_page() -> None:
    query = bulk.list_query(QueryDict("query=q%3DAna%26before%3D5%26view%3Dclosed"))
    assert query.dict() == {"q": "Ana", "view": "closed"}
    assert bulk.list_query(QueryDict("query=q%3D%25%250000%2500%26view%3D%2500closed"))["q"] == "%00"
