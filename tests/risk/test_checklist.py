from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from closedorders.accounts.exchange.actions import state_rate
from closedorders.accounts.models import AuditEvent, Membership, WorkSession
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.imports.models import Import
from closedorders.orders.models import Supplier
from closedorders.risk import rules
from closedorders.risk.actions import confirm_check, withdraw_confirmation
from closedorders.risk.checklist import Finding, checklist
from closedorders.risk.checklist.evidence import evidence
from closedorders.risk.checklist.wording import sentence
from closedorders.risk.facts import Rates, gather
from closedorders.risk.models import Confirmation
from closedorders.risk.rules import RULES, Facts, Signal, State, Thresholds
from closedorders.risk.rules.base import Reading, SupplierFacts
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_incident,
    make_store,
    make_store_order,
    make_supplier_order,
    reason,
)

SignIn = Callable[[Membership | None], Client]
ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 23, 20, 0, tzinfo=ZONE)


def find(cast: Cast, code: str, now: datetime | None = None) -> Finding:
    return next(finding for finding in checklist(cast.team, now=now) if finding.code == code)


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(f"risk:{name}", args=[cast.team.slug, *args])


def words(response: object) -> str:
    content: bytes = response.content  # type: ignore[attr-defined]  # the test client's answers have no public type
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", content.decode())))


def ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def imported(cast: Cast, at: datetime) -> None:
    Import.objects.create(
        team=cast.team,
        uploaded_by=cast.assistant,
        file_name="orders.csv",
        size=1,
        sha256="0" * 64,
        state=Import.State.COMMITTED,
        finished_at=at,
    )


@pytest.fixture
def pacific(cast: Cast) -> Cast:
    cast.team.time_zone = str(ZONE)
    cast.team.save()
    imported(cast, NOW - timedelta(hours=3))
    return cast


def test_spend_is_summed_per_account_and_day_of_the_teams_zone(pacific: Cast) -> None:
    main, spare = make_buyer_account(pacific.team, "Main"), make_buyer_account(pacific.team, "Spare")
    # 02:00 in Madrid on the 24th is still the 23rd here.
    for hours in (1, 2, 10):
        make_supplier_order(
            pacific.team, buyer_account=main, cost=Decimal(3000), placed_at=NOW - timedelta(hours=hours)
        )
    make_supplier_order(pacific.team, buyer_account=spare, cost=Decimal(8000), placed_at=NOW)
    make_supplier_order(
        pacific.team, buyer_account=main, cost=Decimal(9900), placed_at=NOW - timedelta(days=3)
    )
    make_supplier_order(
        pacific.team, buyer_account=main, cost=Decimal(99_999), placed_at=NOW - timedelta(days=32)
    )
    facts = gather(pacific.team, now=NOW)
    first, second = facts.accounts
    assert (first.label, second.label) == ("Main", "Spare")
    assert first.spent[-1] == Decimal(9000)
    assert first.spent[-4] == Decimal(9900)
    assert first.orders[-1] == 3
    assert facts.largest_hour == 1
    finding = find(pacific, "fraud_review", NOW)
    assert finding.state == State.ACT
    assert "“Main” has spent $9,000.00 of $10,000.00 today (90 %)" in finding.text


def test_other_currencies_are_converted_by_stated_rates_and_named_without(pacific: Cast) -> None:
    make_supplier_order(pacific.team, cost=Decimal(8_000), currency="EUR", placed_at=NOW)
    make_supplier_order(pacific.team, cost=Decimal(10), placed_at=NOW)
    finding = find(pacific, "fraud_review", NOW)
    assert finding.state == State.UNKNOWN
    assert "Orders in EUR are not counted" in finding.text
    state_rate(
        team=pacific.team,
        currency="EUR",
        rate=Decimal("1.1"),
        stated_on=NOW.date(),
        source="ECB",
        by=pacific.merchant,
    )
    finding = find(pacific, "fraud_review", NOW)
    assert finding.state == State.WATCH
    assert "$8,810.00" in finding.text
    assert ("EUR", "1 EUR = 1.1000 USD on 23 Nov 2026 (ECB)") in finding.evidence


