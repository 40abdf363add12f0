"""What imports say became of closed orders is proposed, and set by a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from closedorders.closures.bulk.proposals import Proposed, proposals_of
from closedorders.closures.models import Closure
from closedorders.orders.models import Store
from tests.cast import Cast
from tests.closures.pages import SignIn, url, words
from tests.factories import make_incident, make_store, make_store_order, make_supplier_order


def _close(cast: Cast, store: Store, state: str = "paid", **bought: str) -> Closure:
    order = make_supplier_order(cast.team, make_store_order(store, financial_status=state), **bought)
    return make_incident(cast.team, cast.merchant, [order]).closures.get()


def _again(cast: Cast, closure: Closure, days: int = 1) -> str:
    sale = closure.supplier_order.store_order
    placed_at = closure.closed_at + timedelta(days=days)
    return make_supplier_order(cast.team, sale, placed_at=placed_at, status_code="shipped").number


def _proposed(cast: Cast) -> dict[Proposed, list[int]]:
    return {kind: [each.closure.pk for each in found] for kind, found in proposals_of(cast.team).items()}


def test_imports_propose_refunded_reopened_and_reordered_and_set_nothing(
    cast: Cast, other_cast: Cast
) -> None:
    store = make_store(cast.team)
    _close(cast, store)
    refunded = _close(cast, store, "Refunded")
    shipped = _close(cast, store, status_code="shipped")
    both = _close(cast, store, "voided", status_code="completed")
    again = _close(cast, store)
    number = _again(cast, again)
    _again(cast, _close(cast, store), days=-1)
    two = _close(cast, store)
    _again(cast, two), _again(cast, two)
    _close(other_cast, make_store(other_cast.team), "refunded")
    assert _proposed(cast) == {
        Proposed.REFUNDED: [refunded.pk, both.pk],
        Proposed.REOPENED: [shipped.pk],
        # Of two newer orders nobody knows which was placed instead.
        Proposed.REPLACED: [again.pk],
    }
    assert proposals_of(cast.team, again.incident)[Proposed.REPLACED][0].new_number == number
    assert proposals_of(cast.team, again.incident)[Proposed.REFUNDED] == []
    assert not Closure.objects.exclude(outcome="open").exists()


def test_two_open_closures_of_one_sale_are_not_guessed_apart(cast: Cast) -> None:
    closure = _close(cast, make_store(cast.team))
    sale = closure.supplier_order.store_order
    make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team, sale)])
    _again(cast, closure)
    assert proposals_of(cast.team, closure.incident)[Proposed.REPLACED] == []


def test_a_merchant_sets_what_is_proposed_in_one_click_and_undoes_it(cast: Cast, client_of: SignIn) -> None:
    store = make_store(cast.team)
    closures = [_close(cast, store, "refunded") for _ in range(3)]
    client = client_of(cast.merchant)
    page = client.get(url(cast, "closures"))
    assert "3 closed orders look refunded in your shop" in words(page)
    (notice,) = page.context["proposals"]
    # What the shop says otherwise meanwhile is no longer set.
    sale = closures[0].supplier_order.store_order
    assert sale
    sale.financial_status = "paid"
    sale.save()
    sent = {name: notice[name] for name in ("kind", "chosen", "key")}
    page = client.post(url(cast, "proposals_setting"), sent, follow=True)
    assert "2 closures: Customer refunded" in words(page)
    assert Closure.objects.filter(outcome="refunded").count() == 2
    edit = page.context.get("outcomes_undo") or client.get(url(cast, "closures")).context["outcomes_undo"]
    client.post(url(cast, "outcomes_undo", edit["edit"].pk))
    assert Closure.objects.open().count() == 3


def test_an_assistant_sets_new_orders_but_no_refunds(cast: Cast, client_of: SignIn) -> None:
    store = make_store(cast.team)
    refunded, again = _close(cast, store, "refunded"), _close(cast, store)
    number = _again(cast, again)
    client = client_of(cast.assistant)
    page = client.get(url(cast, "proposals"))
    assert [group["kind"] for group in page.context["groups"]] == ["replaced"]
    client.post(url(cast, "proposals_setting"), {"kind": "refunded", "closure": refunded.pk}, follow=True)
    client.post(url(cast, "proposals_setting"), {"kind": "replaced", "closure": again.pk}, follow=True)
    refunded.refresh_from_db()
    again.refresh_from_db()
    assert (refunded.outcome, again.outcome) == ("open", "replaced")
    assert again.supplier_order.replacements.get().number == number
    for nothing in ({}, {"kind": "x"}, {"kind": "replaced"}, {"kind": "replaced", "chosen": "x"}):
        client.post(url(cast, "proposals_setting"), nothing)


def test_the_incidents_page_proposes_its_own_only(cast: Cast, client_of: SignIn) -> None:
    store = make_store(cast.team)
    mine, other = _close(cast, store, "refunded"), _close(cast, store, "refunded")
    address = reverse("incidents:incident", args=[cast.team.slug, mine.incident.number])
    page = client_of(cast.merchant).get(address)
    (notice,) = page.context["proposals"]
    sent = {name: notice[name] for name in ("kind", "chosen", "key", "incident")}
    page = client_of(cast.merchant).post(url(cast, "proposals_setting"), sent, follow=True)
    assert page.redirect_chain[-1][0] == address
    other.refresh_from_db()
    assert other.outcome == "open"
    assert Closure.objects.get(pk=mine.pk).outcome == "refunded"
    assert client_of(cast.reviewer).get(address).context["proposals"] == []


def test_the_queries_of_proposals_do_not_grow_with_their_number(cast: Cast) -> None:
    store = make_store(cast.team)

    def some() -> None:
        _close(cast, store, "refunded"), _close(cast, store, status_code="shipped")
        _again(cast, _close(cast, store))

    some()
    with CaptureQueriesContext(connection) as few:
        proposals_of(cast.team)
    for _ in range(3):
        some()
    with CaptureQueriesContext(connection) as many:
        assert sum(map(len, proposals_of(cast.team).values())) == 12
    assert len(many) == len(few) <= 3


def test_where_many_are_open_the_page_asks_for_the_proposals_afterwards(
    cast: Cast, client_of: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("closedorders.closures.views.outcomes._LOOKED_AT_AT_ONCE", 0)
    incident = _close(cast, make_store(cast.team), status_code="shipped").incident
    client = client_of(cast.merchant)
    lines = f"{url(cast, 'proposal_lines')}?incident={incident.number}"
    page = client.get(incident.get_absolute_url()).content.decode()
    assert f'hx-get="{lines}"' in page
    assert "was shipped by AliExpress after all" not in page
    assert "was shipped by AliExpress after all" in client.get(lines).content.decode()
