"""What may follow from a logged contact, and whether the newest move may be taken back."""

from __future__ import annotations

from .. import moves
from ..models import Case, Contact, Transition
from ..moves import MERCHANT, MOVES, Move, may_make, moves_for


def may_take_back(newest: Transition | None, role: str, *, reviewed: bool) -> bool:
    return newest is not None and any(
        may_make(move, role, has_reviewer=reviewed)
        for move in MOVES
        if (move.before, move.after) == (newest.before, newest.after)
    )


#: What AliExpress may say in a chat, as buttons say it.
OUTCOMES = (moves.UNBLOCKING, moves.FURTHER_REQUEST, moves.SUBMISSION)


def outcomes_of(case: Case, newest: Transition | None, *, reviewed: bool) -> tuple[int, list[Move]]:
    """The newest contact, where nothing has followed from it yet, and the moves that may. 0 where there is none."""
    last = case.contacts.first()
    if (
        last is None
        or last.purpose == Contact.Purpose.THANKS
        or (newest is not None and newest.at >= last.at)
    ):
        return 0, []
    return last.pk, [m for m in moves_for(case.state, MERCHANT, has_reviewer=reviewed) if m.name in OUTCOMES]
