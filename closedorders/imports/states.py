"""The states of an import, what moves it from one to another, and who does that.

Drawn in docs/design.md, "Imports can be run again". What else must be true (a right, nothing saved yet) is asked by the
action itself. Pure: the states' names for people are those of `Import.State`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

UPLOADED = "uploaded"
READING = "reading"
PREVIEWED = "previewed"
UNMAPPED = "unmapped"
COMMITTING = "committing"
COMMITTED = "committed"
REFUSED = "refused"
CANCELLED = "cancelled"
UNDOING = "undoing"
UNDONE = "undone"

STATES = (
    UPLOADED, READING, PREVIEWED, UNMAPPED, COMMITTING, COMMITTED, REFUSED, CANCELLED, UNDOING, UNDONE,
)  # fmt: skip


class Actor(StrEnum):
    PERSON = "person"
    WORKER = "worker"
    SCHEDULE = "schedule"


class Action(StrEnum):
    UPLOAD = "upload"
    #: Answer how the file is read, or name its columns: either has it read again.
    ANSWER = "answer"
    SAVE = "save"
    CANCEL = "cancel"
    REMOVE = "remove"
    UNDO = "undo"
    START_READING = "start reading"
    FINISH_READING = "finish reading"
    ASK_FOR_COLUMNS = "ask for columns"
    REFUSE = "refuse"
    START_SAVING = "start saving"
    FINISH_SAVING = "finish saving"
    START_UNDOING = "start undoing"
    FINISH_UNDOING = "finish undoing"
    GIVE_UP_UNDOING = "give up undoing"
    #: Nobody saved it for `retention.WAITS_FOR`.
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Transition:
    """What an action moves an import from and to. An upload has no state before it, a removal none after it."""

    action: Action
    actor: Actor
    before: tuple[str, ...]
    after: tuple[str, ...]


TRANSITIONS: tuple[Transition, ...] = (
    Transition(Action.UPLOAD, Actor.PERSON, (), (UPLOADED,)),
    Transition(Action.ANSWER, Actor.PERSON, (PREVIEWED, UNMAPPED, REFUSED), (UPLOADED,)),
    Transition(Action.SAVE, Actor.PERSON, (PREVIEWED,), (COMMITTING,)),
    Transition(
        Action.CANCEL, Actor.PERSON, (UPLOADED, READING, PREVIEWED, UNMAPPED, COMMITTING), (CANCELLED,)
    ),
    Transition(Action.REMOVE, Actor.PERSON, (UPLOADED, PREVIEWED, UNMAPPED, REFUSED, CANCELLED), ()),
    Transition(Action.UNDO, Actor.PERSON, (COMMITTED, CANCELLED, REFUSED), (UNDOING,)),
    # A run begins out of the state it works in, too: a killed worker leaves the import there.
    Transition(Action.START_READING, Actor.WORKER, (UPLOADED, READING), (READING,)),
    Transition(Action.FINISH_READING, Actor.WORKER, (READING,), (PREVIEWED,)),
    Transition(Action.ASK_FOR_COLUMNS, Actor.WORKER, (READING,), (UNMAPPED,)),
    Transition(Action.REFUSE, Actor.WORKER, (READING, COMMITTING), (REFUSED,)),
    Transition(Action.START_SAVING, Actor.WORKER, (COMMITTING,), (COMMITTING,)),
    Transition(Action.FINISH_SAVING, Actor.WORKER, (COMMITTING,), (COMMITTED,)),
    Transition(Action.START_UNDOING, Actor.WORKER, (UNDOING,), (UNDOING,)),
    Transition(Action.FINISH_UNDOING, Actor.WORKER, (UNDOING,), (UNDONE,)),
    # It goes back to the state it was in when its undoing was asked for.
    Transition(Action.GIVE_UP_UNDOING, Actor.WORKER, (UNDOING,), (COMMITTED, CANCELLED, REFUSED)),
    Transition(Action.EXPIRE, Actor.SCHEDULE, (PREVIEWED, UNMAPPED), (CANCELLED,)),
)

_BY_ACTION = {each.action: each for each in TRANSITIONS}


def before(action: Action) -> tuple[str, ...]:
    """The states in which the action is allowed."""
    return _BY_ACTION[action].before


def after(action: Action) -> str:
    """The state that the action leads to. Raises `ValueError` where that depends on more than the action."""
    (state,) = _BY_ACTION[action].after
    return state


def check(action: Action, state: str, to: str) -> None:
    """Raises `ValueError` where the table does not lead from `state` to `to` by the action."""
    transition = _BY_ACTION[action]
    if state not in transition.before or to not in transition.after:
        raise ValueError(f"{action}: {state} → {to}")


#: States in which an import waits for a worker, or has one.
WITH_WORKERS = tuple(
    state
    for state in STATES
    if any(
        state in before(each) for each in (Action.START_READING, Action.START_SAVING, Action.START_UNDOING)
    )
)
#: States after which nobody reads the file any more: no worker has it, and no answer has it read again.
OVER = tuple(state for state in STATES if state not in (*WITH_WORKERS, *before(Action.ANSWER)))
