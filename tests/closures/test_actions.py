from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from closedorders.accounts.audit_words import changes
from closedorders.accounts.models import AuditEvent, Role
from closedorders.closures import actions
from closedorders.closures.actions import LogResult, log_closures
from closedorders.closures.builtin_reasons import BUILTIN
from closedorders.closures.models import Closure, ClosureReason, Incident, Playbook
from closedorders.core.refusals import Refused
from closedorders.incidents.actions import end_incident
from closedorders.orders.models import BulkEdit, BulkEditRow, BuyerAccount, SupplierOrder
from closedorders.orders.stubs import ensure_buyer_account, ensure_supplier_orders
from tests.cast import Cast
from tests.factories import (
    make_buyer_account,
    make_member,
    make_store,
    make_store_order,
    make_supplier_order,
    make_team,
    reason,
)

NUMBERS = [f"{8_201_447_122_030_000 + n}" for n in range(40)]


def log(cast: Cast, numbers: list[str], **fields: object) -> LogResult:
    account = fields.pop("buyer_account", None) or make_buyer_account(cast.team)
    arguments = {"reason": reason(), "by": cast.assistant} | fields
    return log_closures(team=cast.team, numbers=numbers, buyer_account=account, **arguments)  # type: ignore[arg-type]  # named by the caller


def test_forty_numbers_become_forty_closures_of_one_new_incident(cast: Cast) -> None:
    known = make_supplier_order(cast.team, number=NUMBERS[0])
    result = log(cast, NUMBERS)
    assert result.incident is not None
    assert result.incident.number == 1
    assert result.incident.cause == reason()
    assert len(result.logged) == 40
    assert result.stubs == NUMBERS[1:]
    assert result.incident.closures.open().count() == 40
    known.refresh_from_db()
    assert known.buyer_account == result.incident.buyer_account
    assert known.cost == Decimal("12.90")


def test_the_queries_of_a_log_do_not_grow_with_the_numbers(cast: Cast) -> None:
    account = make_buyer_account(cast.team)
    log(cast, ["8201447122039999"], buyer_account=account)
    with CaptureQueriesContext(connection) as few:
        log(cast, NUMBERS[:2], buyer_account=account)
    with CaptureQueriesContext(connection) as many:
        log(cast, NUMBERS[2:], buyer_account=account)
    assert len(many) == len(few)
    assert len(few) < 25


def test_orders_that_are_closed_already_are_listed_and_not_logged_twice(cast: Cast) -> None:
    first = log(cast, NUMBERS[:3])
    again = log(cast, NUMBERS[:4])
    assert [closure.supplier_order.number for closure in again.already] == NUMBERS[:3]
    assert [closure.supplier_order.number for closure in again.logged] == [NUMBERS[3]]
    assert first.incident != again.incident
    nothing = log(cast, NUMBERS[:2])
    assert nothing.incident is None
    assert nothing.logged == []
    assert Incident.objects.count() == 2


def test_a_log_joins_the_open_incident_of_the_account_and_numbers_count_up(cast: Cast) -> None:
    account = make_buyer_account(cast.team)
    first = log(cast, NUMBERS[:1], buyer_account=account, reason=None).incident
    assert first is not None
    assert first.cause is None
    second = log(cast, NUMBERS[1:2], buyer_account=account).incident
    assert second == first
    assert second is not None
    assert second.cause == reason()
    end_incident(incident=first, by=cast.merchant)
    third = log(cast, NUMBERS[2:3], buyer_account=account).incident
    assert third is not None
    assert third.number == 2


def test_each_team_counts_its_own_incidents(cast: Cast, other_cast: Cast) -> None:
    log(cast, NUMBERS[:1])
    result = log(other_cast, NUMBERS[:1])
    assert result.incident is not None
    assert result.incident.number == 1
    assert len(result.logged) == 1


def test_an_order_of_another_account_is_logged_and_named(cast: Cast) -> None:
    elsewhere = make_buyer_account(cast.team)
    order = make_supplier_order(cast.team, number=NUMBERS[0], buyer_account=elsewhere)
    result = log(cast, NUMBERS[:2])
    assert result.elsewhere == [order]
    order.refresh_from_db()
    assert order.buyer_account == elsewhere


