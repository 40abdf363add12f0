"""Looks for what can still be read of a stored document. A worker's work: `check` in one function."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any

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
    """Check a document if it is due and no other worker has it, and store what came of it.

    One document at a time, so that mails have the other workers: the sweep comes back to the others.
    """
    states = Document.State
    if Document.objects.being_checked().exists():
        return
    until = claim(
        Document.objects.due(), document_id, waiting=Document.UNFINISHED, working=states.CHECKING, lease=LEASE
    )
    if until is None:
        return
    document = Document.objects.get(pk=document_id)
    mine = Claim(document, until, LEASE)
    try:
        with suppress(ClaimLost):
            if document.attempts > MAX_ATTEMPTS:
                # What the attempts found on earlier pages stays found.
                result: dict[str, Any] = {**document.check_result, "why_not": "failed"}
                state = states.LEAK if result.get("found") else states.UNCHECKED
            else:
                state, result = _check(document, mine)
            mine.end(state, check_result=result, finished_at=timezone.now(), attempts=0)
    except Exception:
        mine.release(_RETRY_AFTER)
        raise


def _check(document: Document, mine: Claim[Document]) -> tuple[Document.State, dict[str, Any]]:
    """Read the pages that no earlier attempt has read, and write after each what was found so far."""
    result: dict[str, Any] = document.check_result or {
        "pages": 0, "found": [], "why_not": "", "engine": "", "ways": 0, "seconds": 0.0, "known_numbers": 0,
    }  # fmt: skip
    pages = list(document.pages.all())
    for page in pages[result["pages"] :]:
        began = monotonic()
        boxes = [
            (x, y, width, height)
            for number, x, y, width, height, reason in document.boxes
            if number == page.number and reason == "card_number"
        ]
        try:
            read = read_page(open_page(page), kind=document.kind, boxes=boxes)
        except Unreadable:
            read = Reading(why_not="failed")
        ours = known_numbers(document.team_id, {each.digits for each in read.findings if each.digits})
        leaks = [each for each in read.findings if each.digits not in ours]
        result = {
            "pages": result["pages"] + 1,
            "found": [*result["found"], *(_serialised(page.number, each) for each in leaks)],
            "why_not": result["why_not"] or read.why_not,
            "engine": result["engine"] or (f"Tesseract {read.version}" if read.version else ""),
            # Of the page that was read in the fewest.
            "ways": min(result["ways"], read.ways) if result["pages"] else read.ways,
            "seconds": round(result["seconds"] + monotonic() - began, 1),
            "known_numbers": result["known_numbers"] + len(ours),
        }
        mine.write(check_result=result, progress_done=result["pages"], progress_total=len(pages))
    if result["found"]:
        return Document.State.LEAK, result
    return (Document.State.UNCHECKED if result["why_not"] else Document.State.CLEAN), result


def _serialised(page: int, found: Finding) -> dict[str, Any]:
    return {
        "what": found.kind,
        "page": page,
        "place": [round(part, 4) for part in found.place],
        # The last four may be seen; of the others only how many there are.
        "end": found.digits[-4:] if found.kind == CARD else "",
        "digits": len(found.digits),
    }
