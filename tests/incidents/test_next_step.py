from __future__ import annotations

import pytest

from closedorders.incidents.next_step import STAGES, Situation, Step, decide, stage

BAD_DAY = {"closures_not_reopened": 40, "closures_open": 40, "customers_not_told": 31}


def situation(**known: object) -> Situation:
    return Situation(**(BAD_DAY | known))  # type: ignore[arg-type]  # a table of keywords


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
        ({"case": "unblocked", "customers_not_told": 5, "unmatched": 3}, Step.JOIN_ORDERS),
        (
            {"case": "unblocked", "customers_not_told": 5, "unmatched": 3, "draft": True},
            Step.CONTINUE_APOLOGIES,
        ),
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
