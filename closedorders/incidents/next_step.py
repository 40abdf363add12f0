"""The one thing to do next about an incident: facts in, one step out. No Django: `wording.py` has the words.

The order is the merchant's bad day: get the account back, then make every customer whole, then tidy up. A step that
waits for somebody else comes with who that is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    OPEN_CASE = "open_case"
    DECIDE_CASE = "decide_case"
    WORK_ON_CASE = "work_on_case"
    JOIN_ORDERS = "join_orders"
    PREPARE_APOLOGIES = "prepare_apologies"
    CONTINUE_APOLOGIES = "continue_apologies"
    WATCH_SENDING = "watch_sending"
    RESUME_SENDING = "resume_sending"
    DECIDE_MESSAGES = "decide_messages"
    SET_UP_MAIL = "set_up_mail"
    REACH_OTHERS = "reach_others"
    ISSUE_REFUNDS = "issue_refunds"
    CLOSE_CASE = "close_case"
    FIND_REASONS = "find_reasons"
    MAKE_GOOD = "make_good"
    END = "end"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of one incident, in counts.

    `case` is the case's state or "" without one; `over_block`: it is unblocked, or a merchant said that no case is
    needed (`no_verification`). `needs_case`: a reason is about the account, or not known.
    `draft`, `sending`, `paused`: whether a resolution campaign is in that state.
    `customers_untold` counts everybody who has not been told; of these `customers_not_told` can be written to now,
    `customers_unreachable` cannot be mailed at all, and `customers_told_to_wait` had a note to wait.
    `in_local_mailbox`: mails that reached nobody.
    """

    ended: bool = False
    closures_not_reopened: int = 0
    closures_open: int = 0
    without_reason: int = 0
    unmatched: int = 0
    needs_case: bool = True
    case: str = ""
    over_block: bool = False
    no_verification: bool = False
    customers_untold: int = 0
    customers_not_told: int = 0
    customers_unreachable: int = 0
    customers_told_to_wait: int = 0
    customers_told: int = 0
    draft: bool = False
    sending: bool = False
    paused: bool = False
    messages_to_decide: int = 0
    in_local_mailbox: int = 0
    refunds_to_issue: int = 0


def decide(s: Situation) -> Step:
    """The next step of the incident; the steps inside a case are the case's."""
    if s.ended:
        return Step.DONE
    if not s.closures_not_reopened:
        return Step.END
    if s.case and s.case not in {"unblocked", "closed"}:
        return Step.WORK_ON_CASE
    if not s.case and not s.over_block:
        return Step.OPEN_CASE if s.needs_case else Step.DECIDE_CASE
    return _customer_step(s) or _tidy_step(s)


def _customer_step(s: Situation) -> Step | None:
    if s.paused:
        return Step.RESUME_SENDING
    if s.sending:
        return Step.WATCH_SENDING
    if s.messages_to_decide:
        return Step.DECIDE_MESSAGES
    if s.draft:
        return Step.CONTINUE_APOLOGIES
    if s.customers_not_told:
        return Step.SET_UP_MAIL if s.in_local_mailbox else Step.PREPARE_APOLOGIES
    if s.unmatched:
        # Whose they are is not known, so they are in no count of customers. Pages name them before their figures; one
        # number that no file has must not keep everybody else's apology waiting.
        return Step.JOIN_ORDERS
    if s.customers_unreachable:
        return Step.REACH_OTHERS
    return None


def _tidy_step(s: Situation) -> Step:
    if s.refunds_to_issue:
        return Step.ISSUE_REFUNDS
    if s.case == "unblocked":
        return Step.CLOSE_CASE
    if s.without_reason:
        return Step.FIND_REASONS
    if s.closures_open:
        return Step.MAKE_GOOD
    return Step.END


STAGES = ("logged", "case", "documents", "submitted", "unblocked", "told")
_CASE_STAGE = {
    "collecting": "documents",
    "in_review": "documents",
    "ready": "submitted",
    "submitted": "unblocked",
    "rejected": "documents",
    "unblocked": "told",
    "closed": "told",
}


def stage(s: Situation) -> str:
    """The stage that the incident is in, "" when all are done."""
    if not s.closures_not_reopened or s.ended:
        return ""
    if not s.case:
        return _customers_stage(s) if s.over_block else "case"
    reached = _CASE_STAGE[s.case]
    return _customers_stage(s) if reached == "told" else reached


def _customers_stage(s: Situation) -> str:
    waiting = (
        s.customers_untold
        or s.customers_not_told
        or s.draft
        or s.sending
        or s.paused
        or s.messages_to_decide
        or s.unmatched
    )
    return "told" if waiting else ""


_SUBMITTED = frozenset({"submitted", "rejected", "unblocked", "closed"})
_UNBLOCKED = frozenset({"unblocked", "closed"})


def stage_states(s: Situation) -> dict[str, str]:
    """The stages that are shown, each "done", "now", "todo" or, where nothing ever came of it, "skipped"."""
    happened = {
        "logged": True,
        "case": bool(s.case) or s.no_verification,
        "documents": s.case == "ready" or s.case in _SUBMITTED,
        "submitted": s.case in _SUBMITTED,
        "unblocked": s.case in _UNBLOCKED,
        "told": s.customers_told > 0,
    }
    shown = STAGES if s.needs_case or s.case else ("logged", "case", "told")
    now = stage(s)
    reached = shown.index(now) if now in shown else len(shown)
    return {
        name: "now"
        if place == reached
        else "todo"
        if place > reached
        else "done"
        if happened[name]
        else "skipped"
        for place, name in enumerate(shown)
    }
