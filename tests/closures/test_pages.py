from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.closures import actions, views
from closedorders.closures.models import Closure, ClosureReason, Incident, Playbook
from closedorders.orders.models import BuyerAccount, StoreOrder, SupplierOrder
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

SignIn = Callable[[Membership | None], Client]
NUMBERS = [f"{8_201_447_122_030_000 + n}" for n in range(40)]


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(f"closures:{name}", args=[cast.team.slug, *args])


def words(response: object) -> str:
    """What a page says, tags left out."""
    content: bytes = response.content  # type: ignore[attr-defined]  # the test client's answers have no public type
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", content.decode())))


def closed_order(cast: Cast, email: str = "ana@mail.example", **customer: str) -> Closure:
    store = make_store(cast.team)
    buyer = make_customer(store, email=email, **customer)
    order = make_supplier_order(cast.team, make_store_order(store, buyer))
    incident = make_incident(cast.team, cast.assistant, [order], reason=reason())
    return incident.closures.get()


# Quick log


def paste(**changes: str) -> dict[str, str]:
    return {"numbers": "\n".join(NUMBERS), "reason": "fraud_review", "closed_at": "", "words": ""} | changes


def test_an_assistant_logs_forty_pasted_numbers_in_one_go(cast: Cast, client_of: SignIn) -> None:
    account = make_buyer_account(cast.team, "Main")
    make_supplier_order(cast.team, number=NUMBERS[0])
    client = client_of(cast.assistant)
    page = client.post(
        url(cast, "quick_log"),
        paste(account=str(account.pk), numbers="\n".join([*NUMBERS, "1001"])),
        follow=True,
    )
    assert page.redirect_chain
    text = words(page)
    assert "40 closures logged" in text
    assert "39 orders are not known yet" in text
    assert "a later import will complete them" in text
    assert "1001" in text
    assert "Incident 1" in text
    assert "Open incident" not in text
    assert Closure.objects.open().filter(reason=reason(), logged_by=cast.assistant).count() == 40
    assert "Open incident" in words(
        client_of(cast.merchant).post(
            url(cast, "quick_log"), paste(account=str(account.pk), numbers="8201447122039999"), follow=True
        )
    )


def test_the_second_paste_lists_what_was_closed_already_with_a_link(cast: Cast, client_of: SignIn) -> None:
    account = make_buyer_account(cast.team)
    client = client_of(cast.assistant)
    for _time in range(2):
        page = client.post(url(cast, "quick_log"), paste(account=str(account.pk)), follow=True)
    assert "Nothing new to log" in words(page)
    assert "40 were closed already" in words(page)
    closure = Closure.objects.order_by("pk").first()
    assert closure is not None
    assert closure.get_absolute_url() in page.content.decode()
    assert Closure.objects.count() == 40


def test_a_closure_cannot_be_logged_without_a_reason_but_with_not_sure_yet(
    cast: Cast, client_of: SignIn
) -> None:
    account = make_buyer_account(cast.team)
    client = client_of(cast.assistant)
    page = client.post(url(cast, "quick_log"), paste(account=str(account.pk), reason=""))
    assert page.status_code == 200
    assert "Choose a reason" in words(page)
    assert NUMBERS[7] in page.content.decode()
    assert not Closure.objects.exists()
    client.post(url(cast, "quick_log"), paste(account=str(account.pk), reason="not_sure"))
    assert Closure.objects.without_reason().count() == 40


def test_the_first_buyer_account_is_named_in_place(cast: Cast, client_of: SignIn) -> None:
    client = client_of(cast.assistant)
    page = client.post(url(cast, "quick_log"), paste())
    assert "Give the AliExpress account a name" in words(page)
    client.post(url(cast, "quick_log"), paste(new_account="Main"))
    assert BuyerAccount.objects.get().label == "Main"
    assert Incident.objects.get().buyer_account.label == "Main"


