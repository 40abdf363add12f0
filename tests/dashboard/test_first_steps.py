"""Today of a newcomer: what comes first, what is still to set up, and what no count has."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases.actions import open_case
from closedorders.cases.models import Case
from closedorders.closures.models import Incident
from closedorders.imports.models import Import
from closedorders.incidents.actions import note_no_verification
from closedorders.orders.models import Store
from tests.cast import Cast
from tests.factories import make_buyer_account, make_incident, make_store, make_supplier_order, reason
from tests.incidents.scenes import bad_day

SignIn = Callable[[Membership | None], Client]


def today(client: Client, cast: Cast) -> str:
    return client.get(f"/t/{cast.team.slug}/").content.decode()


def titles(text: str) -> list[str]:
    return re.findall(r'<h2 class="next-title">([^<]*)', text)


def set_up(text: str) -> dict[str, str]:
    """What the set-up list says of each of its things; empty without the list."""
    part = text.partition("<h2>Set up</h2>")[2].partition("</section>")[0]
    return {
        title: word
        for word, title in re.findall(
            r'<span class="tag[^>]*>\s*([^<]*?)\s*</span>.*?check-text"><a[^>]*>([^<]*)', part, re.S
        )
    }


def test_the_incident_with_a_step_to_do_now_comes_before_one_that_waits_for_aliexpress(
    cast: Cast, client_of: SignIn
) -> None:
    waiting = bad_day(cast, 5)
    case = open_case(incident=waiting, by=cast.merchant)
    Case.objects.filter(pk=case.pk).update(state=Case.State.SUBMITTED)
    bad_day(cast, 2)
    text = today(client_of(cast.merchant), cast)
    assert titles(text)[0] == "Open the verification case"
    assert len(titles(text)) == 2


def test_the_most_urgent_of_many_incidents_is_shown_whatever_their_age(cast: Cast, client_of: SignIn) -> None:
    for _n in range(4):
        over = bad_day(cast, 1)
        over.closures.update(reopened_at=timezone.now())
    urgent = bad_day(cast, 3)
    Incident.objects.filter(pk=urgent.pk).update(opened_at=timezone.now() - timedelta(hours=3))
    text = today(client_of(cast.merchant), cast)
    assert titles(text)[0] == "Open the verification case"
    assert titles(text)[1:] == ["End the incident"] * 2
    assert "More incidents are open" in text


@pytest.mark.parametrize("incidents", [0, 1, 3])
def test_today_has_one_primary_button(cast: Cast, client_of: SignIn, incidents: int) -> None:
    make_store(cast.team)
    for _n in range(incidents):
        bad_day(cast, 1)
    for member in (cast.merchant, cast.assistant):
        assert today(client_of(member), cast).count("btn-primary") == 1


def test_the_set_up_list_names_what_is_there_and_what_is_missing(cast: Cast, client_of: SignIn) -> None:
    merchant = client_of(cast.merchant)
    assert set_up(today(merchant, cast)) == {
        "A store": "To do",
        "Who its mails come from": "To do",
        "Orders of your store": "To do",
        "A buyer account": "To do",
        "A mail server": "Done",
        "Your assistant and your reviewer": "Done",
    }
    store = make_store(cast.team, sender_email="")
    text = today(merchant, cast)
    assert set_up(text)["A store"] == "Done"
    assert set_up(text)["Who its mails come from"] == "To do"
    assert f'href="/t/{cast.team.slug}/stores/{store.pk}/"' in text
    Store.objects.update(sender_email="hola@casaluna.example")
    make_buyer_account(cast.team)
    Import.objects.create(
        team=cast.team,
        store=store,
        uploaded_by=cast.merchant,
        file_name="orders.csv",
        size=1,
        sha256="0" * 64,
        state="committed",
    )
    assert set(set_up(today(merchant, cast)).values()) == {"Done"}


def test_the_set_up_list_is_there_until_the_first_incident_has_ended(cast: Cast, client_of: SignIn) -> None:
    incident = bad_day(cast)
    assert set_up(today(client_of(cast.merchant), cast))
    assert not set_up(today(client_of(cast.assistant), cast))
    Incident.objects.filter(pk=incident.pk).update(ended_at=timezone.now())
    assert not set_up(today(client_of(cast.merchant), cast))


def test_a_merchant_hides_the_set_up_list_for_good(cast: Cast, client_of: SignIn) -> None:
    merchant = client_of(cast.merchant)
    merchant.post(f"/t/{cast.team.slug}/set-up/hiding/")
    assert not set_up(today(merchant, cast))
    merchant.post(f"/t/{cast.team.slug}/set-up/hiding/")
    assert AuditEvent.objects.filter(verb="set_up_hidden").count() == 1


def test_orders_without_a_sale_are_named_before_the_figures_that_leave_them_out(
    cast: Cast, client_of: SignIn
) -> None:
    bought = [make_supplier_order(cast.team) for _n in range(23)]
    make_incident(cast.team, cast.merchant, bought, reason=reason())
    text = today(client_of(cast.merchant), cast)
    assert 0 < text.index("Not joined to a sale yet: 23 orders") < text.index('<dl class="figures"')


def test_orders_without_a_sale_are_the_step_where_nothing_is_more_urgent(
    cast: Cast, client_of: SignIn
) -> None:
    incident = make_incident(
        cast.team, cast.merchant, [make_supplier_order(cast.team)], reason=reason("supplier_cancelled")
    )
    note_no_verification(incident=incident, reason="The supplier had no stock.", by=cast.merchant)
    text = today(client_of(cast.merchant), cast)
    assert titles(text) == ["Not joined to a sale yet: 1 order"]
    assert text.count("Not joined to a sale yet") == 1


def test_one_incident_and_twenty_cost_the_same_queries(cast: Cast, client_of: SignIn) -> None:
    merchant = client_of(cast.merchant)
    bad_day(cast, 1)
    today(merchant, cast)
    with CaptureQueriesContext(connection) as few:
        today(merchant, cast)
    for _n in range(19):
        bad_day(cast, 1)
    with CaptureQueriesContext(connection) as many:
        today(merchant, cast)
    assert len(many) == len(few)