def test_rates_go_by_way_of_the_home_currency(cast: Cast) -> None:
    cast.team.currency = "EUR"
    cast.team.save()
    for currency, rate in (("USD", "0.5"), ("GBP", "2")):
        state_rate(
            team=cast.team,
            currency=currency,
            rate=Decimal(rate),
            stated_on=timezone.localdate(),
            source="Bank",
            by=cast.merchant,
        )
    rates = Rates(cast.team)
    assert rates.to_usd(Decimal(10), "EUR") == Decimal(20)
    assert rates.to_usd(Decimal(10), "GBP") == Decimal(40)
    assert rates.to_usd(Decimal(10), "USD") == Decimal(10)
    assert rates.to_usd(Decimal(10), "JPY") == 0
    assert "JPY" not in rates.known


def test_nothing_imported_for_a_week_is_unknown(cast: Cast) -> None:
    assert "Nothing has been imported yet" in find(cast, "fraud_review").text
    imported(cast, timezone.now() - timedelta(days=9))
    finding = find(cast, "fraud_review")
    assert finding.state == State.UNKNOWN
    assert "9 days old" in finding.text


def test_orders_that_a_file_dates_by_day_make_no_batch_of_an_hour(pacific: Cast) -> None:
    midnight = NOW.replace(hour=0)
    for _ in range(3):
        make_supplier_order(pacific.team, placed_at=midnight)
    facts = gather(pacific.team, now=NOW)
    assert (facts.largest_hour, facts.accounts[0].orders[-1]) == (None, 3)
    assert "At most 3 orders of one account in a day" in find(pacific, "card_check", NOW).text


def test_destinations_are_seen_from_the_cards_country(pacific: Cast) -> None:
    account = make_buyer_account(pacific.team, "Main", card_country="ES")
    store = make_store(pacific.team)
    for country in ("ES", "FR", "DE", "IT", "PT", "FR", ""):
        make_supplier_order(
            pacific.team, make_store_order(store, ship_country=country), buyer_account=account, placed_at=NOW
        )
    finding = find(pacific, "one_location", NOW)
    assert finding.state == State.UNKNOWN
    assert "Main" in finding.text
    account.ordering_place = "Madrid"
    account.save()
    finding = find(pacific, "one_location", NOW)
    assert finding.state == State.WATCH
    assert "5 of 6 orders" in finding.text
    assert "(83 %)" in finding.text


def test_only_networks_of_those_who_order_count(cast: Cast) -> None:
    for member, network in (
        (cast.merchant, "203.0.113.0/24"),
        (cast.assistant, "203.0.113.0/24"),
        (cast.assistant, "198.51.100.0/24"),
        (cast.reviewer, "192.0.2.0/24"),
    ):
        WorkSession.objects.create(membership=member, network=network)
    WorkSession.objects.update_or_create(
        membership=cast.merchant,
        network="100.64.0.0/24",
        defaults={"last_seen_at": timezone.now() - timedelta(days=8)},
    )
    facts = gather(cast.team)
    assert (facts.networks, facts.people) == (2, 2)
    finding = find(cast, "assistant_network")
    assert finding.state == State.WATCH
    assert "not those to AliExpress" in finding.text


def test_closures_of_the_cause_are_counted_for_a_month(cast: Cast, other_cast: Cast) -> None:
    orders = [make_supplier_order(cast.team) for _ in range(3)]
    make_incident(cast.team, cast.merchant, orders, reason=reason("complaints"))
    make_incident(
        cast.team,
        cast.merchant,
        [make_supplier_order(cast.team)],
        reason=reason("card_check"),
        closed_at=timezone.now() - timedelta(days=31),
    )
    make_incident(
        other_cast.team,
        other_cast.merchant,
        [make_supplier_order(other_cast.team)],
        reason=reason("travel"),
    )
    assert gather(cast.team).closures == {"complaints": 3}
    finding = find(cast, "complaints")
    assert finding.state == State.ACT
    assert "3 orders were closed for this reason" in finding.text