@pytest.mark.parametrize("bad", ["123", "820144712203551A", "8" * 21, "８" * 16])
def test_what_is_no_number_is_left_out(cast: Cast, bad: str) -> None:
    result = log(cast, [bad, NUMBERS[0]])
    assert result.invalid == [bad]
    assert len(result.logged) == 1


def test_a_log_is_refused_in_the_future_with_a_foreign_reason_or_account(
    cast: Cast, other_cast: Cast
) -> None:
    with pytest.raises(Refused, match="future"):
        log(cast, NUMBERS, closed_at=timezone.now() + timedelta(hours=1))
    theirs = actions.add_reason(team=other_cast.team, name="Strike", by=other_cast.merchant)
    with pytest.raises(Refused, match="another team"):
        log(cast, NUMBERS, reason=theirs)
    with pytest.raises(Refused, match="another team"):
        log(cast, NUMBERS, buyer_account=make_buyer_account(other_cast.team))
    with pytest.raises(Refused, match="too many"):
        log(cast, [f"{8_201_447_122_030_000 + n}" for n in range(501)])
    assert not Closure.objects.exists()


def test_a_log_that_is_refused_or_empty_makes_no_buyer_account(cast: Cast) -> None:
    own = actions.add_reason(team=cast.team, name="Strike", by=cast.merchant)
    actions.retire_reason(reason=own, by=cast.merchant)
    own.refresh_from_db()
    with pytest.raises(Refused, match="no longer in use"):
        log(cast, NUMBERS, buyer_account="Main", reason=own)
    with pytest.raises(Refused, match="future"):
        log(cast, NUMBERS, buyer_account="Main", closed_at=timezone.now() + timedelta(hours=1))
    assert log(cast, ["123"], buyer_account="Main").invalid == ["123"]
    assert not BuyerAccount.objects.exists()
    result = log(cast, NUMBERS, buyer_account=" main  ")
    assert result.incident is not None
    assert result.incident.buyer_account.label == "main"


def test_a_log_leaves_a_line_per_closure_and_one_for_the_incident(cast: Cast) -> None:
    result = log(cast, NUMBERS[:2], words="Closed for security reasons")
    assert result.incident is not None
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs.count("closure_logged") == 2
    assert verbs.count("closures_logged") == 1
    event = AuditEvent.objects.about(result.logged[0]).get()
    assert event.actor == cast.assistant.user
    assert event.after == {"reason": "fraud_review", "incident": 1}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [True, False], ids=["known orders", "stubs"])
def test_people_who_log_the_same_numbers_at_once_log_them_once(known: bool) -> None:
    team = make_team()
    member, account = make_member(team, Role.ASSISTANT), make_buyer_account(team)
    for number in NUMBERS if known else []:
        make_supplier_order(team, number=number, buyer_account=account)
    start = threading.Barrier(5)
    results: list[LogResult] = []
    mishaps: list[BaseException] = []

    def paste() -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=10)
            results.append(
                log_closures(team=team, numbers=NUMBERS, reason=None, buyer_account=account, by=member)
            )
        except BaseException as mishap:
            mishaps.append(mishap)
        finally:
            connections.close_all()

    people = [threading.Thread(target=paste) for _ in range(5)]
    for person in people:
        person.start()
    for person in people:
        person.join(timeout=30)
    assert mishaps == []
    assert sorted(len(result.logged) for result in results) == [0, 0, 0, 0, 40]
    assert sorted(len(result.already) for result in results) == [0, 40, 40, 40, 40]
    assert Closure.objects.count() == 40
    assert Incident.objects.count() == 1


def test_stubs_are_made_once_and_keep_what_is_known(cast: Cast) -> None:
    account, other = make_buyer_account(cast.team), make_buyer_account(cast.team)
    known = make_supplier_order(cast.team, number=NUMBERS[0], buyer_account=other)
    for _attempt in range(2):
        orders = ensure_supplier_orders(
            team=cast.team, numbers=[*NUMBERS[:3], NUMBERS[1]], buyer_account=account, by=cast.assistant
        )
    assert list(orders) == NUMBERS[:3]
    assert orders[NUMBERS[0]] == known
    assert orders[NUMBERS[0]].buyer_account == other
    assert orders[NUMBERS[1]].is_stub
    assert SupplierOrder.objects.count() == 3


