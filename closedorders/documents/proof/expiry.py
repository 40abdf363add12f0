"""Reads from a chosen file when its paper runs out, for its owner to compare. Nothing of the file is stored."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import BinaryIO

from closedorders.core.child_processes.limited_process import ChildFailed, LimitedProcess, Limits

from .. import LONGEST_SIDE
from ..pictures import OpenPicture, a_place
from .findings import Word, rows_of
from .mrz import expiry_in

LIMITS = Limits(memory=768 << 20, cpu_seconds=12, wait_seconds=25.0, answer_bytes=4 << 20)
"""Somebody waits for it on a page; what takes longer is typed more quickly."""
_WAYS = ({"inverted": False, "scale": 1.0}, {"inverted": True, "scale": 0.5})


class NoReader(Exception):
    """Text in pictures cannot be read on this server."""


def read_expiry(file: BinaryIO, *, turn: int) -> date | None:
    """The expiry in the machine-readable lines of the file's first page; None where none could be read.

    Raises `Refused` for a file that is no picture, and `NoReader`.
    """
    with OpenPicture(file) as picture:
        jpeg = picture.draw(1, boxes=[], turn=turn, longest=LONGEST_SIDE).jpeg
    place = a_place()
    try:
        return next((found for lines in _lines(jpeg) if (found := expiry_in(lines))), None)
    finally:
        place.close()


def _lines(jpeg: bytes) -> Iterator[list[str]]:
    """The lines of the picture, as they are read in one way after the other."""
    child = LimitedProcess("closedorders.documents.proof.reading:answers", io.BytesIO(jpeg), LIMITS)
    try:
        for way in _WAYS:
            child.send({"turn": 0, **way})
            answer = child.receive()
            if answer.get("missing"):
                raise NoReader
            words = [Word(*word) for word in answer["words"]]
            yield ["".join(word.text for word in row) for row in rows_of(words)]
    except (ChildFailed, KeyError, TypeError, ValueError):
        return
    finally:
        child.close()
