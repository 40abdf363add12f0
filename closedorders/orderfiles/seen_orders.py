"""Which orders a file had so far, in little memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterable


class SeenOrders:
    """Which orders a file had so far: number -> (digest of its rows, line). 16 bytes an order, hashes only.

    A dict of a million orders takes 110 MB; this takes 34. Two numbers of one file share a 64-bit hash once in about
    ten million files of that size.
    """

    def __init__(self) -> None:
        self._size = 1 << 16
        self._count = 0
        self._make()

    def _make(self) -> None:
        self._keys = array("q", bytes(8 * self._size))
        self._digests = array("I", bytes(4 * self._size))
        self._lines = array("I", bytes(4 * self._size))

    def first(self, number: str, digest: int, line: int) -> tuple[int, int]:
        """(digest, line) of the order when it was first seen, which is now if it is new."""
        key = hash(number) or 1
        digest &= 0xFFFFFFFF
        keys, mask = self._keys, self._size - 1
        at = key & mask
        while keys[at]:
            if keys[at] == key:
                return self._digests[at], self._lines[at]
            at = (at + 1) & mask
        keys[at], self._digests[at], self._lines[at] = key, digest, line
        self._count += 1
        if self._count * 4 > self._size * 3:
            self._grow()
        return digest, line

    def differing(self, numbers: Iterable[str], digests: Iterable[int], lines: Iterable[int]) -> list[int]:
        """The lines whose number was seen before with another digest; those of new numbers are noted.

        As `first` for many at once, without a call for each.
        """
        found = []
        keys, mask = self._keys, self._size - 1
        for number, digest, line in zip(numbers, digests, lines, strict=True):
            key = hash(number) or 1
            digest &= 0xFFFFFFFF
            at = key & mask
            while (there := keys[at]) and there != key:
                at = (at + 1) & mask
            if there:
                if self._digests[at] != digest:
                    found.append(line)
                continue
            keys[at], self._digests[at], self._lines[at] = key, digest, line
            self._count += 1
            if self._count * 4 > self._size * 3:
                self._grow()
                keys, mask = self._keys, self._size - 1
        return found

    def _grow(self) -> None:
        old = zip(self._keys, self._digests, self._lines, strict=True)
        self._size *= 2
        self._make()
        keys, mask = self._keys, self._size - 1
        for key, digest, line in old:
            if key:
                at = key & mask
                while keys[at]:
                    at = (at + 1) & mask
                keys[at], self._digests[at], self._lines[at] = key, digest, line
