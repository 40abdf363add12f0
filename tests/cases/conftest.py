from __future__ import annotations

from collections.abc import Callable

import pytest

from closedorders.accounts.models import Membership
from closedorders.cases import actions, moves
from closedorders.cases.models import Case, Cleanup, Contact, Decision, Slot
from tests.cast import Cast
from tests.factories import make_buyer_account, make_incident

Walk = Callable[[str], Case]


def open_a_case(team_cast: Cast, label: str = "") -> Case:
    account = make_buyer_account(team_cast.team, label)
    incident = make_incident(team_cast.team, team_cast.merchant, buyer_account=account)
    return actions.open_case(incident=incident, by=team_cast.merchant)


def tick_all(case: Case, by: Membership) -> None:
    for slot in Slot.objects.filter(case=case):
        actions.set_slot(slot=slot, state=Slot.State.READY, by=by)


def approve_all(case: Case, by: Membership) -> None:
    for slot in Slot.objects.filter(case=case, state=Slot.State.READY):
        actions.decide(slot=slot, verdict=Decision.Verdict.APPROVED, by=by)


def walk_to(case: Case, state: str, people: Cast) -> Case:
    """Bring a new case to `state` by the usual way, through the product's own actions."""
    merchant, reviewer = people.merchant, people.reviewer

    def submit() -> None:
        actions.move_case(case=case, move=moves.SUBMISSION, by=merchant)

    def settle_the_rest() -> None:
        for cleanup in Cleanup.objects.filter(case=case):
            actions.tick_cleanup(cleanup=cleanup, by=merchant)
        actions.log_contact(case=case, by=merchant, summary="Thanked", purpose=Contact.Purpose.THANKS)
        actions.move_case(case=case, move=moves.CLOSING, by=merchant)

    def review() -> None:
        tick_all(case, merchant)
        actions.move_case(case=case, move=moves.REVIEW, by=merchant)

    def approve() -> None:
        approve_all(case, reviewer)
        actions.move_case(case=case, move=moves.APPROVAL, by=reviewer)

    way: dict[str, list[Callable[[], object]]] = {
        "collecting": [],
        "in_review": [review],
        "ready": [review, approve],
        "submitted": [review, approve, submit],
        "rejected": [
            review,
            approve,
            submit,
            lambda: actions.move_case(case=case, move=moves.REJECTION, by=merchant, note="No"),
        ],
        "unblocked": [
            review,
            approve,
            submit,
            lambda: actions.move_case(case=case, move=moves.UNBLOCKING, by=merchant),
        ],
    }
    way["closed"] = [*way["unblocked"], settle_the_rest]
    for step in way[state]:
        step()
    case.refresh_from_db()
    return case


@pytest.fixture
def case(cast: Cast) -> Case:
    return open_a_case(cast, "Main account")