def test_a_refused_log_makes_no_buyer_account(
    cast: Cast, client_of: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More numbers than the action takes at once, which the form lets through here.
    monkeypatch.setattr(actions, "MOST_NUMBERS", 39)
    page = client_of(cast.assistant).post(url(cast, "quick_log"), paste(new_account="Main"))
    assert "40 numbers at once are too many" in words(page)
    assert not BuyerAccount.objects.exists()
    assert not AuditEvent.objects.filter(verb="buyer_account_added").exists()
    assert not Closure.objects.exists()


def test_the_account_in_trouble_is_preselected(cast: Cast, client_of: SignIn) -> None:
    make_buyer_account(cast.team, "A")
    trouble = make_buyer_account(cast.team, "B")
    make_incident(cast.team, cast.merchant, buyer_account=trouble)
    page = client_of(cast.assistant).get(url(cast, "quick_log"))
    assert f'<option value="{trouble.pk}" selected>' in page.content.decode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"numbers": "8.19E+15"}, "a spreadsheet has shortened"),
        ({"numbers": "hello"}, "no AliExpress order number in this text"),
        ({"numbers": ""}, "Paste at least one"),
        ({"numbers": "\n".join(f"{8_201_447_122_030_000 + n}" for n in range(501))}, "501 numbers"),
        ({"closed_at": "2999-01-01T10:00"}, "in the future"),
        ({"closed_at": "2001-01-01T10:00"}, "Check the year"),
        ({"account": "999999"}, "Buyer account"),
    ],
)
def test_a_paste_that_cannot_be_logged_says_why_and_saves_nothing(
    cast: Cast, client_of: SignIn, change: dict[str, str], sentence: str
) -> None:
    account = make_buyer_account(cast.team)
    page = client_of(cast.assistant).post(url(cast, "quick_log"), paste(account=str(account.pk)) | change)
    assert page.status_code == 200
    assert sentence in words(page)
    assert not Closure.objects.exists()


@pytest.mark.parametrize("digits", [*range(8, 15), *range(18, 21)])
def test_an_order_of_unusual_length_that_an_import_brought_is_logged_from_the_ticked_orders(
    cast: Cast, client_of: SignIn, digits: int
) -> None:
    account, number = make_buyer_account(cast.team), "82014471220355190000"[:digits]
    order = make_supplier_order(cast.team, make_store_order(make_store(cast.team)), number=number)
    person = client_of(cast.assistant)
    form = person.get(url(cast, "quick_log"), {"order": [str(order.store_order_id)]}).context["form"]
    assert form["numbers"].value() == number
    person.post(url(cast, "quick_log"), paste(numbers=form["numbers"].value(), account=str(account.pk)))
    assert Closure.objects.get().supplier_order == order


def test_an_unknown_number_of_unusual_length_is_not_logged_and_the_page_says_what_to_do(
    cast: Cast, other_cast: Cast, client_of: SignIn
) -> None:
    make_supplier_order(other_cast.team, number="8201447122")
    account = make_buyer_account(cast.team)
    person = client_of(cast.assistant)
    alone = paste(numbers="8201447122", account=str(account.pk))
    page = person.post(url(cast, "quick_log"), alone)
    assert "8201447122 is no order of your team" in words(page)
    assert "import the order first" in words(page)
    assert not Closure.objects.exists()
    page = person.post(url(cast, "quick_log"), alone | {"numbers": f"8201447122 {NUMBERS[0]}"}, follow=True)
    assert [each.supplier_order.number for each in Closure.objects.all()] == [NUMBERS[0]]
    assert "import it first, then log it" in words(page)
    make_supplier_order(cast.team, number="8201447122")
    page = person.post(
        url(cast, "quick_log"), alone | {"numbers": "Order 8201447122, tel. 600700800"}, follow=True
    )
    assert "1 closure logged" in words(page)
    assert Closure.objects.filter(supplier_order__number="8201447122").exists()


def test_a_paste_of_many_numbers_of_unusual_length_costs_one_query_to_look_up(
    cast: Cast, client_of: SignIn
) -> None:
    account, person = make_buyer_account(cast.team), client_of(cast.assistant)
    person.get(url(cast, "quick_log"))
    costs = []
    for most in (2, 2000):
        pasted = paste(numbers="\n".join(f"82{n:08}" for n in range(most)), account=str(account.pk))
        with CaptureQueriesContext(connection) as queries:
            person.post(url(cast, "quick_log"), pasted)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_known_order_of_unusual_length_can_be_a_replacement(cast: Cast, client_of: SignIn) -> None:
    closure, person = closed_order(cast), client_of(cast.assistant)
    outcome = {"outcome": "replaced", "replacement": "8201447122"}
    page = person.post(url(cast, "closure_outcome", closure.pk), outcome)
    assert "import the order first" in words(page)
    make_supplier_order(cast.team, number="8201447122")
    person.post(url(cast, "closure_outcome", closure.pk), outcome)
    assert [each.number for each in closure.supplier_order.replacements.all()] == ["8201447122"]


