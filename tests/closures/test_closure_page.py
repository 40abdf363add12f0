from __future__ import annotations

from django.urls import reverse

from closedorders.closures import actions
from closedorders.closures.models import Closure
from closedorders.orders.models import SupplierOrder
from tests.cast import Cast
from tests.closures.pages import SignIn, closed_order, url, words
from tests.factories import make_incident, make_supplier_order, reason


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
