"""What upper apps register about documents: whether one is still needed, and which numbers are no card's."""

from __future__ import annotations

from collections.abc import Callable, Set

from .models import Document

#: Why a document may not be deleted by hand now, as a sentence; "" where the app does not need it.
WhyNeeded = Callable[[Document], str]

#: Which of these numbers a team knows as numbers of its orders: team's key, numbers → those.
KnownNumbers = Callable[[int, Set[str]], Set[str]]

_ASKED: dict[str, WhyNeeded] = {}
_KNOWING: dict[str, KnownNumbers] = {}


def register(app: str, why_needed: WhyNeeded) -> None:
    _ASKED[app] = why_needed


def why_needed(document: Document) -> str:
    """The first app's sentence, or ""."""
    return next((words for ask in _ASKED.values() if (words := ask(document))), "")


def register_numbers(app: str, known_numbers: KnownNumbers) -> None:
    _KNOWING[app] = known_numbers


def known_numbers(team_id: int, numbers: Set[str]) -> Set[str]:
    """Those of the numbers that any app knows: one number of 16 digits in ten has the check digit of a card's."""
    return (
        frozenset().union(*(known(team_id, numbers) for known in _KNOWING.values()))
        if numbers
        else frozenset()
    )