def test_the_time_of_closing_is_read_in_the_teams_zone(cast: Cast, client_of: SignIn) -> None:
    cast.team.time_zone = "Asia/Tokyo"
    cast.team.save()
    account = make_buyer_account(cast.team)
    client_of(cast.assistant).post(
        url(cast, "quick_log"), paste(account=str(account.pk), closed_at="2026-01-05T08:30")
    )
    closure = Closure.objects.first()
    assert closure is not None
    assert closure.closed_at.isoformat() == "2026-01-04T23:30:00+00:00"


def test_another_teams_account_or_reason_cannot_be_chosen(
    cast: Cast, other_cast: Cast, client_of: SignIn
) -> None:
    own, theirs = make_buyer_account(cast.team), make_buyer_account(other_cast.team)
    strike = actions.add_reason(team=other_cast.team, name="Strike", by=other_cast.merchant)
    client = client_of(cast.merchant)
    client.post(url(cast, "quick_log"), paste(account=str(theirs.pk)))
    client.post(url(cast, "quick_log"), paste(account=str(own.pk), reason=strike.code))
    assert not Closure.objects.exists()


def test_a_result_that_is_gone_leads_to_the_list(cast: Cast, client_of: SignIn) -> None:
    page = client_of(cast.assistant).get(url(cast, "quick_log_result", "gone"))
    assert page.headers["Location"] == url(cast, "closures")


# The list


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


# One closure


def test_a_closures_page_tells_its_facts_and_its_history(cast: Cast, client_of: SignIn) -> None:
    closure = closed_order(cast)
    client = client_of(cast.assistant)
    page = client.post(
        url(cast, "closure_reason", closure.pk),
        {"reason": "card_check", "words": "Closed for safety"},
        follow=True,
    )
    text = words(page)
    assert "Card failed its check" in text
    assert "Closed for safety" in text
    assert "Fraud review near $10,000 a day → Card failed its check" in text
    assert "María García" in text


def test_a_reason_that_was_retired_stays_when_only_the_words_change(cast: Cast, client_of: SignIn) -> None:
    own = actions.add_reason(team=cast.team, name="Strike", by=cast.merchant)
    closure = closed_order(cast)
    actions.set_reason(closures=[closure], reason=own, by=cast.merchant)
    actions.retire_reason(reason=own, by=cast.merchant)
    client_of(cast.assistant).post(
        url(cast, "closure_reason", closure.pk), {"reason": own.code, "words": "Hm"}
    )
    closure.refresh_from_db()
    assert (closure.reason, closure.words) == (own, "Hm")


def test_an_assistant_re_places_an_order(cast: Cast, client_of: SignIn) -> None:
    closure = closed_order(cast)
    client = client_of(cast.assistant)
    page = client.post(url(cast, "closure_outcome", closure.pk), {"outcome": "replaced", "replacement": ""})
    assert "Enter the number of the new AliExpress order" in words(page)
    client.post(
        url(cast, "closure_outcome", closure.pk),
        {"outcome": "replaced", "replacement": "8201 4471 2203 9999"},
    )
    new = SupplierOrder.objects.get(number="8201447122039999")
    assert new.replaces == closure.supplier_order
    closure.refresh_from_db()
    assert closure.outcome == "replaced"
    # Saving again does not lose the number, and the page shows it.
    page = client.get(closure.get_absolute_url())
    assert 'value="8201447122039999"' in page.content.decode()


def test_an_assistant_is_not_offered_outcomes_about_money(cast: Cast, client_of: SignIn) -> None:
    closure = closed_order(cast)
    client = client_of(cast.assistant)
    assert 'value="refunded"' not in client.get(closure.get_absolute_url()).content.decode()
    page = client.post(url(cast, "closure_outcome", closure.pk), {"outcome": "refunded"})
    assert page.status_code == 200
    closure.refresh_from_db()
    assert closure.outcome == "open"
    client_of(cast.merchant).post(url(cast, "closure_outcome", closure.pk), {"outcome": "refunded"})
    closure.refresh_from_db()
    assert closure.outcome == "refunded"
    assert "A merchant of your team has settled this order" in words(client.get(closure.get_absolute_url()))


