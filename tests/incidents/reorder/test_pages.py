from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.closures.models import Closure, Incident
from closedorders.incidents.reorder.models import ReorderLine, ReorderPlan
from tests.cast import Cast
from tests.closures.pages import words
from tests.factories import make_member
from tests.incidents.reorder.scenes import NEW, planned
from tests.incidents.scenes import bad_day

SignIn = Callable[[Membership | None], Client]


def url(incident: Incident, name: str = "reorder", *args: object) -> str:
    return reverse(f"incidents:{name}", args=[incident.team.slug, incident.number, *args])


def asked(**changes: str) -> dict[str, str]:
    return {
        "currency": "USD",
        "per_batch": "30",
        "orders_per_day": "",
        "per_day": "",
        "starts_on": timezone.localdate().isoformat(),
        "route": "paypal",
        "shipping": "by_promise",
        "gift": "",
        "duty_per_item": "3",
        "duty_currency": "eur",
        "duty_since": "2026-07-01",
        "duty_up_to": "150",
    } | changes


def test_a_merchant_types_the_limits_and_gets_batches_with_the_duty(cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(cast, 3)
    client = client_of(cast.merchant)
    page = client.get(url(incident))
    assert "Plan 3 orders" in words(page)
    assert page.context["form"].initial["duty_per_item"] == 3
    page = client.post(url(incident), asked(), follow=True)
    assert [batch.orders for batch in page.context["page"].rows] == [2, 1]
    said = words(page)
    assert "$25.80" in said
    assert "€6.00" in said
    assert "EU duty since 1 Jul 2026" in said
    # The next plan begins with these limits.
    again = client.get(url(bad_day(cast, 1))).context["form"].initial
    assert (again["per_batch"], again["duty_up_to"]) == ("30", "150")


def test_what_cannot_be_planned_is_said_and_nothing_is_stored(cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(cast, 1)
    client = client_of(cast.merchant)
    for wrong in (
        {"currency": "XXQ"},
        {"per_batch": "-1"},
        {"starts_on": "2020-01-01"},
        {"starts_on": "9999-01-01"},
        {"route": "gold"},
        {"duty_currency": ""},
        {"orders_per_day": "0"},
    ):
        page = client.post(url(incident), asked(**wrong))
        assert page.context["form"].errors, wrong
    assert not ReorderPlan.objects.exists()


def test_an_assistant_sees_the_plan_and_cannot_make_one(cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(cast, 1)
    client = client_of(cast.assistant)
    assert "There is no plan yet" in words(client.get(url(incident)))
    client.post(url(incident), asked())
    assert not ReorderPlan.objects.exists()
    assert client.get(url(incident, "reorder_sheet"), follow=True).redirect_chain[0][0] == url(incident)
    assert client.post(url(incident, "reorder_next"), follow=True).status_code == 200


def test_two_assistants_work_through_the_sheet(cast: Cast, client_of: SignIn) -> None:
    plan = planned(cast, 2, gift="phone ring")
    incident = plan.incident
    one, two = client_of(cast.assistant), client_of(make_member(cast.team, "assistant"))
    mine = one.post(url(incident, "reorder_next"), follow=True).context["mine"]
    theirs = two.post(url(incident, "reorder_next"), follow=True).context["mine"]
    assert mine["closure"] != theirs["closure"]
    page = one.get(url(incident, "reorder_sheet"))
    assert len(page.context["claims"]) == 2
    assert "phone ring" in words(page)
    assert str(cast.assistant.user) in words(two.get(url(incident, "reorder_sheet")))
    number = url(incident, "reorder_number", mine["closure"].pk)
    assert "15 to 17 digits" in words(one.post(number, {"number": "12"}))
    page = one.post(
        number, {"number": f"{NEW[0][:4]} {NEW[0][4:8]} {NEW[0][8:12]} {NEW[0][12:]}"}, follow=True
    )
    assert "is reordered" in words(page)
    assert page.context["mine"] is None
    assert Closure.objects.replaced().get() == mine["closure"]
    assert [row["may_undo"] for row in page.context["done"]] == [True]
    assert [row["may_undo"] for row in two.get(url(incident, "reorder_sheet")).context["done"]] == [False]
    page = one.post(url(incident, "reorder_undo", mine["closure"].pk), follow=True)
    assert page.context["mine"]["closure"] == mine["closure"]
    page = one.post(url(incident, "reorder_release", mine["closure"].pk), follow=True)
    assert page.context["mine"] is None


def test_who_is_too_late_is_told_who_has_the_order(cast: Cast, client_of: SignIn) -> None:
    plan = planned(cast, 1)
    one, two = client_of(cast.assistant), client_of(cast.merchant)
    closure = one.post(url(plan.incident, "reorder_next"), follow=True).context["mine"]["closure"]
    ReorderLine.objects.update(claimed_until=timezone.now())
    two.post(url(plan.incident, "reorder_next"))
    page = one.post(url(plan.incident, "reorder_number", closure.pk), {"number": NEW[0]})
    assert f"{cast.merchant.user} has this order now" in words(page)
    assert Closure.objects.open().count() == 1


def test_an_older_sheet_still_finds_its_order_after_a_new_plan(cast: Cast, client_of: SignIn) -> None:
    plan = planned(cast, 1)
    client = client_of(cast.assistant)
    closure = client.post(url(plan.incident, "reorder_next"), follow=True).context["mine"]["closure"]
    planned(cast, incident=plan.incident, route="paypal")
    client.post(url(plan.incident, "reorder_number", closure.pk), {"number": NEW[0]})
    assert closure.supplier_order.replacements.get().payment_method == "paypal"


def test_a_merchant_changes_a_batch_and_a_line_on_the_batchs_page(cast: Cast, client_of: SignIn) -> None:
    plan = planned(cast, 2)
    client = client_of(cast.merchant)
    line = plan.lines.in_turn()[0]
    page = client.post(url(plan.incident, "reorder_route", 1), {"route": "other"}, follow=True)
    assert "one global payment" in words(page)
    change = {"shipping": "faster", "gift": "ring", "items": "2"}
    client.post(url(plan.incident, "reorder_line", line.closure_id), change)
    line.refresh_from_db()
    assert (line.shipping, line.gift, line.items) == ("faster", "ring", 2)
    for wrong in ({"route": "x"}, {}):
        assert client.post(url(plan.incident, "reorder_route", 1), wrong, follow=True).status_code == 200
    page = client.post(
        url(plan.incident, "reorder_line", line.closure_id), change | {"items": "0"}, follow=True
    )
    assert page.status_code == 200
    assert client.get(url(plan.incident, "reorder_batch", 99)).status_code == 404
    assert client.post(url(plan.incident, "reorder_number", 10**6), {"number": NEW[0]}).status_code == 404


def test_orders_that_were_closed_after_the_plan_are_pointed_at(cast: Cast, client_of: SignIn) -> None:
    plan = planned(cast, 1)
    other = bad_day(cast, 1)
    Closure.objects.filter(incident=other).update(incident=plan.incident)
    assert "1 order was closed after this plan" in words(client_of(cast.assistant).get(url(plan.incident)))


def test_the_queries_of_the_pages_do_not_grow_with_the_orders(cast: Cast, client_of: SignIn) -> None:
    client = client_of(cast.merchant)
    small, large = planned(cast, 2, orders_per_day=1), planned(cast, 24, orders_per_day=1)
    for name, *args in (("reorder",), ("reorder_batch", 1), ("reorder_sheet",)):
        client.get(url(small.incident, name, *args))
        with CaptureQueriesContext(connection) as few:
            client.get(url(small.incident, name, *args))
        with CaptureQueriesContext(connection) as many:
            client.get(url(large.incident, name, *args))
        assert len(many) <= len(few), name
