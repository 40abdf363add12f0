"""Every state of an import × every action: what is allowed, what is refused, and where it leads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.core.refusals import Refused
from closedorders.imports import actions, retention, states
from closedorders.imports.columns import name_columns
from closedorders.imports.models import Import
from closedorders.imports.runs import claims, reading, saving
from closedorders.imports.states import Action
from closedorders.imports.undo import run as undo
from closedorders.orders.models import Store
from tests.cast import Cast
from tests.factories import make_store_order
from tests.imports.files import upload
from tests.imports.unknown_file import FIELDS, UNKNOWN

GONE = "gone"
#: Action -> (states in which it is allowed, state it leads to); written out once more on purpose.
ALLOWED: dict[Action, tuple[set[str], str]] = {
    Action.ANSWER: ({"previewed", "unmapped", "refused"}, "uploaded"),
    Action.SAVE: ({"previewed"}, "committing"),
    Action.CANCEL: ({"uploaded", "reading", "previewed", "unmapped", "committing"}, "cancelled"),
    Action.REMOVE: ({"uploaded", "previewed", "unmapped", "refused", "cancelled"}, GONE),
    Action.UNDO: ({"committed", "cancelled", "refused"}, "undoing"),
    Action.START_READING: ({"uploaded", "reading"}, "reading"),
    Action.FINISH_READING: ({"reading"}, "previewed"),
    Action.ASK_FOR_COLUMNS: ({"reading"}, "unmapped"),
    Action.REFUSE: ({"reading", "committing"}, "refused"),
    Action.START_SAVING: ({"committing"}, "committing"),
    Action.FINISH_SAVING: ({"committing"}, "committed"),
    Action.START_UNDOING: ({"undoing"}, "undoing"),
    Action.FINISH_UNDOING: ({"undoing"}, "undone"),
    Action.GIVE_UP_UNDOING: ({"undoing"}, "cancelled"),
    Action.EXPIRE: ({"previewed", "unmapped"}, "cancelled"),
}


def _source(state: str, store: Store, by: Membership) -> Import:
    """An import in this state that saved nothing it counts, and one order that came with it."""
    source = upload(UNKNOWN.encode(), store=store, by=by)
    order = make_store_order(store)
    order.came_with = source
    order.save(update_fields=["came_with"])
    source.state, source.header = state, UNKNOWN.splitlines()[0].split(";")
    source.save(update_fields=["state", "header"])
    return source


# --- How each action is done: each raises `Refused` or `ValueError`, or changes nothing, where it is not allowed ---

Do = Callable[[Import, Membership], object]


def _finish(action: Action, source: Import, by: Membership) -> None:
    source.claimed_until = timezone.now() + timedelta(minutes=1)
    source.save(update_fields=["claimed_until"])
    state = "cancelled" if action == Action.GIVE_UP_UNDOING else ""
    claims.ImportClaim(source, source.claimed_until).finish(action, state=state)


def _start(work: Callable[[int], None], source: Import, by: Membership) -> None:
    """The run begins, and does nothing."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in ((reading, "_read"), (saving, "_commit"), (undo, "_undo")):
            patch.setattr(module, name, lambda claim: None)
        work(source.pk)
    if Import.objects.get(pk=source.pk).attempts == 0:
        raise ValueError("not begun")


def _expire(source: Import, by: Membership) -> None:
    source.created_at = timezone.now() - timedelta(days=31)
    source.save(update_fields=["created_at"])
    retention.forget_files()
    if Import.objects.get(pk=source.pk).finished_at is None:
        raise ValueError("not expired")


WAYS: list[tuple[Action, Do]] = [
    (Action.ANSWER, lambda source, by: actions.answer_import(source=source, answers={}, by=by)),
    (
        Action.ANSWER,
        lambda source, by: name_columns(source=source, kind="store_orders", fields=FIELDS, by=by),
    ),
    (Action.SAVE, lambda source, by: actions.save_import(source=source, by=by)),
    (Action.CANCEL, lambda source, by: actions.cancel_import(source=source, by=by)),
    (Action.REMOVE, lambda source, by: actions.remove_import(source=source, by=by)),
    (Action.UNDO, lambda source, by: actions.undo_import(source=source, by=by)),
    (Action.START_READING, partial(_start, reading.read_file)),
    (Action.START_SAVING, partial(_start, saving.commit_file)),
    (Action.START_UNDOING, partial(_start, undo.undo_file)),
    (Action.EXPIRE, _expire),
    *(
        (action, partial(_finish, action))
        for action in (
            Action.FINISH_READING,
            Action.ASK_FOR_COLUMNS,
            Action.REFUSE,
            Action.FINISH_SAVING,
            Action.FINISH_UNDOING,
            Action.GIVE_UP_UNDOING,
        )
    ),
]


@pytest.mark.parametrize("state", states.STATES)
@pytest.mark.parametrize(("action", "do"), WAYS, ids=[str(action) for action, _ in WAYS])
def test_an_action_is_done_in_the_states_that_allow_it_and_refused_in_all_others(
    cast: Cast, store: Store, action: Action, do: Do, state: str
) -> None:
    source = _source(state, store, cast.merchant)
    allowed, leads_to = ALLOWED[action]
    if state in allowed:
        do(source, cast.merchant)
        left = leads_to
    else:
        with pytest.raises((Refused, ValueError)):
            do(source, cast.merchant)
        left = state
    now = Import.objects.filter(pk=source.pk).values_list("state", flat=True).first()
    assert (now or GONE) == left


def test_the_table_has_every_action_and_what_is_derived_of_it_is_as_expected(
    cast: Cast, store: Store
) -> None:
    assert {each.action for each in states.TRANSITIONS} == set(Action) == {*ALLOWED, Action.UPLOAD}
    assert {action for action, _ in WAYS} == set(ALLOWED)
    for action, (allowed, leads_to) in ALLOWED.items():
        assert set(states.before(action)) == allowed
        for state in allowed if leads_to != GONE else ():
            states.check(action, state, leads_to)
    assert set(Import.State.values) == set(states.STATES)
    assert set(states.WITH_WORKERS) == {"uploaded", "reading", "committing", "undoing"}
    assert set(states.OVER) == {"committed", "cancelled", "undone"}
    assert upload(UNKNOWN.encode(), store=store, by=cast.merchant).state == states.after(Action.UPLOAD)


@pytest.mark.parametrize("state", states.STATES)
def test_the_sweep_finds_the_imports_that_wait_for_a_worker(cast: Cast, store: Store, state: str) -> None:
    source = _source(state, store, cast.merchant)
    assert (source in Import.objects.due()) == (state in states.WITH_WORKERS)