def test_disputes_are_counted_by_supplier_with_its_orders_on_their_way(cast: Cast, other_cast: Cast) -> None:
    lamps = Supplier.objects.create(team=cast.team, name="Lamp factory")
    theirs = Supplier.objects.create(team=other_cast.team, name="Lamp factory")
    orders = [make_supplier_order(cast.team, supplier=lamps) for _ in range(2)]
    incident = make_incident(cast.team, cast.merchant, orders)
    Closure.objects.filter(incident=incident).update(origin=Closure.Origin.DISPUTE)
    make_supplier_order(cast.team, supplier=lamps, status_code="shipped")
    make_supplier_order(cast.team, supplier=lamps, status_code="completed")
    make_supplier_order(other_cast.team, supplier=theirs, status_code="shipped")
    assert gather(cast.team).suppliers == (SupplierFacts("Lamp factory", 2, 4, 1, lamps.pk),)
    finding = find(cast, "complaints")
    assert finding.state == State.WATCH
    assert "2 orders of “Lamp factory” ended in a dispute, of 4 in 90 days." in finding.text
    assert "1 more order of it is on its way." in finding.text
    assert finding.evidence == [("Lamp factory", "2 of 4 orders in 90 days (50 %)")]


def test_the_checklist_costs_the_same_with_two_orders_and_with_fifty(cast: Cast) -> None:
    account, store = make_buyer_account(cast.team), make_store(cast.team)

    def order() -> None:
        make_supplier_order(cast.team, make_store_order(store), buyer_account=account)
        confirm_check(team=cast.team, check_code="travel", answer="fine", by=cast.merchant)

    for _ in range(2):
        order()
    with CaptureQueriesContext(connection) as few:
        checklist(cast.team)
    for _ in range(48):
        order()
    with CaptureQueriesContext(connection) as many:
        checklist(cast.team)
    assert len(few) == len(many) == 25


