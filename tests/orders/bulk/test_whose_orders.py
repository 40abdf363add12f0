"""Whose orders a change of many reaches, and who may make one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from closedorders.accounts.models import Membership
from closedorders.core.refusals import Refused
from closedorders.orders.bulk.actions import undo_bulk_edit
from closedorders.orders.bulk.plan import packed
from closedorders.orders.models import BulkEdit, Store
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_store,
    make_store_order,
    make_supplier_order,
)
from tests.imports.files import text
from tests.orders.bulk.edits import apply, ask, carried
from tests.orders.scenes import url

ClientOf = Callable[[Membership | None], Client]


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
