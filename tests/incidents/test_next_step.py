from __future__ import annotations

from typing import Any

import pytest

from closedorders.incidents.next_step import STAGES, Situation, Step, decide, stage, stage_states

BAD_DAY: dict[str, Any] = {"closures_not_reopened": 40, "closures_open": 40, "customers_not_told": 31}


def situation(**known: object) -> Situation:
    return Situation(**(BAD_DAY | known))


@pytest.mark.parametrize(
    ("known", "step"),
    [
        ({}, Step.OPEN_CASE),
        ({"case": "collecting"}, Step.WORK_ON_CASE),
        ({"case": "in_review"}, Step.WORK_ON_CASE),
        ({"case": "submitted"}, Step.WORK_ON_CASE),
        ({"case": "rejected"}, Step.WORK_ON_CASE),
        ({"case": "unblocked"}, Step.PREPARE_APOLOGIES),
        ({"case": "unblocked", "draft": True}, Step.CONTINUE_APOLOGIES),
        ({"case": "unblocked", "sending": True}, Step.WATCH_SENDING),
        ({"case": "unblocked", "paused": True}, Step.RESUME_SENDING),
        ({"case": "unblocked", "messages_to_decide": 2, "customers_not_told": 0}, Step.DECIDE_MESSAGES),
        ({"case": "unblocked", "customers_not_told": 0, "unmatched": 3}, Step.JOIN_ORDERS),
        ({"case": "unblocked", "customers_not_told": 5, "unmatched": 3}, Step.PREPARE_APOLOGIES),
        (
            {"case": "unblocked", "customers_not_told": 5, "unmatched": 3, "draft": True},
            Step.CONTINUE_APOLOGIES,
        ),
        ({"case": "unblocked", "customers_not_told": 2, "customers_unreachable": 1}, Step.PREPARE_APOLOGIES),
        ({"case": "unblocked", "customers_not_told": 0, "customers_unreachable": 1}, Step.REACH_OTHERS),
        ({"case": "unblocked", "customers_not_told": 0, "refunds_to_issue": 31}, Step.ISSUE_REFUNDS),
        ({"case": "unblocked", "customers_not_told": 0}, Step.CLOSE_CASE),
        ({"case": "closed", "customers_not_told": 0, "without_reason": 4}, Step.FIND_REASONS),
        ({"case": "closed", "customers_not_told": 0}, Step.MAKE_GOOD),
        ({"case": "closed", "customers_not_told": 0, "closures_open": 0}, Step.END),
        ({"ended": True}, Step.DONE),
        ({"needs_case": False}, Step.DECIDE_CASE),
        ({"needs_case": False, "draft": True, "unmatched": 3}, Step.DECIDE_CASE),
        ({"needs_case": False, "over_block": True}, Step.PREPARE_APOLOGIES),
        ({"case": "unblocked", "over_block": True, "in_local_mailbox": 31}, Step.SET_UP_MAIL),
        (
            {"case": "unblocked", "over_block": True, "in_local_mailbox": 31, "customers_not_told": 0},
            Step.CLOSE_CASE,
        ),
        ({"closures_not_reopened": 0}, Step.END),
    ],
)
def test_the_next_step_follows_the_bad_day(known: dict[str, object], step: Step) -> None:
    assert decide(situation(**known)) == step


def test_customers_are_not_written_to_before_the_account_is_back() -> None:
    for state in ("collecting", "in_review", "ready", "submitted", "rejected"):
        assert decide(situation(case=state, draft=True)) not in {
            Step.PREPARE_APOLOGIES,
            Step.CONTINUE_APOLOGIES,
        }


@pytest.mark.parametrize(
    ("known", "reached"),
    [
        ({}, "case"),
        ({"case": "collecting"}, "documents"),
        ({"case": "ready"}, "submitted"),
        ({"case": "submitted"}, "unblocked"),
        ({"case": "unblocked"}, "told"),
        ({"case": "unblocked", "customers_not_told": 0}, ""),
        ({"needs_case": False}, "case"),
        ({"needs_case": False, "over_block": True}, "told"),
    ],
)
def test_the_stage_is_the_one_being_worked_on(known: dict[str, object], reached: str) -> None:
    assert stage(situation(**known)) == reached
    assert reached in (*STAGES, "")


_NEEDS_A_CASE = ("logged", "case", "documents", "submitted", "unblocked", "told")


@pytest.mark.parametrize(
    ("situation", "states"),
    [
        # Ended without a case: nothing of it was ever done.
        ({"ended": True}, "done skipped skipped skipped skipped skipped"),
        ({"ended": True, "customers_told": 3}, "done skipped skipped skipped skipped done"),
        ({"ended": True, "case": "ready"}, "done done done skipped skipped skipped"),
        ({"ended": True, "case": "closed", "customers_told": 3}, "done done done done done done"),
        ({"closures_not_reopened": 0, "customers_untold": 0}, "done skipped skipped skipped skipped skipped"),
        ({}, "done now todo todo todo todo"),
        ({"case": "collecting"}, "done done now todo todo todo"),
        ({"case": "rejected"}, "done done now todo todo todo"),
        ({"case": "unblocked"}, "done done done done done now"),
        ({"case": "unblocked", "customers_not_told": 0, "customers_unreachable": 1, "customers_untold": 1},
         "done done done done done now"),
        ({"case": "unblocked", "customers_not_told": 0, "customers_told": 31}, "done done done done done done"),
        # All of them were refunded by the shop: nobody was told, and nobody has to be.
        ({"case": "unblocked", "customers_not_told": 0}, "done done done done done skipped"),
    ],
)  # fmt: skip
def test_a_stage_that_never_happened_is_skipped_and_not_done(situation: dict[str, Any], states: str) -> None:
    shown = stage_states(Situation(**BAD_DAY | situation))
    assert tuple(shown) == _NEEDS_A_CASE
    assert " ".join(shown.values()) == states


def test_an_incident_that_needs_no_case_shows_that_this_was_said_and_no_other_stage_of_one() -> None:
    undecided = Situation(**BAD_DAY | {"needs_case": False})
    assert stage_states(undecided) == {"logged": "done", "case": "now", "told": "todo"}
    decided = Situation(**BAD_DAY | {"needs_case": False, "over_block": True, "no_verification": True})
    assert stage_states(decided) == {"logged": "done", "case": "done", "told": "now"}