def test_a_buyer_account_named_twice_is_one(cast: Cast) -> None:
    first = ensure_buyer_account(team=cast.team, label=" Main  account", by=cast.assistant)
    assert first.label == "Main account"
    assert ensure_buyer_account(team=cast.team, label="main ACCOUNT", by=cast.assistant) == first


def test_a_reason_for_many_is_written_and_can_be_undone_once(cast: Cast) -> None:
    closures = log(cast, NUMBERS[:3], reason=None).logged
    actions.set_reason(closures=closures[:1], reason=reason("travel"), by=cast.assistant)
    change = actions.set_reason(closures=Closure.objects.all(), reason=reason("card_check"), by=cast.merchant)
    assert change.changed == 3
    assert change.edit is not None
    # Somebody has settled one of them meanwhile: that stays.
    actions.set_reason(closures=closures[2:], reason=reason("complaints"), by=cast.assistant)
    assert actions.undo_reason(edit=change.edit, by=cast.merchant) == 2
    codes = [
        c.reason.code if c.reason else "" for c in Closure.objects.order_by("pk").select_related("reason")
    ]
    assert codes == ["travel", "", "complaints"]
    with pytest.raises(Refused, match="undone already"):
        actions.undo_reason(edit=change.edit, by=cast.merchant)


def test_the_trail_counts_the_closures_of_a_reason_for_many_and_names_no_keys(cast: Cast) -> None:
    closures = log(cast, NUMBERS, reason=None).logged
    change = actions.set_reason(closures=closures, reason=reason("travel"), by=cast.merchant)
    event = AuditEvent.objects.get(verb="closure_reasons_set")
    assert (event.before, event.after) == ({}, {"code": "travel", "orders": 40})
    assert changes(event) == ["Reason: Ordering while travelling", "Orders: 40"]
    assert change.edit is not None
    assert change.edit.rows.count() == 40
    assert actions.undo_reason(edit=change.edit, by=cast.merchant) == 40
    undone = AuditEvent.objects.get(verb="closure_reasons_undone")
    assert (undone.before, undone.after) == ({}, {"orders": 40})
    # A day later nobody asks for the earlier reasons any more.
    BulkEdit.objects.update(created_at=timezone.now() - timedelta(days=2))
    actions.set_reason(closures=closures[:1], reason=reason("travel"), by=cast.merchant)
    assert BulkEditRow.objects.count() == 1


def test_another_team_or_another_kind_of_bulk_edit_is_not_undone_here(cast: Cast, other_cast: Cast) -> None:
    theirs = actions.set_reason(
        closures=log(other_cast, NUMBERS[:2]).logged, reason=None, by=other_cast.merchant
    )
    tags = BulkEdit.objects.create(team=cast.team, by=cast.merchant, verb="tag_add")
    for edit in (theirs.edit, tags):
        assert edit is not None
        with pytest.raises(Refused, match="nothing to undo"):
            actions.undo_reason(edit=edit, by=cast.merchant)


def test_an_undo_comes_too_late_after_ten_minutes(cast: Cast) -> None:
    closures = log(cast, NUMBERS[:2], reason=None).logged
    change = actions.set_reason(closures=closures, reason=reason(), by=cast.merchant)
    assert change.edit is not None
    BulkEdit.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    with pytest.raises(Refused, match="ten minutes"):
        actions.undo_reason(edit=change.edit, by=cast.merchant)


def test_a_reason_that_changes_nothing_leaves_no_line(cast: Cast) -> None:
    closures = log(cast, NUMBERS[:1]).logged
    assert actions.set_reason(closures=closures, reason=reason(), by=cast.merchant).edit is None