def test_a_refused_outcome_says_why_and_leaves_the_closure_alone(cast: Cast, client_of: SignIn) -> None:
    closure = closed_order(cast)
    page = client_of(cast.assistant).post(
        url(cast, "closure_outcome", closure.pk),
        {"outcome": "replaced", "replacement": "8201447122039999 8201447122039998"},
    )
    assert page.status_code == 200
    own = closure.supplier_order.number
    page = client_of(cast.assistant).post(
        url(cast, "closure_outcome", closure.pk), {"outcome": "replaced", "replacement": own}
    )
    assert "own number" in words(page)
    closure.refresh_from_db()
    assert closure.outcome == "open"


def test_a_reopened_closure_says_so_and_keeps_its_history(cast: Cast, client_of: SignIn) -> None:
    closure = closed_order(cast)
    page = client_of(cast.assistant).post(url(cast, "closure_reopening", closure.pk), follow=True)
    assert "AliExpress took this closure back on" in words(page)
    assert "Reopened by AliExpress" in words(page)


# Reasons and playbooks


def test_the_seven_causes_and_what_else_closes_orders_are_listed(cast: Cast, client_of: SignIn) -> None:
    closed_order(cast)
    page = client_of(cast.reviewer).get(url(cast, "reasons"))
    assert len(page.context["seeded"]) == 11
    assert page.context["seeded"][0].open_closures == 1
    assert "Add a reason" not in words(page)


def test_a_reviewer_reads_how_many_closures_a_reason_has_and_is_led_to_no_page_of_others(
    cast: Cast, client_of: SignIn
) -> None:
    closed_order(cast)
    code = reason().code
    for address in (url(cast, "reasons"), url(cast, "reason", code)):
        led = f"{url(cast, 'closures')}?reason={code}"
        assert led in client_of(cast.assistant).get(address).content.decode()
        assert led not in client_of(cast.reviewer).get(address).content.decode()
    assert "1 open closure" in words(client_of(cast.reviewer).get(url(cast, "reason", code)))


def test_a_merchant_adds_a_reason_and_writes_its_playbook(cast: Cast, client_of: SignIn) -> None:
    client = client_of(cast.merchant)
    client.post(url(cast, "reason_creation"), {"name": "Strike"})
    own = ClosureReason.objects.get(team=cast.team)
    client.post(url(cast, "playbook", own.code), {"do_now": "Wait a week.\r\nThen ask."})
    text = words(client_of(cast.assistant).get(url(cast, "reason", own.code)))
    assert "Wait a week. Then ask." in text
    assert "Source: Your own team" in text
    client.post(url(cast, "reason_retirement", own.code))
    own.refresh_from_db()
    assert own.retired_at is not None
    assert client.get(url(cast, "reason", own.code)).status_code == 200


def test_a_teams_own_words_stand_in_the_playbook_of_that_team_only(
    cast: Cast, other_cast: Cast, client_of: SignIn
) -> None:
    client = client_of(cast.merchant)
    form = client.get(url(cast, "playbook", "travel")).context["form"]
    client.post(url(cast, "playbook", "travel"), {**form.initial, "do_now": "Call Ana.", "verified_on": ""})
    assert Playbook.objects.get().prevention == ""
    assert "Call Ana." in words(client.get(url(cast, "reason", "travel")))
    assert "Call Ana." not in words(client_of(other_cast.merchant).get(url(other_cast, "reason", "travel")))


def test_a_playbook_cannot_be_checked_tomorrow(cast: Cast, client_of: SignIn) -> None:
    tomorrow = (timezone.localdate() + timedelta(days=2)).isoformat()
    page = client_of(cast.merchant).post(url(cast, "playbook", "travel"), {"verified_on": tomorrow})
    assert "still to come" in words(page)


# Who may


MERCHANT_ONLY = [
    ("get", "reason_creation", ()),
    ("get", "playbook", ("travel",)),
    ("post", "reason_retirement", ("travel",)),
]


