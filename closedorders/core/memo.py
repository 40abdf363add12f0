"""A cache of parsed texts with a bounded size. Parse each distinct cell text once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

V = TypeVar("V")

#: How many values are kept, and of how long a text: more than stores have products, and no file fills memory.
_KEPT = 4096
_KEPT_CHARACTERS = 200


class BoundedMemo(dict[str, V]):
    """Values by text: `memo[text]` parses a text that is not in it yet. Emptied when full; errors are not cached."""

    __slots__ = ("_kept", "_make")

    def __init__(self, make: Callable[[str], V], *, kept: int = _KEPT) -> None:
        super().__init__()
        self._make: Callable[[str], V] = make
        self._kept = kept

    def __missing__(self, text: str) -> V:
        value: V = self._make(text)
        if len(text) <= _KEPT_CHARACTERS:
            if len(self) >= self._kept:
                self.clear()
            self[text] = value
        return value

    def of(self, texts: Iterable[str]) -> list[V]:
        return list(map(self.__getitem__, texts))
