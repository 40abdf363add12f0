from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from closedorders.accounts.models import AuditEvent
from closedorders.closures.actions import add_reason, log
from closedorders.closures.models import Closure, Incident
from closedorders.closures.views import quick_log
from closedorders.orders.models import BuyerAccount, StoreOrder
from tests.cast import Cast
from tests.closures.pages import NUMBERS, SignIn, closed_order, paste, url, words
from tests.factories import (
    make_buyer_account,
    make_incident,
    make_store,
    make_store_order,
    make_supplier_order,
    reason,
)


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


def test_another_buyer_account_is_named_in_place_and_nothing_pasted_is_lost(
    cast: Cast, client_of: SignIn
) -> None:
    main = make_buyer_account(cast.team, "Main")
    client = client_of(cast.assistant)
    page = client.post(url(cast, "quick_log"), paste(account=str(main.pk), new_account="Second", reason=""))
    assert NUMBERS[7] in page.content.decode()
    assert 'value="Second"' in page.content.decode()
    assert BuyerAccount.objects.count() == 1
    client.post(url(cast, "quick_log"), paste(account=str(main.pk), new_account="Second"))
    assert Incident.objects.get().buyer_account.label == "Second"
    client.post(url(cast, "quick_log"), paste(new_account=" second "))
    assert set(BuyerAccount.objects.values_list("label", flat=True)) == {"Main", "Second"}


def test_a_refused_log_makes_no_buyer_account(
    cast: Cast, client_of: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More numbers than the action takes at once, which the form lets through here.
    monkeypatch.setattr(log, "MOST_NUMBERS", 39)
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
        ({"numbers": "\n".join(f"{8_201_447_122_030_000 + n}" for n in range(10_001))}, "10,001 numbers"),
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
    strike = add_reason(team=other_cast.team, name="Strike", by=other_cast.merchant)
    client = client_of(cast.merchant)
    client.post(url(cast, "quick_log"), paste(account=str(theirs.pk)))
    client.post(url(cast, "quick_log"), paste(account=str(own.pk), reason=strike.code))
    assert not Closure.objects.exists()


def test_a_result_that_is_gone_leads_to_the_list(cast: Cast, client_of: SignIn) -> None:
    page = client_of(cast.assistant).get(url(cast, "quick_log_result", "gone"))
    assert page.headers["Location"] == url(cast, "closures")


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
    monkeypatch.setattr(quick_log, "MOST_NUMBERS", 2)
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
