"""Which state a case may move to, who may move it there, and what must be true first.

States and turns: docs/design.md, "Cases". Pure: texts are marked for translation here, and translated where they are
shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

COLLECTING = "collecting"
IN_REVIEW = "in_review"
READY = "ready"
SUBMITTED = "submitted"
REJECTED = "rejected"
UNBLOCKED = "unblocked"
CLOSED = "closed"
#: States in which the account works again.
OVER_BLOCK = (UNBLOCKED, CLOSED)
#: States in which AliExpress waits for the documents.
NOT_ANSWERED = (COLLECTING, IN_REVIEW, READY)

MERCHANT = "merchant"
REVIEWER = "reviewer"

SLOT_MISSING = "missing"
SLOT_READY = "ready"
SLOT_APPROVED = "approved"
SLOT_ASKED_AGAIN = "asked_again"
SLOT_NOT_NEEDED = "not_needed"


def gettext_noop(text: str) -> str:
    """Marks a text for the message catalogues and leaves it as it is."""
    return text


class Turn(StrEnum):
    OURS = "ours"
    REVIEWER = "reviewer"
    ALIEXPRESS = "aliexpress"
    NOBODY = "nobody"


TURNS: dict[str, Turn] = {
    COLLECTING: Turn.OURS,
    IN_REVIEW: Turn.REVIEWER,
    READY: Turn.OURS,
    SUBMITTED: Turn.ALIEXPRESS,
    REJECTED: Turn.OURS,
    # What is left after the block is gone, thanking and cleaning up, is ours; the clock has stopped by then.
    UNBLOCKED: Turn.OURS,
    CLOSED: Turn.NOBODY,
}

TURN_LABELS: dict[Turn, str] = {
    Turn.OURS: gettext_noop("Our turn"),
    Turn.REVIEWER: gettext_noop("Reviewer's turn"),
    Turn.ALIEXPRESS: gettext_noop("AliExpress's turn"),
    Turn.NOBODY: gettext_noop("Nobody's turn"),
}

TURN_NAMES: dict[Turn, str] = {
    Turn.OURS: gettext_noop("Ours"),
    Turn.REVIEWER: gettext_noop("Reviewer"),
    Turn.ALIEXPRESS: gettext_noop("AliExpress"),
    Turn.NOBODY: gettext_noop("Nobody"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards judge. Names are shown to people, already in their language.

    slots: (name, state of the slot) each · cleanups_left: places not yet ticked · thanked: a thank-you is logged.
    """

    slots: Sequence[tuple[str, str]] = ()
    cleanups_left: Sequence[str] = ()
    thanked: bool = False

    def named(self, *states: str) -> tuple[str, ...]:
        return tuple(name for name, state in self.slots if state in states)


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that is missing for a move: a sentence to translate, and the names its `%(names)s` takes."""

    sentence: str
    names: tuple[str, ...] = ()


Guard = Callable[[Facts], list[Lack]]


def free(facts: Facts) -> list[Lack]:
    return []


def documents_ready(facts: Facts) -> list[Lack]:
    """Every slot ticked ready, approved before or not asked for, and at least one that the reviewer has not seen."""
    lacks = []
    if missing := facts.named(SLOT_MISSING):
        lacks.append(Lack(gettext_noop("Still missing: %(names)s."), missing))
    if again := facts.named(SLOT_ASKED_AGAIN):
        lacks.append(Lack(gettext_noop("Asked again by the reviewer: %(names)s."), again))
    if not lacks and not facts.named(SLOT_READY):
        lacks.append(Lack(gettext_noop("Nothing new to review: tick at least one document ready.")))
    return lacks


def something_asked_again(facts: Facts) -> list[Lack]:
    lacks = []
    if undecided := facts.named(SLOT_READY):
        lacks.append(Lack(gettext_noop("Not decided yet: %(names)s."), undecided))
    if not facts.named(SLOT_ASKED_AGAIN):
        lacks.append(Lack(gettext_noop("Ask again for at least one document first.")))
    return lacks


def all_approved(facts: Facts) -> list[Lack]:
    lacks = []
    if undecided := facts.named(SLOT_READY, SLOT_MISSING):
        lacks.append(Lack(gettext_noop("Not decided yet: %(names)s."), undecided))
    if again := facts.named(SLOT_ASKED_AGAIN):
        lacks.append(Lack(gettext_noop("You asked again for: %(names)s."), again))
    if not lacks and not facts.named(SLOT_APPROVED):
        lacks.append(Lack(gettext_noop("Approve at least one document first.")))
    return lacks


def cleaned_up_and_thanked(facts: Facts) -> list[Lack]:
    lacks = []
    if facts.cleanups_left:
        lacks.append(
            Lack(gettext_noop("Originals not yet deleted from: %(names)s."), tuple(facts.cleanups_left))
        )
    if not facts.thanked:
        lacks.append(Lack(gettext_noop("Say thank you to AliExpress and log it.")))
    return lacks


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed change of state. `name` is also the last word of its URL.

    note_label: what the person must write; blank where no note is needed. starts_round: the case goes into its
    next round.
    """

    name: str
    before: str
    after: str
    role: str
    label: str
    guard: Guard = free
    note_label: str = ""
    starts_round: bool = False

    @property
    def turn(self) -> Turn:
        """Whose turn it is once the move is made."""
        return TURNS[self.after]


