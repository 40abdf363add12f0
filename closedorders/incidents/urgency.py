"""Which of several open incidents comes first on Today. Pure: views in, their order out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from closedorders.accounts.models import Role
from closedorders.cases.moves import TURNS, Turn

from .next_step import Step, decide
from .reads import IncidentView

#: Steps that this person can do now, most urgent first: a blocked account stops every order of it, mails that are
#: stuck leave people waiting who were promised an answer, and tidying up can wait.
BY_URGENCY = (
    Step.OPEN_CASE,
    Step.DECIDE_CASE,
    Step.WORK_ON_CASE,
    Step.RESUME_SENDING,
    Step.DECIDE_MESSAGES,
    Step.JOIN_ORDERS,
    Step.CONTINUE_APOLOGIES,
    Step.PREPARE_APOLOGIES,
    Step.SET_UP_MAIL,
    Step.REACH_OTHERS,
    Step.ISSUE_REFUNDS,
    Step.WATCH_SENDING,
    Step.FIND_REASONS,
    Step.MAKE_GOOD,
    Step.CLOSE_CASE,
    Step.END,
    Step.DONE,
)
#: Between what can be done now and what only tidies up: nothing to do but wait.
_WAITING = BY_URGENCY.index(Step.WATCH_SENDING)


def most_urgent_first(views: Iterable[IncidentView], *, role: str) -> list[IncidentView]:
    """Steps of one urgency: the one with more customers and orders waiting first, then the older one."""
    return sorted(views, key=lambda view: _key(view, role))


def _key(view: IncidentView, role: str) -> tuple[int, int, datetime]:
    situation = view.situation
    step = decide(situation)
    place = BY_URGENCY.index(step)
    if step == Step.WORK_ON_CASE and not _our_turn(situation.case, role):
        place = _WAITING
    waiting = situation.customers_not_told + situation.closures_open + situation.unmatched
    return place, -waiting, view.first_closed_at


def _our_turn(case_state: str, role: str) -> bool:
    turn = TURNS.get(case_state)
    return turn == (Turn.REVIEWER if role == Role.REVIEWER else Turn.OURS)