def test_closures_of_another_team_are_not_touched(cast: Cast, other_cast: Cast) -> None:
    theirs = log(other_cast, NUMBERS[:1]).logged
    assert actions.set_reason(closures=theirs, reason=None, by=cast.merchant).changed == 0


def test_a_reopened_closure_stays_as_history_and_the_order_can_be_closed_again(cast: Cast) -> None:
    (closure,) = log(cast, NUMBERS[:1]).logged
    actions.reopen_closure(closure=closure, by=cast.assistant)
    actions.reopen_closure(closure=closure, by=cast.assistant)
    assert Closure.objects.reopened().get() == closure
    assert AuditEvent.objects.filter(verb="closure_reopened").count() == 1
    with pytest.raises(Refused, match="took this closure back"):
        actions.set_outcome(closure=closure, outcome="refunded", by=cast.merchant)
    log(cast, NUMBERS[:1])
    assert Closure.objects.standing().count() == 1
    assert Closure.objects.count() == 2


def test_a_replacement_is_linked_to_the_closed_order_and_its_store_order(cast: Cast) -> None:
    store_order = make_store_order(make_store(cast.team))
    make_supplier_order(cast.team, store_order, number=NUMBERS[0])
    (closure,) = log(cast, NUMBERS[:1]).logged
    actions.set_outcome(closure=closure, outcome="replaced", by=cast.assistant, replacement=NUMBERS[1])
    new = SupplierOrder.objects.get(number=NUMBERS[1])
    assert new.replaces == closure.supplier_order
    assert new.store_order == store_order
    # A mistyped number is put right.
    actions.set_outcome(closure=closure, outcome="replaced", by=cast.assistant, replacement=NUMBERS[2])
    assert not SupplierOrder.objects.get(number=NUMBERS[1]).replaces
    assert closure.supplier_order.replacements.get().number == NUMBERS[2]
    actions.set_outcome(closure=closure, outcome="open", by=cast.assistant)
    assert not closure.supplier_order.replacements.exists()
    closure.refresh_from_db()
    assert closure.outcome_at is None


def test_how_the_new_order_was_paid_stays_with_it_and_can_be_put_right(cast: Cast) -> None:
    (closure,) = log(cast, NUMBERS[:1]).logged

    def say(number: str, method: str | None = None) -> SupplierOrder:
        actions.set_outcome(
            closure=closure, outcome="replaced", by=cast.assistant, replacement=number, payment_method=method
        )
        return SupplierOrder.objects.get(number=number)

    def trail() -> list[tuple[dict[str, str], dict[str, str]]]:
        events = AuditEvent.objects.filter(verb="closure_outcome_set").order_by("pk")
        return list(events.values_list("before", "after"))

    assert say(NUMBERS[1], "pocket").payment_method == "pocket"
    closure.refresh_from_db()
    made_good_at = closure.outcome_at
    assert trail()[-1] == (
        {"outcome": "open", "replacement": "", "payment_method": ""},
        {"outcome": "replaced", "replacement": NUMBERS[1], "payment_method": "pocket"},
    )
    # Imports leave what a person said alone.
    assert "payment_method" in say(NUMBERS[1]).edited_fields
    # Twice is once, and who says nothing of it takes nothing away.
    assert say(NUMBERS[1], "pocket").payment_method == "pocket"
    assert len(trail()) == 1
    # Put right by itself, it was no less made good when it was.
    assert say(NUMBERS[1], "paypal").payment_method == "paypal"
    closure.refresh_from_db()
    assert closure.outcome_at == made_good_at
    assert trail()[-1] == (
        {"outcome": "replaced", "payment_method": "pocket"},
        {"outcome": "replaced", "payment_method": "paypal"},
    )
    # Of a mistyped number it was never true.
    assert say(NUMBERS[2], "card").payment_method == "card"
    mistyped = SupplierOrder.objects.get(number=NUMBERS[1])
    assert (mistyped.payment_method, mistyped.edited_fields) == ("", [])
    taken_back = say(NUMBERS[2], "")
    assert (taken_back.payment_method, taken_back.edited_fields) == ("", [])


