from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from closedorders.cases import moves
from closedorders.cases.moves import MOVES, TURNS, Facts, Turn, find_move, may_decide, may_make

ROOT = Path(__file__).resolve().parents[2]

# name, before, after, whose move it is, whose turn it is then
TABLE = [
    ("review", "collecting", "in_review", "merchant", "reviewer"),
    ("return", "in_review", "collecting", "reviewer", "ours"),
    ("approval", "in_review", "ready", "reviewer", "ours"),
    ("submission", "ready", "submitted", "merchant", "aliexpress"),
    ("unblocking", "submitted", "unblocked", "merchant", "ours"),
    ("further-request", "submitted", "collecting", "merchant", "ours"),
    ("rejection", "submitted", "rejected", "merchant", "ours"),
    ("appeal", "rejected", "collecting", "merchant", "ours"),
    ("unblocking", "collecting", "unblocked", "merchant", "ours"),
    ("unblocking", "in_review", "unblocked", "merchant", "ours"),
    ("unblocking", "ready", "unblocked", "merchant", "ours"),
    ("unblocking", "rejected", "unblocked", "merchant", "ours"),
    ("closing", "unblocked", "closed", "merchant", "nobody"),
]
STATES = list(TURNS)
NAMES = sorted({row[0] for row in TABLE})


def test_the_table_of_moves_is_this_and_nothing_else() -> None:
    assert [(m.name, m.before, m.after, m.role, m.turn.value) for m in MOVES] == TABLE


@pytest.mark.parametrize(("name", "before"), list(product(NAMES, STATES)))
def test_a_move_exists_only_out_of_its_own_states(name: str, before: str) -> None:
    found = find_move(name, before)
    expected = [row[2] for row in TABLE if row[:2] == (name, before)]
    assert ([found.after] if found else []) == expected


@pytest.mark.parametrize("role", ["merchant", "assistant", "reviewer"])
@pytest.mark.parametrize("move", MOVES, ids=lambda m: f"{m.before}-{m.name}")
def test_a_move_is_made_by_its_role_and_a_merchant_stands_in_only_without_a_reviewer(
    move: moves.Move, role: str
) -> None:
    assert may_make(move, role, has_reviewer=True) == (role == move.role)
    stands_in = role == "merchant" and move.role == "reviewer"
    assert may_make(move, role, has_reviewer=False) == (role == move.role or stands_in)


def test_a_merchant_does_not_decide_where_there_is_a_reviewer() -> None:
    assert not may_decide("merchant", has_reviewer=True)
    assert may_decide("merchant", has_reviewer=False)
    assert may_decide("reviewer", has_reviewer=True)
    assert not may_decide("assistant", has_reviewer=False)


def test_only_answers_and_early_unblocking_need_a_note() -> None:
    with_note = {(m.name, m.before) for m in MOVES if m.note_label}
    assert with_note == {
        ("further-request", "submitted"),
        ("rejection", "submitted"),
        *(("unblocking", state) for state in ("collecting", "in_review", "ready", "rejected")),
    }


def test_only_a_further_request_and_an_appeal_start_a_round() -> None:
    assert {m.name for m in MOVES if m.starts_round} == {"further-request", "appeal"}


READY, MISSING, AGAIN, APPROVED, NOT_NEEDED = "ready", "missing", "asked_again", "approved", "not_needed"


@pytest.mark.parametrize(
    ("guard", "states", "sentences"),
    [
        (moves.documents_ready, [READY, NOT_NEEDED, APPROVED], []),
        (moves.documents_ready, [READY, MISSING], ["Still missing: %(names)s."]),
        (moves.documents_ready, [READY, AGAIN], ["Asked again by the reviewer: %(names)s."]),
        (
            moves.documents_ready,
            [NOT_NEEDED, APPROVED],
            ["Nothing new to review: tick at least one document ready."],
        ),
        (moves.something_asked_again, [AGAIN, APPROVED], []),
        (moves.something_asked_again, [AGAIN, READY], ["Not decided yet: %(names)s."]),
        (moves.something_asked_again, [APPROVED], ["Ask again for at least one document first."]),
        (moves.all_approved, [APPROVED, NOT_NEEDED], []),
        (moves.all_approved, [APPROVED, READY], ["Not decided yet: %(names)s."]),
        (moves.all_approved, [APPROVED, AGAIN], ["You asked again for: %(names)s."]),
        (moves.all_approved, [NOT_NEEDED], ["Approve at least one document first."]),
    ],
)
def test_a_guard_says_what_is_missing(guard: moves.Guard, states: list[str], sentences: list[str]) -> None:
    facts = Facts(slots=[(f"Paper {number}", state) for number, state in enumerate(states)])
    assert [lack.sentence for lack in guard(facts)] == sentences


def test_closing_names_the_places_and_the_thank_you_that_are_missing() -> None:
    lacks = moves.cleaned_up_and_thanked(Facts(cleanups_left=["Phone gallery", "Cloud backup"]))
    assert lacks[0].names == ("Phone gallery", "Cloud backup")
    assert "thank you" in lacks[1].sentence
    assert moves.cleaned_up_and_thanked(Facts(thanked=True)) == []


def test_every_state_has_its_turn() -> None:
    assert TURNS["submitted"] == Turn.ALIEXPRESS
    assert TURNS["in_review"] == Turn.REVIEWER
    assert [state for state, turn in TURNS.items() if turn == Turn.NOBODY] == ["closed"]


def test_the_pure_modules_import_no_django() -> None:
    # closedorders/__init__ loads Celery, and with it Django, for the workers: a bare package stands in for it.
    code = """
import sys, types
package = types.ModuleType("closedorders")
package.__path__ = ["closedorders"]
sys.modules["closedorders"] = package
from closedorders.cases import clock, moves, next_action
from closedorders.cases.coach import scripts
sys.exit(any(name.split(".")[0] == "django" for name in sys.modules))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0
