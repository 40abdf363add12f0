from __future__ import annotations

from decimal import Decimal

import pytest

from closedorders.core.refusals import Refused
from closedorders.outreach import actions
from closedorders.outreach.compensations.actions import (
    export_compensations,
    issue_compensations,
    reopen_compensations,
)
from closedorders.outreach.models import Campaign, Compensation, Suppression
from closedorders.outreach.plans.checks import checks_of
from closedorders.outreach.plans.plan import Plan
from tests.cast import Cast
from tests.factories import make_customer, make_store
from tests.outreach.pages.responses import SignIn, text_of, url_of
from tests.outreach.scenes import approve, draft, make_scene

OFFER = {"code_percent": 0, "refund_percent": 0, "store_credit": Decimal(5), "shipping_upgrade": "ePacket"}


def offering(cast: Cast, people: int = 2, **offer: object) -> Campaign:
    campaign = draft(make_scene(cast.merchant, people))
    return actions.change_offer(campaign=campaign, by=cast.merchant, **{**OFFER, **offer})


def missing(campaign: Campaign) -> dict[str, str]:
    return {check.code: check.words for check in checks_of(Plan(campaign)) if not check.ok}


def test_credit_and_shipping_are_named_only_once_somebody_says_they_are_given(cast: Cast) -> None:
    campaign, by = offering(cast), cast.merchant
    assert "prepare it first" in missing(campaign)["credit"]
    actions.prepare(campaign=campaign, by=by)
    assert missing(campaign).keys() == {"credit", "shipping"}
    with pytest.raises(Refused, match="give it in the shop"):
        approve(campaign, by, 2)
    assert issue_compensations(campaign=campaign, kind="credit", by=by) == 2
    assert issue_compensations(campaign=campaign, kind="credit", by=by) == 0
    assert missing(campaign).keys() == {"shipping"}
    issue_compensations(campaign=campaign, kind="shipping", by=by)
    letters = [letter.body for letter in Plan(approve(campaign, by, 2)).letters]
    assert letters == []
    bodies = list(campaign.messages.values_list("body", flat=True))
    assert all("€5.00 of store credit" in body and "goes by ePacket" in body for body in bodies)


def test_a_changed_offer_is_given_anew_and_never_confirmed_unseen(cast: Cast) -> None:
    campaign, by = offering(cast), cast.merchant
    actions.prepare(campaign=campaign, by=by)
    campaign = actions.change_offer(campaign=campaign, by=by, store_credit=Decimal(8))
    with pytest.raises(Refused, match="prepare it again"):
        issue_compensations(campaign=campaign, kind="credit", by=by)
    actions.prepare(campaign=campaign, by=by)
    assert set(Compensation.objects.filter(kind="credit").values_list("amount", flat=True)) == {Decimal(8)}
    issue_compensations(campaign=campaign, kind="credit", by=by)
    campaign = actions.change_offer(campaign=campaign, by=by, store_credit=Decimal(3))
    actions.prepare(campaign=campaign, by=by)
    letters = Plan(campaign).letters
    assert all("€8.00" in letter.body for letter in letters), "what was given is what the mail says"


def test_what_is_not_offered_any_more_is_taken_off_the_list_unless_it_was_given(cast: Cast) -> None:
    campaign, by = offering(cast), cast.merchant
    actions.prepare(campaign=campaign, by=by)
    issue_compensations(campaign=campaign, kind="shipping", by=by)
    campaign = actions.change_offer(campaign=campaign, by=by, store_credit=Decimal(0), shipping_upgrade="")
    actions.prepare(campaign=campaign, by=by)
    assert list(Compensation.objects.values_list("kind", flat=True).distinct()) == ["shipping"]
    assert "ePacket" not in Plan(campaign).letters[0].body


def test_a_tick_is_taken_back_while_nothing_is_sent(cast: Cast) -> None:
    campaign, by = offering(cast, shipping_upgrade=""), cast.merchant
    actions.prepare(campaign=campaign, by=by)
    issue_compensations(campaign=campaign, kind="credit", by=by)
    assert reopen_compensations(campaign=campaign, kind="credit", by=by) == 2
    assert missing(campaign).keys() == {"credit"}
    issue_compensations(campaign=campaign, kind="credit", by=by)
    approve(campaign, by, 2)
    with pytest.raises(Refused):
        reopen_compensations(campaign=campaign, kind="credit", by=by)


def test_who_wants_no_offers_gets_no_credit_but_the_faster_parcel(cast: Cast) -> None:
    store = make_store(cast.team, currency="EUR")
    people = [make_customer(store, "Ana Ruiz", email="ana@shop.example"), make_customer(store, "John Smith")]
    Suppression.objects.create(team=cast.team, email="ana@shop.example", cause="asked", scope="offers")
    campaign = draft(make_scene(cast.merchant, store=store, customers=people))
    campaign = actions.change_offer(campaign=campaign, by=cast.merchant, **OFFER)
    actions.prepare(campaign=campaign, by=cast.merchant)
    assert [row.customer.name for row in Compensation.objects.filter(kind="credit")] == ["John Smith"]
    for kind in ("credit", "shipping"):
        issue_compensations(campaign=campaign, kind=kind, by=cast.merchant)
    assert missing(campaign) == {}
    [ana] = [letter for letter in Plan(campaign).letters if letter.person.customer.name == "Ana Ruiz"]
    assert "ePacket" in ana.body
    assert "credit" not in ana.body


def test_amounts_have_the_decimals_of_the_stores_currency(cast: Cast, client_of: SignIn) -> None:
    store = make_store(cast.team, currency="JPY")
    campaign = draft(make_scene(cast.merchant, store=store, customers=[make_customer(store, "Ana Ruiz")]))
    client, offer = (
        client_of(cast.merchant),
        {"code_percent": "0", "refund_percent": "0", "refund_base": "total"},
    )
    wrong = client.post(url_of("offer", campaign), {**offer, "store_credit": "2.5"})
    assert wrong.status_code == 422
    assert "More decimals than the currency has." in text_of(wrong)
    client.post(url_of("offer", campaign), {**offer, "store_credit": "500"})
    client.post(url_of("preparation", campaign))
    assert "¥500" in text_of(client.get(url_of("campaign", campaign)))


def test_the_table_of_whom_to_give_it_is_downloaded_and_noted(cast: Cast, client_of: SignIn) -> None:
    campaign, client = offering(cast), client_of(cast.merchant)
    client.post(url_of("preparation", campaign))
    table = client.post(url_of("compensations_file", campaign, "credit"))
    lines = b"".join(table).decode("utf-8-sig").split()
    assert len([line for line in lines if "EUR" in line]) == 2
    assert Compensation.objects.filter(kind="credit", exported_at=None).count() == 0
    assert Compensation.objects.filter(kind="shipping", exported_at=None).count() == 2
    assert client.post(url_of("compensations_file", campaign, "gold")).status_code == 404
    client.post(url_of("compensations_issuing", campaign, "credit"))
    assert Compensation.objects.filter(kind="credit", issued_at=None).count() == 0
    client.post(url_of("compensations_issuing", campaign, "credit"), {"do": "reopen"})
    assert Compensation.objects.filter(kind="credit", issued_at=None).count() == 2


def test_exporting_alone_gives_nothing(cast: Cast) -> None:
    campaign = offering(cast)
    actions.prepare(campaign=campaign, by=cast.merchant)
    assert len(export_compensations(campaign=campaign, kind="credit", by=cast.merchant)) == 2
    assert "credit" in missing(campaign)