def test_how_a_file_says_an_order_was_paid_is_not_taken_back_by_who_says_nothing(cast: Cast) -> None:
    (closure,) = log(cast, NUMBERS[:1]).logged
    new = make_supplier_order(cast.team, number=NUMBERS[1], payment_method="Visa")
    for outcome in ("replaced", "open"):
        actions.set_outcome(
            closure=closure, outcome=outcome, by=cast.assistant, replacement=new.number, payment_method=""
        )
        new.refresh_from_db()
        assert new.payment_method == "Visa"


def test_a_replacement_must_be_another_order_that_replaces_nothing_else(cast: Cast) -> None:
    first, second = log(cast, NUMBERS[:2]).logged
    with pytest.raises(Refused, match="own number"):
        actions.set_outcome(closure=first, outcome="replaced", by=cast.assistant, replacement=NUMBERS[0])
    with pytest.raises(Refused, match="8 to 20 digits"):
        actions.set_outcome(closure=first, outcome="replaced", by=cast.assistant, replacement="12")
    actions.set_outcome(closure=first, outcome="replaced", by=cast.assistant, replacement=NUMBERS[1])
    with pytest.raises(Refused, match="came before"):
        actions.set_outcome(closure=second, outcome="replaced", by=cast.assistant, replacement=NUMBERS[0])
    actions.set_outcome(closure=second, outcome="replaced", by=cast.assistant, replacement=NUMBERS[2])
    (third,) = log(cast, NUMBERS[3:4]).logged
    with pytest.raises(Refused, match="already stands in"):
        actions.set_outcome(closure=third, outcome="replaced", by=cast.assistant, replacement=NUMBERS[2])


@pytest.mark.parametrize("outcome", ["refunded", "written_off"])
def test_an_assistant_cannot_settle_money(cast: Cast, outcome: str) -> None:
    (closure,) = log(cast, NUMBERS[:1]).logged
    with pytest.raises(Refused, match="merchant"):
        actions.set_outcome(closure=closure, outcome=outcome, by=cast.assistant)
    actions.set_outcome(closure=closure, outcome=outcome, by=cast.merchant)
    with pytest.raises(Refused, match="merchant"):
        actions.set_outcome(closure=closure, outcome="open", by=cast.assistant)


def test_an_own_reason_never_takes_the_code_of_another(cast: Cast) -> None:
    first = actions.add_reason(team=cast.team, name="Travel", by=cast.merchant)
    assert first.code == "travel-2"
    assert ClosureReason.objects.with_retired(cast.team).filter(code=first.code).count() == 1
    assert actions.add_reason(team=cast.team, name="罢工", by=cast.merchant).code == "own"
    assert actions.add_reason(team=cast.team, name="New", by=cast.merchant).code == "new-2"
    with pytest.raises(Refused, match="already"):
        actions.add_reason(team=cast.team, name="TRAVEL", by=cast.merchant)


def test_a_retired_reason_is_offered_no_longer_and_comes_back_by_its_name(cast: Cast) -> None:
    own = actions.add_reason(team=cast.team, name="Strike", by=cast.merchant)
    (closure,) = log(cast, NUMBERS[:1], reason=own).logged
    actions.retire_reason(reason=own, by=cast.merchant)
    own.refresh_from_db()
    assert own not in ClosureReason.objects.for_team(cast.team)
    with pytest.raises(Refused, match="no longer in use"):
        log(cast, NUMBERS[1:2], reason=own)
    closure.refresh_from_db()
    assert closure.reason == own
    assert actions.add_reason(team=cast.team, name="strike", by=cast.merchant) == own
    with pytest.raises(Refused, match="your team added"):
        actions.retire_reason(reason=reason(), by=cast.merchant)


def test_words_like_the_seeded_ones_are_kept_blank_so_that_they_stay_translated(cast: Cast) -> None:
    seeded = BUILTIN["travel"]
    actions.edit_playbook(
        team=cast.team,
        reason=reason("travel"),
        by=cast.merchant,
        verified_on=None,
        do_now="Call Ana.",
        prevention=str(seeded.prevention),
    )
    playbook = Playbook.objects.get()
    assert playbook.do_now == "Call Ana."
    assert playbook.prevention == ""
