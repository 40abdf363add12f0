from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from closedorders.closures import actions
from closedorders.closures.models import Closure
from tests.cast import Cast
from tests.closures.pages import SignIn, closed_order, url, words
from tests.factories import make_incident, make_supplier_order, reason


def test_each_view_shows_its_closures_and_their_count(cast: Cast, client_of: SignIn) -> None:
    orders = [make_supplier_order(cast.team) for _ in range(4)]
    incident = make_incident(cast.team, cast.assistant, orders)
    first, second, third, fourth = incident.closures.order_by("pk")
    actions.set_reason(closures=[first], reason=reason(), by=cast.assistant)
    actions.reopen_closure(closure=second, by=cast.assistant)
    actions.set_outcome(closure=third, outcome="replaced", by=cast.assistant, replacement="8201447122039999")
    client = client_of(cast.assistant)
    expected = {
        "open": {first, fourth},
        "no_reason": {third, fourth},
        "replaced": {third},
        "reopened": {second},
        "all": {first, second, third, fourth},
    }
    for view, closures in expected.items():
        page = client.get(url(cast, "closures"), {"view": view})
        assert {row["closure"] for row in page.context["rows"]} == closures, view
        assert next(tab.count for tab in page.context["tabs"] if tab.active) == len(closures), view


def test_the_list_filters_by_reason_and_incident_in_its_address(cast: Cast, client_of: SignIn) -> None:
    mine = closed_order(cast)
    make_incident(cast.team, cast.assistant, [make_supplier_order(cast.team)], reason=reason("travel"))
    client = client_of(cast.merchant)
    page = client.get(url(cast, "closures"), {"reason": "fraud_review"})
    assert [row["closure"] for row in page.context["rows"]] == [mine]
    page = client.get(url(cast, "closures"), {"incident": str(mine.incident.number)})
    assert [row["closure"] for row in page.context["rows"]] == [mine]
    page = client.get(url(cast, "closures"), {"reason": "not_sure"})
    assert page.context["rows"] == []
    assert "Clear the filters" in words(page)
    assert client.get(url(cast, "closures"), {"view": "x", "incident": "²", "before": "y"}).status_code == 200


def test_the_queries_of_the_list_do_not_grow_with_its_rows(cast: Cast, client_of: SignIn) -> None:
    client = client_of(cast.merchant)
    client.get(url(cast, "closures"))
    for _ in range(2):
        closed_order(cast)
    with CaptureQueriesContext(connection) as few:
        client.get(url(cast, "closures"))
    for _ in range(48):
        closed_order(cast)
    with CaptureQueriesContext(connection) as many:
        assert len(client.get(url(cast, "closures")).context["rows"]) == 50
    assert len(many) == len(few)


def test_ticked_closures_get_one_reason_and_undo_brings_the_old_back(cast: Cast, client_of: SignIn) -> None:
    incident = make_incident(cast.team, cast.assistant, [make_supplier_order(cast.team) for _ in range(3)])
    pks = [str(closure.pk) for closure in incident.closures.order_by("pk")]
    client = client_of(cast.assistant)
    change = {
        "reason": "travel",
        "scope": "ticked",
        "closure": pks[:2],
        "newest": pks[-1],
        "view": "no_reason",
    }
    page = client.post(url(cast, "bulk_reason"), change, follow=True)
    assert "2 closures have a new reason" in words(page)
    assert page.redirect_chain[0][0] == url(cast, "closures") + "?view=no_reason"
    assert Closure.objects.filter(reason=reason("travel")).count() == 2
    undo = page.context["undo"]
    assert "Undo" in words(page)
    # It is no bulk edit of orders, which have pages of their own.
    assert client.get(reverse("orders:bulk_edit", args=[cast.team.slug, undo.pk])).status_code == 404
    assert "Undo" not in words(client.get(reverse("orders:orders", args=[cast.team.slug])))
    page = client.post(url(cast, "bulk_reason_undo", undo.pk), follow=True)
    assert Closure.objects.without_reason().count() == 3
    assert page.context["undo"] is None
    assert client_of(cast.merchant).post(url(cast, "bulk_reason_undo", undo.pk)).status_code == 404


def test_all_that_match_get_the_reason_but_none_the_person_has_not_seen(
    cast: Cast, client_of: SignIn
) -> None:
    for _ in range(3):
        closed_order(cast)
    other = make_incident(
        cast.team, cast.assistant, [make_supplier_order(cast.team)], reason=reason("travel")
    )
    client = client_of(cast.merchant)
    page = client.get(url(cast, "closures"), {"reason": "fraud_review"})
    assert "for all 3 that match" in words(page)
    newest = page.context["newest"]
    late = closed_order(cast)
    client.post(
        url(cast, "bulk_reason"),
        {"reason": "card_check", "scope": "matching", "filter_reason": "fraud_review", "newest": newest},
    )
    assert Closure.objects.filter(reason=reason("card_check")).count() == 3
    late.refresh_from_db()
    assert late.reason == reason()
    assert other.closures.get().reason == reason("travel")


@pytest.mark.parametrize("change", [{"reason": ""}, {"scope": "x"}, {"closure": []}, {"closure": ["²", "x"]}])
def test_a_bulk_change_that_is_incomplete_changes_nothing(
    cast: Cast, client_of: SignIn, change: dict[str, object]
) -> None:
    closure = closed_order(cast)
    complete = {"reason": "travel", "scope": "ticked", "closure": [str(closure.pk)], "newest": "1"}
    page = client_of(cast.assistant).post(url(cast, "bulk_reason"), complete | change, follow=True)
    assert "Nothing was changed" in words(page)
    closure.refresh_from_db()
    assert closure.reason == reason()


def test_another_teams_closures_cannot_be_ticked(cast: Cast, other_cast: Cast, client_of: SignIn) -> None:
    theirs = closed_order(other_cast)
    client_of(cast.merchant).post(
        url(cast, "bulk_reason"),
        {"reason": "travel", "scope": "ticked", "closure": [str(theirs.pk)], "newest": str(theirs.pk)},
    )
    theirs.refresh_from_db()
    assert theirs.reason == reason()


@pytest.mark.parametrize("name", ["", "ana@mail.example"])
def test_nobody_reads_a_full_e_mail_where_a_name_is_missing(cast: Cast, client_of: SignIn, name: str) -> None:
    closure = closed_order(cast, email="ana@mail.example", name=name)
    client = client_of(cast.assistant)
    for page in (client.get(url(cast, "closures")), client.get(closure.get_absolute_url())):
        assert b"ana@mail.example" not in page.content
        assert "a•••@m•••.example" in words(page)