def test_everyone_reads_playbooks_and_strangers_find_nothing(
    cast: Cast, other_cast: Cast, client_of: SignIn
) -> None:
    closure = closed_order(cast)
    for_all = [url(cast, "reasons"), url(cast, "reason", "travel")]
    at_the_desk = [url(cast, "closures"), url(cast, "quick_log"), closure.get_absolute_url()]
    for address in [*for_all, *at_the_desk]:
        for member in (cast.merchant, cast.assistant):
            assert client_of(member).get(address).status_code == 200, (address, member.role)
        reviewer = client_of(cast.reviewer).get(address).status_code
        assert reviewer == (200 if address in for_all else 403), address
        for stranger in (other_cast.merchant, None):
            assert client_of(stranger).get(address).status_code == 404, address
        assert Client().get(address).status_code == 302


def test_a_reviewer_changes_nothing(cast: Cast, client_of: SignIn) -> None:
    closure = closed_order(cast)
    client = client_of(cast.reviewer)
    for name in ("closure_reason", "closure_outcome", "closure_reopening"):
        assert client.post(url(cast, name, closure.pk)).status_code == 403
    assert client.post(url(cast, "bulk_reason")).status_code == 403


@pytest.mark.parametrize(("method", "name", "args"), MERCHANT_ONLY)
def test_only_a_merchant_edits_reasons(
    cast: Cast, client_of: SignIn, method: str, name: str, args: tuple[str, ...]
) -> None:
    for member in (cast.assistant, cast.reviewer):
        assert getattr(client_of(member), method)(url(cast, name, *args)).status_code == 403
    assert getattr(client_of(cast.merchant), method)(url(cast, name, *args)).status_code in (200, 302)


def test_another_teams_closure_and_reason_are_not_found(
    cast: Cast, other_cast: Cast, client_of: SignIn
) -> None:
    theirs = closed_order(other_cast)
    strike = actions.add_reason(team=other_cast.team, name="Strike", by=other_cast.merchant)
    client = client_of(cast.merchant)
    assert client.get(url(cast, "closure", theirs.pk)).status_code == 404
    for name in ("closure_reason", "closure_outcome", "closure_reopening"):
        assert client.post(url(cast, name, theirs.pk), {"outcome": "refunded"}).status_code == 404
    assert client.get(url(cast, "reason", strike.code)).status_code == 404
    assert client.post(url(cast, "reason_retirement", strike.code)).status_code == 404


def test_the_quick_log_starts_with_the_numbers_of_the_link_that_led_there(
    cast: Cast, client_of: SignIn
) -> None:
    page = client_of(cast.assistant).get(
        reverse("closures:quick_log", args=[cast.team.slug]),
        {"numbers": "8201000011112222\n8201000011113333"},
    )
    assert "8201000011112222\n8201000011113333" in page.content.decode()
    assert not Closure.objects.exists()


def test_the_quick_log_starts_with_the_open_aliexpress_orders_of_the_store_orders_chosen(
    cast: Cast, other_cast: Cast, client_of: SignIn
) -> None:
    store, account = make_store(cast.team), make_buyer_account(cast.team, "Second")
    make_buyer_account(cast.team, "First")
    chosen = make_store_order(store)
    bought = make_supplier_order(cast.team, chosen, buyer_account=account)
    closed = make_supplier_order(cast.team, chosen)
    make_incident(cast.team, cast.assistant, [closed], reason=reason())
    not_chosen = make_supplier_order(cast.team, make_store_order(store))
    theirs = make_supplier_order(other_cast.team, make_store_order(make_store(other_cast.team)))
    not_bought = make_store_order(store)
    orders = [str(chosen.pk), str(theirs.store_order_id), str(not_bought.pk), "9" * 40, "x", "²"]
    page = client_of(cast.assistant).get(url(cast, "quick_log"), {"order": orders})
    html = page.content.decode()
    form = page.context["form"]
    assert form["numbers"].value() == bought.number
    assert form["account"].value() == account.pk
    for other in (closed, not_chosen, theirs):
        assert other.number not in html
    assert "1 chosen order has no AliExpress order that could be logged as closed." in words(page)
    assert Closure.objects.count() == 1