REVIEW = "review"
APPROVAL = "approval"
RETURN = "return"
SUBMISSION = "submission"
UNBLOCKING = "unblocking"
FURTHER_REQUEST = "further-request"
REJECTION = "rejection"
APPEAL = "appeal"
CLOSING = "closing"

_LIFTED = gettext_noop("Mark unblocked without documents")
_LIFTED_NOTE = gettext_noop("How AliExpress lifted the block without documents")

MOVES: tuple[Move, ...] = (
    Move(REVIEW, COLLECTING, IN_REVIEW, MERCHANT, gettext_noop("Send for review"), documents_ready),
    Move(
        RETURN, IN_REVIEW, COLLECTING, REVIEWER, gettext_noop("Send back to the team"), something_asked_again
    ),
    Move(APPROVAL, IN_REVIEW, READY, REVIEWER, gettext_noop("Mark ready to submit"), all_approved),
    Move(SUBMISSION, READY, SUBMITTED, MERCHANT, gettext_noop("Mark as sent to AliExpress")),
    Move(UNBLOCKING, SUBMITTED, UNBLOCKED, MERCHANT, gettext_noop("Mark unblocked")),
    Move(
        FURTHER_REQUEST,
        SUBMITTED,
        COLLECTING,
        MERCHANT,
        gettext_noop("AliExpress asks for more"),
        note_label=gettext_noop("What AliExpress asks for"),
        starts_round=True,
    ),
    Move(
        REJECTION,
        SUBMITTED,
        REJECTED,
        MERCHANT,
        gettext_noop("AliExpress rejected it"),
        note_label=gettext_noop("What AliExpress said"),
    ),
    Move(APPEAL, REJECTED, COLLECTING, MERCHANT, gettext_noop("Start an appeal"), starts_round=True),
    # AliExpress can lift a block by itself at any time, often in the chat: then the case must not stand in the way.
    *(
        Move(UNBLOCKING, before, UNBLOCKED, MERCHANT, _LIFTED, note_label=_LIFTED_NOTE)
        for before in (COLLECTING, IN_REVIEW, READY, REJECTED)
    ),
    Move(CLOSING, UNBLOCKED, CLOSED, MERCHANT, gettext_noop("Close the case"), cleaned_up_and_thanked),
)

_BY_NAME_AND_STATE = {(move.name, move.before): move for move in MOVES}


def find_move(name: str, before: str) -> Move | None:
    """The move of this name out of a state, or None where the table has none."""
    return _BY_NAME_AND_STATE.get((name, before))


def may_make(move: Move, role: str, *, has_reviewer: bool) -> bool:
    """Whether a person in this role may make the move. In a team without a reviewer the merchant stands in."""
    return role == move.role or (move.role == REVIEWER and role == MERCHANT and not has_reviewer)


def moves_for(state: str, role: str, *, has_reviewer: bool) -> list[Move]:
    return [m for m in MOVES if m.before == state and may_make(m, role, has_reviewer=has_reviewer)]


def may_decide(role: str, *, has_reviewer: bool) -> bool:
    """Who approves documents: the reviewer; the merchant only where the team has none."""
    return role == REVIEWER or (role == MERCHANT and not has_reviewer)
