"""The one thing that a person does now, over everything of a team: facts in, one choice out. No Django.

What is next within one incident stands in `incidents/next_step.py`; this picks among incidents and what is beside
them. `wording.py` has the words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..next_step import Situation, Step, decide


class Do(StrEnum):
    REMINDER = "reminder"
    LOG_CLOSED = "log_closed"
    INCIDENT = "incident"
    ISSUE_REFUNDS = "issue_refunds"
    CLOSE_CASE = "close_case"
    MAKE_GOOD = "make_good"
    ASK_FOR_REFUND = "ask_for_refund"
    WAIT = "wait"
    CALM = "calm"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """`case_waits`: whether the case has nothing to do for this person before somebody else acts or a time comes."""

    situation: Situation
    first_closed_at: datetime
    case_waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What waits for this person besides open incidents, in counts. Their role decides what is counted at all.

    `reminders_due`: of this person. `closed_not_logged`: AliExpress calls them closed and nobody has logged it. Of
    incidents that ended: `refunds_to_issue` promised to customers, `cases_to_close`, `closures_open` still to be made
    good. `supplier_refunds_overdue`: money that AliExpress owes for longer than the team's window.
    """

    reminders_due: int = 0
    closed_not_logged: int = 0
    refunds_to_issue: int = 0
    cases_to_close: int = 0
    closures_open: int = 0
    supplier_refunds_overdue: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """`place` is the incident's among those given, with the step in it; None where it is about none."""

    do: Do
    place: int | None = None
    step: Step | None = None


#: Get the account back, then make customers whole, then tidy up: as within one incident.
_ORDER = (
    {Step.OPEN_CASE, Step.DECIDE_CASE, Step.WORK_ON_CASE},
    {
        Step.RESUME_SENDING,
        Step.DECIDE_MESSAGES,
        Step.CONTINUE_APOLOGIES,
        Step.PREPARE_APOLOGIES,
        Step.SET_UP_MAIL,
        Step.REACH_OTHERS,
    },
    {Step.JOIN_ORDERS, Step.ISSUE_REFUNDS},
    {Step.CLOSE_CASE, Step.FIND_REASONS, Step.MAKE_GOOD},
)
_NOTHING_TO_DO = {Step.WATCH_SENDING, Step.DONE}
_OF_CASE = {Step.WORK_ON_CASE, Step.CLOSE_CASE}


def meanwhile(s: Situation) -> Iterator[Step]:
    """Steps that need not wait for the incident's next one: while AliExpress or a merchant is at work."""
    if s.ended:
        return
    if s.unmatched:
        yield Step.JOIN_ORDERS
    if s.without_reason:
        yield Step.FIND_REASONS
    if s.closures_open:
        yield Step.MAKE_GOOD


def doable(incident: OpenIncident, may: Callable[[Step], bool]) -> Step | None:
    """The first step of the incident that this person can do now; None where all of it waits for somebody else."""
    for step in (decide(incident.situation), *meanwhile(incident.situation)):
        waits = step in _NOTHING_TO_DO or (step in _OF_CASE and incident.case_waits)
        if not waits and may(step):
            return step
    return None


def urgency(step: Step, incident: OpenIncident) -> tuple[int, int, datetime]:
    """Smaller is more urgent: what the step is about, then more orders still open, then the earlier first closure."""
    rank = next((place for place, steps in enumerate(_ORDER) if step in steps), len(_ORDER))
    return rank, -incident.situation.closures_open, incident.first_closed_at


def choose(desk: Desk, incidents: Sequence[OpenIncident], *, may: Callable[[Step], bool]) -> Choice:
    """What this person does now. `may` answers whether their role may take a step of an incident."""
    if desk.reminders_due:
        return Choice(Do.REMINDER)
    if desk.closed_not_logged:
        return Choice(Do.LOG_CLOSED)
    steps = [(step, place) for place, each in enumerate(incidents) if (step := doable(each, may)) is not None]
    if steps:
        step, place = min(steps, key=lambda found: urgency(found[0], incidents[found[1]]))
        return Choice(Do.INCIDENT, place, step)
    beside = {
        Do.ISSUE_REFUNDS: desk.refunds_to_issue,
        Do.MAKE_GOOD: desk.closures_open,
        Do.ASK_FOR_REFUND: desk.supplier_refunds_overdue,
        Do.CLOSE_CASE: desk.cases_to_close,
    }
    for do, count in beside.items():
        if count:
            return Choice(do)
    waiting = [place for place, each in enumerate(incidents) if not each.situation.ended]
    if waiting:
        place = min(waiting, key=lambda each: urgency(decide(incidents[each].situation), incidents[each]))
        return Choice(Do.WAIT, place, decide(incidents[place].situation))
    return Choice(Do.CALM)