def test_the_quick_log_takes_all_orders_that_a_list_matches_as_many_as_fit(
    cast: Cast, client_of: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store(cast.team)
    orders = [make_store_order(store) for _order in range(3)]
    bought = [make_supplier_order(cast.team, order) for order in orders]
    StoreOrder.objects.filter(pk=orders[1].pk).update(ship_country="FR")
    chosen = {"all_matching": "1", "query": "country=fr"}
    page = client_of(cast.assistant).get(url(cast, "quick_log"), chosen)
    assert page.context["form"]["numbers"].value() == bought[1].number
    monkeypatch.setattr(views, "MOST_NUMBERS", 2)
    page = client_of(cast.assistant).get(url(cast, "quick_log"), chosen | {"query": ""})
    assert page.context["form"]["numbers"].value().split() == [each.number for each in bought[:2]]
    assert "These are the first 2 AliExpress orders." in words(page)
    page = client_of(cast.assistant).get(url(cast, "quick_log"), chosen | {"query": "q=nobody"})
    assert "No order matches any more." in words(page)


def test_the_quick_log_starts_with_every_number_that_a_form_ticked(cast: Cast, client_of: SignIn) -> None:
    page = client_of(cast.assistant).get(url(cast, "quick_log"), {"numbers": NUMBERS[:2]})
    assert page.context["form"]["numbers"].value().split() == NUMBERS[:2]


def test_choosing_fifty_store_orders_for_the_quick_log_costs_no_more_queries_than_choosing_two(
    cast: Cast, client_of: SignIn
) -> None:
    store, client = make_store(cast.team), client_of(cast.assistant)
    orders = [make_supplier_order(cast.team, make_store_order(store)) for _order in range(50)]
    client.get(url(cast, "quick_log"))
    costs = []
    for chosen in (orders[:2], orders):
        with CaptureQueriesContext(connection) as queries:
            page = client.get(
                url(cast, "quick_log"), {"order": [str(each.store_order_id) for each in chosen]}
            )
        assert page.context["form"]["numbers"].value().split() == [each.number for each in chosen]
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_paste_of_other_numbers_is_not_mixed_with_those_of_the_link(cast: Cast, client_of: SignIn) -> None:
    order = make_supplier_order(cast.team, make_store_order(make_store(cast.team)))
    account = make_buyer_account(cast.team, "Main")
    address = f"{url(cast, 'quick_log')}?order={order.store_order_id}"
    client_of(cast.assistant).post(address, paste(account=str(account.pk), numbers=NUMBERS[0]))
    assert [each.supplier_order.number for each in Closure.objects.all()] == [NUMBERS[0]]


def test_words_that_an_assistant_sees_masked_stay_as_they_were_when_she_saves_another_reason(
    cast: Cast, client_of: SignIn
) -> None:
    incident = make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team)])
    closure = Closure.objects.get(incident=incident)
    actions.set_words(closure=closure, words="Ask maria%40shop.com\nand wait", by=cast.merchant)
    person = client_of(cast.assistant)
    page = person.get(closure.get_absolute_url()).content.decode()
    assert "Ask m•••@s•••.com" in page
    assert "maria" not in page
    address = reverse("closures:closure_reason", args=[cast.team.slug, closure.pk])
    person.post(address, {"reason": "travel", "words": "Ask m•••@s•••.com\r\nand wait"})
    closure.refresh_from_db()
    assert (closure.words, closure.reason) == ("Ask maria%40shop.com\nand wait", reason("travel"))
    person.post(address, {"reason": "travel", "words": "Waited"})
    closure.refresh_from_db()
    assert closure.words == "Waited"


def test_what_was_not_read_of_a_paste_shows_an_assistant_no_address(cast: Cast, client_of: SignIn) -> None:
    make_buyer_account(cast.team)
    person = client_of(cast.assistant)
    pasted = "8201000000000016 https://shop.test/?to=maria%40shop.com&n=1 maria@12345678.com"
    answer = person.post(
        reverse("closures:quick_log", args=[cast.team.slug]),
        {"numbers": pasted, "reason": "travel", "account": cast.team.buyer_accounts.get().pk},
        follow=True,
    )
    assert "1 closure logged" in answer.content.decode()
    assert "maria" not in answer.content.decode()
