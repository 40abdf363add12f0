"""Looks for what can still be read of a stored document. A worker's work: `check` in one function."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

from django.utils import timezone

from closedorders.core.child_processes.limited_process import (
    ChildFailed,
    LimitedProcess,
    Limits,
    OutOfTime,
)
from closedorders.core.database.jobs import Claim, ClaimLost, claim

from ..extensions import known_numbers
from ..kinds import RULES
from ..models import Document
from ..sealed_pages import Unreadable, open_page
from .findings import CARD, Finding, Page, Place, Word, find, overlap

LIMITS = Limits(memory=768 << 20, cpu_seconds=20, wait_seconds=90.0, answer_bytes=4 << 20)
"""For one page. A page that takes longer is not wholly read, and a second person has to confirm the document."""
TURNS = (0, 90, 270, 180)
SMALLER = 0.5
"""What one size is read badly in, the other is read well in (figures in docs/documents.md)."""
LEASE = timedelta(minutes=4)
MAX_ATTEMPTS = 3
_RETRY_AFTER = timedelta(seconds=15)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Reading:
    """What was read of one page. `why_not`: a code where not all of it was: `no_ocr`, `too_long`, `failed`."""

    findings: list[Finding] = field(default_factory=list)
    why_not: str = ""
    version: str = ""
    ways: int = 0


def read_page(jpeg: bytes, *, kind: str, boxes: Sequence[Place]) -> Reading:
    """Every leak in a page. `boxes`: what is covered because of a card's number.

    It is read smaller, with light and dark exchanged, in all directions; then as it is, upright and in the direction
    in which most was read with confidence: text takes long to read at its full size.
    """
    reading = Reading()
    child = LimitedProcess("closedorders.documents.proof.reading:answers", io.BytesIO(jpeg), LIMITS)
    try:
        sure = {
            turn: _read(child, reading, kind, boxes, turn=turn, inverted=True, scale=SMALLER)
            for turn in TURNS
        }
        for turn in sorted({0, max(TURNS, key=lambda turn: sure[turn])}):
            _read(child, reading, kind, boxes, turn=turn, inverted=False, scale=1.0)
    except _NoReader:
        reading.why_not = "no_ocr"
    except OutOfTime:
        reading.why_not = "too_long"
    except (ChildFailed, KeyError, TypeError, ValueError):
        reading.why_not = "failed"
    finally:
        child.close()
    return reading


class _NoReader(Exception):
    pass


def _read(
    child: LimitedProcess,
    reading: Reading,
    kind: str,
    boxes: Sequence[Place],
    *,
    turn: int,
    inverted: bool,
    scale: float,
) -> int:
    """Read the page in one way and add what is found; how many letters were read with confidence."""
    child.send({"turn": turn, "inverted": inverted, "scale": scale})
    answer = child.receive()
    if answer.get("missing"):
        raise _NoReader
    page = Page(
        [Word(*word) for word in answer["words"]],
        int(answer["width"]),
        int(answer["height"]),
        turn=turn,
        boxes=boxes,
        lines_hidden=RULES[kind].hides_lines,
        is_card=RULES[kind].is_card,
    )
    reading.version, reading.ways = str(answer["version"]), reading.ways + 1
    known = [each.place for each in reading.findings]
    reading.findings += [
        each for each in find(page) if not any(overlap(each.place, place) > 0.5 for place in known)
    ]
    return int(answer["sure"])


def check(document_id: int) -> None:
    """Check a document if it is due and no other worker has it, and store what came of it."""
    states = Document.State
    until = claim(
        Document.objects.due(), document_id, waiting=Document.UNFINISHED, working=states.CHECKING, lease=LEASE
    )
    if until is None:
        return
    document = Document.objects.get(pk=document_id)
    mine = Claim(document, until, LEASE)
    result: dict[str, object] = {"why_not": "failed"}
    try:
        with suppress(ClaimLost):
            if document.attempts > MAX_ATTEMPTS:
                state = states.UNCHECKED
            else:
                state, result = _check(document, mine)
            mine.end(state, check_result=result, finished_at=timezone.now(), attempts=0)
    except Exception:
        mine.release(_RETRY_AFTER)
        raise


def _check(document: Document, mine: Claim[Document]) -> tuple[Document.State, dict[str, object]]:
    began = monotonic()
    readings: list[Reading] = []
    pages = list(document.pages.all())
    for page in pages:
        boxes = [
            (x, y, width, height)
            for number, x, y, width, height, reason in document.boxes
            if number == page.number and reason == "card_number"
        ]
        try:
            readings.append(read_page(open_page(page), kind=document.kind, boxes=boxes))
        except Unreadable:
            readings.append(Reading(why_not="failed"))
        mine.write(progress_done=len(readings), progress_total=len(pages))
    found = [
        (page.number, each) for page, read in zip(pages, readings, strict=True) for each in read.findings
    ]
    ours = known_numbers(document.team_id, {each.digits for _page, each in found if each.digits})
    found = [(page, each) for page, each in found if each.digits not in ours]
    why_not = next((read.why_not for read in readings if read.why_not), "")
    result = {
        "found": [
            {
                "what": each.kind,
                "page": page,
                "place": [round(part, 4) for part in each.place],
                # The last four may be seen; of the others only how many there are.
                "end": each.digits[-4:] if each.kind == CARD else "",
                "digits": len(each.digits),
            }
            for page, each in found
        ],
        "why_not": why_not,
        "engine": f"Tesseract {readings[0].version}" if readings and readings[0].version else "",
        "ways": max((read.ways for read in readings), default=0),
        "seconds": round(monotonic() - began, 1),
        "known_numbers": len(ours),
    }
    if found:
        return Document.State.LEAK, result
    return (Document.State.UNCHECKED if why_not else Document.State.CLEAN), result
