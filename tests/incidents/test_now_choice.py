from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product

import pytest

from closedorders.incidents.next_step import Situation, Step, decide
from closedorders.incidents.now.choice import Choice, Desk, Do, OpenIncident, choose, doable

FIRST = datetime(2026, 11, 23, 7, tzinfo=UTC)
BAD_DAY = {"closures_not_reopened": 40, "closures_open": 40, "customers_not_told": 31}


def everything(_step: Step) -> bool:
    return True


def as_assistant(step: Step) -> bool:
    return step in {Step.WORK_ON_CASE, Step.CLOSE_CASE, Step.JOIN_ORDERS, Step.FIND_REASONS, Step.MAKE_GOOD}


def incident(*, waits: bool = False, day: int = 23, **known: object) -> OpenIncident:
    return OpenIncident(
        situation=Situation(**(BAD_DAY | known)),  # type: ignore[arg-type]  # a table of keywords
        first_closed_at=FIRST.replace(day=day),
        case_waits=waits,
    )


UNBLOCKED: dict[str, object] = {"case": "unblocked"}
TOLD: dict[str, object] = {"case": "closed", "customers_not_told": 0, "customers_told": 31}


@pytest.mark.parametrize(
    ("known", "step"),
    [
        ({}, Step.OPEN_CASE),
        ({"case": "collecting"}, Step.WORK_ON_CASE),
        ({"case": "ready"}, Step.WORK_ON_CASE),
        ({"case": "submitted"}, Step.WORK_ON_CASE),
        ({"case": "rejected"}, Step.WORK_ON_CASE),
        # Somebody else is at work on the case: what can be done meanwhile.
        ({"case": "in_review", "waits": True, "unmatched": 2}, Step.JOIN_ORDERS),
        ({"case": "submitted", "waits": True, "without_reason": 2}, Step.FIND_REASONS),
        ({"case": "submitted", "waits": True}, Step.MAKE_GOOD),
        ({"case": "submitted", "waits": True, "closures_open": 0}, None),
        (UNBLOCKED, Step.PREPARE_APOLOGIES),
        (UNBLOCKED | {"draft": True}, Step.CONTINUE_APOLOGIES),
        (UNBLOCKED | {"paused": True}, Step.RESUME_SENDING),
        (UNBLOCKED | {"sending": True}, Step.MAKE_GOOD),
        (UNBLOCKED | {"sending": True, "closures_open": 0}, None),
        (UNBLOCKED | {"customers_not_told": 0, "messages_to_decide": 2}, Step.DECIDE_MESSAGES),
        (UNBLOCKED | {"customers_not_told": 0, "unmatched": 3}, Step.JOIN_ORDERS),
        (UNBLOCKED | {"customers_not_told": 0, "refunds_to_issue": 31}, Step.ISSUE_REFUNDS),
        (UNBLOCKED | {"customers_not_told": 0}, Step.CLOSE_CASE),
        (TOLD | {"without_reason": 4}, Step.FIND_REASONS),
        (TOLD, Step.MAKE_GOOD),
        (TOLD | {"closures_open": 0}, Step.END),
        ({"closures_not_reopened": 0, "closures_open": 0}, Step.END),
        ({"ended": True}, None),
    ],
)
def test_a_merchant_does_the_first_step_that_waits_for_nobody_else(
    known: dict[str, object], step: Step | None
) -> None:
    found = incident(**known)  # type: ignore[arg-type]  # a table of keywords
    assert doable(found, everything) == step
    chosen = choose(Desk(), [found], may=everything)
    if step is not None:
        assert chosen == Choice(Do.INCIDENT, 0, step)
    else:
        assert chosen.do == (Do.CALM if found.situation.ended else Do.WAIT)


@pytest.mark.parametrize(
    ("known", "step"),
    [
        ({}, Step.MAKE_GOOD),
        ({"unmatched": 1}, Step.JOIN_ORDERS),
        ({"case": "submitted"}, Step.WORK_ON_CASE),
        ({"case": "submitted", "waits": True}, Step.MAKE_GOOD),
        (UNBLOCKED, Step.MAKE_GOOD),
        (UNBLOCKED | {"closures_open": 0}, None),
    ],
)
def test_an_assistant_is_never_sent_to_a_step_of_the_merchants(
    known: dict[str, object], step: Step | None
) -> None:
    found = incident(**known)  # type: ignore[arg-type]  # a table of keywords
    assert doable(found, as_assistant) == step