def test_a_rule_that_breaks_is_unknown_and_leaves_the_others_alone(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(facts: Facts, thresholds: Thresholds) -> Signal:
        raise ZeroDivisionError

    confirm_check(team=cast.team, check_code="travel", answer="fine", by=cast.merchant)
    monkeypatch.setattr(rules, "RULES", {**RULES, "fraud_review": broken})
    findings = {finding.code: finding for finding in checklist(cast.team)}
    assert len(findings) == 7
    assert findings["fraud_review"].state == State.UNKNOWN
    assert "could not be judged" in findings["fraud_review"].text
    assert findings["travel"].state == State.OK
    assert "fraud_review" in caplog.text


def test_an_answer_is_believed_until_its_day_is_over_in_the_teams_zone(pacific: Cast) -> None:
    answer = confirm_check(team=pacific.team, check_code="travel", answer="fine", by=pacific.merchant)
    local = answer.expires_at.astimezone(ZONE)
    assert (local.hour, local.minute) == (0, 0)
    assert (local.date() - timezone.localdate(timezone=ZONE)).days == 15
    before = answer.expires_at - timedelta(seconds=1)
    finding = find(pacific, "travel", before)
    assert finding.state == State.OK
    assert finding.tick is not None
    assert date_format(local.date() - timedelta(days=1), "DATE_FORMAT") in finding.tick.text
    after = find(pacific, "travel", answer.expires_at)
    assert after.state == State.UNKNOWN
    assert after.tick is not None
    assert "Answered 15 days ago: answer again." in after.tick.text


def test_an_answer_taken_back_gives_way_to_the_one_before(cast: Cast) -> None:
    confirm_check(team=cast.team, check_code="travel", answer="fine", by=cast.merchant)
    second = confirm_check(team=cast.team, check_code="travel", answer="problem", by=cast.merchant)
    assert find(cast, "travel").state == State.ACT
    withdraw_confirmation(confirmation=second, by=cast.merchant)
    withdraw_confirmation(confirmation=second, by=cast.merchant)
    assert find(cast, "travel").state == State.OK
    assert Confirmation.objects.count() == 2
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["check_confirmed", "check_confirmed", "check_withdrawn"]


def test_an_assistant_cannot_tick_or_take_back(cast: Cast) -> None:
    with pytest.raises(Refused, match="merchant"):
        confirm_check(team=cast.team, check_code="travel", answer="fine", by=cast.assistant)
    answer = confirm_check(team=cast.team, check_code="travel", answer="fine", by=cast.merchant)
    with pytest.raises(Refused, match="merchant"):
        withdraw_confirmation(confirmation=answer, by=cast.assistant)


def test_what_data_can_tell_is_not_ticked_and_no_answer_holds_for_ever(cast: Cast) -> None:
    with pytest.raises(Refused, match="from data"):
        confirm_check(team=cast.team, check_code="fraud_review", answer="fine", by=cast.merchant)
    today = timezone.localdate()
    for day in (today + timedelta(days=16), today - timedelta(days=2)):
        with pytest.raises(Refused, match="14 days"):
            confirm_check(
                team=cast.team, check_code="travel", answer="fine", by=cast.merchant, valid_until=day
            )


def test_an_expired_answer_is_not_called_a_confirmation_and_is_dated_by_the_calendar(pacific: Cast) -> None:
    answer = confirm_check(
        team=pacific.team,
        check_code="travel",
        answer="problem",
        by=pacific.merchant,
        valid_until=timezone.localdate(timezone=ZONE),
    )
    finding = find(pacific, "travel", answer.expires_at)
    assert finding.tick is not None
    assert finding.tick.text == "Answered 1 day ago: answer again."


def test_disputes_of_orders_placed_before_are_not_measured_against_the_orders_since(cast: Cast) -> None:
    lamps = Supplier.objects.create(team=cast.team, name="Lamp factory")
    old = make_supplier_order(
        cast.team, supplier=lamps, placed_at=timezone.now() - timedelta(days=91), status_code="completed"
    )
    new, other = (make_supplier_order(cast.team, supplier=lamps, status_code="completed") for _ in range(2))
    first = make_incident(cast.team, cast.merchant, [old, new], closed_at=timezone.now() - timedelta(days=1))
    Closure.objects.filter(incident=first).update(
        origin=Closure.Origin.DISPUTE, reopened_at=timezone.now(), outcome=Closure.Outcome.REOPENED
    )
    again = make_incident(cast.team, cast.merchant, [new])
    Closure.objects.filter(incident=again).update(origin=Closure.Origin.DISPUTE)
    assert other.supplier_id == lamps.pk
    assert gather(cast.team).suppliers == (SupplierFacts("Lamp factory", 1, 2, 0, lamps.pk),)


def test_who_travels_with_open_steps_is_not_said_to_place_no_orders() -> None:
    numbers = {"who": "Ana", "days": 0, "until": NOW.date(), "left": 2}
    words_of = sentence(Reading(State.ACT, "trip_open", numbers))
    assert words_of == "Ana is travelling until 23 Nov 2026; 2 steps are open."


def test_a_months_spend_is_that_of_thirty_days(pacific: Cast) -> None:
    account = make_buyer_account(pacific.team, "Main")
    for days in (0, 29, 30):
        make_supplier_order(
            pacific.team, buyer_account=account, cost=Decimal(100), placed_at=NOW - timedelta(days=days)
        )
    assert "30 days: $200" in find(pacific, "fraud_review", NOW).evidence[0][1]


def test_rates_are_written_as_the_reader_writes_numbers() -> None:
    facts = Facts(rated=(("EUR", Decimal("1.0800"), NOW.date(), "ECB"),))
    with translation.override("es"):
        assert evidence("fraud_review", facts)[0][1].startswith("1 EUR = 1,0800 USD")


# The page