def test_every_combination_gives_one_choice_that_the_person_may_do() -> None:
    counts = (0, 2)
    states = ("", "collecting", "in_review", "ready", "submitted", "rejected", "unblocked", "closed")
    flags = list(product((False, True), repeat=3))
    for case, (draft, sending, paused) in product(states, flags):
        for not_told, open_, unmatched, decide_, refunds, unsure in product(counts, repeat=6):
            for waits, may in product((False, True), (everything, as_assistant)):
                found = incident(
                    waits=waits,
                    case=case,
                    draft=draft,
                    sending=sending,
                    paused=paused,
                    customers_not_told=not_told,
                    closures_open=open_,
                    unmatched=unmatched,
                    messages_to_decide=decide_,
                    refunds_to_issue=refunds,
                    without_reason=unsure,
                )
                chosen = choose(Desk(), [found], may=may)
                assert chosen.do in {Do.INCIDENT, Do.WAIT}
                assert chosen.step is not None
                if chosen.do == Do.INCIDENT:
                    assert may(chosen.step)
                    assert chosen.step != Step.WATCH_SENDING
                    assert not (waits and chosen.step == Step.WORK_ON_CASE)
                else:
                    assert chosen.step == decide(found.situation)


@pytest.mark.parametrize(
    ("desk", "do"),
    [
        (Desk(), Do.CALM),
        (Desk(reminders_due=1, closed_not_logged=40, refunds_to_issue=1), Do.REMINDER),
        (Desk(closed_not_logged=40, refunds_to_issue=1), Do.LOG_CLOSED),
        (Desk(refunds_to_issue=3, closures_open=9, supplier_refunds_overdue=1), Do.ISSUE_REFUNDS),
        (Desk(closures_open=9, supplier_refunds_overdue=1, cases_to_close=1), Do.MAKE_GOOD),
        (Desk(supplier_refunds_overdue=1, cases_to_close=1), Do.ASK_FOR_REFUND),
        (Desk(cases_to_close=1), Do.CLOSE_CASE),
    ],
)
def test_without_an_open_incident_what_is_left_over_comes_by_whom_it_hurts(desk: Desk, do: Do) -> None:
    assert choose(desk, [], may=everything) == Choice(do)


def test_a_due_reminder_and_unlogged_closures_come_before_an_incident_and_leftovers_after_it() -> None:
    open_ = [incident()]
    assert choose(Desk(reminders_due=1), open_, may=everything).do == Do.REMINDER
    assert choose(Desk(closed_not_logged=1), open_, may=everything).do == Do.LOG_CLOSED
    left = Desk(refunds_to_issue=1, closures_open=1, supplier_refunds_overdue=1, cases_to_close=1)
    assert choose(left, open_, may=everything) == Choice(Do.INCIDENT, 0, Step.OPEN_CASE)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # The account comes before the customers, the customers before tidying up, whatever is larger or older.
        (incident(case="collecting", closures_open=1), incident(**UNBLOCKED)),  # type: ignore[arg-type]
        (incident(**UNBLOCKED), incident(**TOLD, day=1)),  # type: ignore[arg-type]
        (incident(**TOLD, closures_open=1), incident(closures_not_reopened=0, closures_open=0, day=1)),  # type: ignore[arg-type]
        # Of two alike the larger one, then the older one.
        (incident(closures_open=40), incident(closures_open=3, day=1)),
        (incident(day=1), incident(day=2)),
        # One that waits for AliExpress does not keep a smaller one from being worked on.
        (incident(**TOLD, closures_open=1), incident(case="submitted", waits=True, closures_open=0)),  # type: ignore[arg-type]
    ],
)
def test_the_most_urgent_incident_comes_first_whatever_the_order_they_are_given_in(
    first: OpenIncident, second: OpenIncident
) -> None:
    assert choose(Desk(), [first, second], may=everything).place == 0
    assert choose(Desk(), [second, first], may=everything).place == 1


def test_who_may_do_nothing_waits_and_sees_for_what() -> None:
    nothing: Callable[[Step], bool] = lambda _step: False  # noqa: E731 - as short as it is
    assert choose(Desk(), [incident()], may=nothing) == Choice(Do.WAIT, 0, Step.OPEN_CASE)
