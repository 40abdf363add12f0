"""Every write of the vault: a new document, a look at one, its deletion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from functools import partial
from typing import BinaryIO, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused
from closedorders.core.task_queue.enqueue import enqueue_on_commit
from closedorders.orderfiles.cells.cards_in_notes import numbers_like_cards, with_masked_cards

from . import LONGEST_SIDE, MOST_PAGES, tasks
from .extensions import known_numbers, why_needed
from .kinds import RULES, Reason
from .models import Document, PageImage
from .pictures import Drawn, OpenPicture
from .sealed_pages import Unreadable, open_page, store_page

MOST_BOXES = 60
MOST_FILES = 4
"""Front and back of two sheets."""
MOST_UNCHECKED = 10
"""Documents of one team whose check is not over: checks take minutes each, one at a time."""


class Box(NamedTuple):
    """What is covered on a page, in parts of the page (0 to 1), and why: a code of `kinds.Reason`."""

    page: int
    x: float
    y: float
    width: float
    height: float
    reason: str


class Crop(NamedTuple):
    """What is kept of a page, in parts of the page (0 to 1); the rest is cut away."""

    page: int
    x: float
    y: float
    width: float
    height: float


def add_document(
    *,
    team: Team,
    kind: str,
    name: str,
    files: Sequence[BinaryIO],
    boxes: Sequence[Box],
    turn: int,
    nothing_to_hide: bool,
    expires_on: date | None,
    by: Membership,
    crops: Sequence[Crop] = (),
    previous: Document | None = None,
) -> Document:
    """Redraw the pages of `files`, one after the other, with the boxes burned in, and store only that, encrypted.

    The files themselves are read from where the request put them and never stored. A worker then looks for what is
    still readable: until it found nothing the document cannot be used. Raises `Refused` in words.
    """
    allow(by, MERCHANT, team_id=team.pk)
    _check(kind, boxes, crops, turn, nothing_to_hide=nothing_to_hide)
    if len(files) > MOST_FILES:
        raise Refused(
            _("A document is made of at most %(most)s files. Add a second one.") % {"most": MOST_FILES}
        )
    if previous is not None and (previous.team_id, previous.kind) != (team.pk, kind):
        raise Refused(_("The boxes were begun from another kind of document. Choose the same kind."))
    uploaded_bytes = sum(file.seek(0, 2) for file in files)
    pages = _draw(files, boxes, crops, turn)
    return store_pages(
        team=team,
        kind=kind,
        name=name,
        boxes=[part for box in boxes if (part := _within_crop(box, crops))],
        crops=crops,
        turn=turn,
        expires_on=expires_on,
        uploaded_bytes=uploaded_bytes,
        pages=pages,
        previous=previous,
        by=by,
    )


def _check(
    kind: str, boxes: Sequence[Box], crops: Sequence[Crop], turn: int, *, nothing_to_hide: bool
) -> None:
    if kind not in RULES:
        raise Refused(_("Choose what kind of document it is."))
    if turn not in {0, 90, 180, 270}:
        raise Refused(_("A picture is turned by a quarter, a half or three quarters."))
    check_boxes(boxes)
    for crop in crops:
        _check_place(crop.page, crop[1:])
    if len({crop.page for crop in crops}) < len(crops):
        raise Refused(_("A page is cropped twice. Keep one of the two rows."))
    if any(_within_crop(box, crops) for box in boxes) or (nothing_to_hide and not RULES[kind].needs_box):
        return
    if RULES[kind].needs_box:
        raise Refused(
            _("Nothing is covered yet. On this document must be hidden: %(what)s")
            % {"what": _(RULES[kind].hide)}
        )
    raise Refused(_("Nothing is covered yet. Draw a box, or tick that there is nothing to hide on it."))


def check_boxes(boxes: Sequence[Box]) -> None:
    """Raise `Refused` where a box covers nothing, or lies outside of its page."""
    if len(boxes) > MOST_BOXES:
        raise Refused(_("A document has at most %(most)s boxes. Draw larger ones.") % {"most": MOST_BOXES})
    for box in boxes:
        _check_place(box.page, box[1:5])
        if box.reason not in Reason.CODES:
            raise Refused(_("A box has no size. Remove it and draw it again."))


def _check_place(page: int, place: tuple[float, float, float, float]) -> None:
    x, y, width, height = place
    inside = all(math.isfinite(part) and 0 <= part <= 1 for part in place)
    if not inside or x + width > 1.001 or y + height > 1.001:
        raise Refused(_("A box lies outside of its page. Remove it and draw it again."))
    if not width or not height or page < 1:
        raise Refused(_("A box has no size. Remove it and draw it again."))


def _within_crop(box: Box, crops: Sequence[Crop]) -> Box | None:
    """The box in parts of what is kept of its page; None where nothing of it is."""
    crop = next((crop for crop in crops if crop.page == box.page), None)
    if crop is None:
        return box
    left, top = max(box.x, crop.x), max(box.y, crop.y)
    right = min(box.x + box.width, crop.x + crop.width)
    bottom = min(box.y + box.height, crop.y + crop.height)
    if left >= right or top >= bottom:
        return None
    return Box(
        box.page,
        (left - crop.x) / crop.width,
        (top - crop.y) / crop.height,
        (right - left) / crop.width,
        (bottom - top) / crop.height,
        box.reason,
    )


def boxes_before_crop(document: Document) -> list[Box]:
    """The boxes of a stored document in parts of its pages before they were cropped, to begin a new picture with."""
    crops = {page: place for page, *place in document.crops}
    boxes = []
    for page, x, y, width, height, reason in document.boxes:
        left, top, wide, high = crops.get(page, (0.0, 0.0, 1.0, 1.0))
        boxes.append(Box(page, left + x * wide, top + y * high, width * wide, height * high, reason))
    return boxes


def _draw(files: Sequence[BinaryIO], boxes: Sequence[Box], crops: Sequence[Crop], turn: int) -> list[Drawn]:
    drawn: list[Drawn] = []
    for file in files:
        with OpenPicture(file) as picture:
            first, pages = len(drawn), 1
            while len(drawn) < first + pages:
                page = len(drawn) + 1
                if page > MOST_PAGES:
                    raise Refused(_("The files have more than %(most)s pages.") % {"most": MOST_PAGES})
                here = [box[1:5] for box in boxes if box.page == page]
                crop = next((crop[1:] for crop in crops if crop.page == page), None)
                drawn.append(
                    picture.draw(page - first, boxes=here, crop=crop, turn=turn, longest=LONGEST_SIDE)
                )
                pages = drawn[-1].pages
    if any(page > len(drawn) for page in (*(box.page for box in boxes), *(crop.page for crop in crops))):
        raise Refused(_("A box lies on a page that the file does not have. Choose the file again."))
    return drawn


def store_pages(
    *,
    team: Team,
    kind: str,
    name: str,
    boxes: Sequence[Box],
    expires_on: date | None,
    uploaded_bytes: int,
    pages: Sequence[Drawn],
    by: Membership,
    crops: Sequence[Crop] = (),
    turn: int = 0,
    previous: Document | None = None,
) -> Document:
    """Seal pages that are drawn already. Raises `Refused` where the team's vault has no room for them."""
    with ExitStack() as stack:
        stack.enter_context(transaction.atomic())
        # One at a time, so that two uploads do not both take the last room.
        lock_team(team.pk)
        _refuse_if_full(team, sum(len(page.jpeg) for page in pages))
        _refuse_if_many_wait(team)
        document = Document.objects.create(
            team=team,
            kind=kind,
            name=_without_cards(team, name.strip()) or str(Document.Kind(kind).label),
            expires_on=expires_on,
            boxes=[list(box) for box in boxes],
            crops=[list(crop) for crop in crops],
            turn=turn,
            previous=previous,
            progress_total=len(pages),
            uploaded_bytes=uploaded_bytes,
            created_by=by,
        )
        for number, drawn in enumerate(pages, start=1):
            store_page(PageImage(document=document, number=number), drawn, stack)
        record(
            by=by,
            verb="document_added",
            thing=document,
            after={"document_kind": kind, "pages": len(pages), "boxes": len(boxes)},
        )
        enqueue_on_commit(tasks.check_document, document.pk)
    return document


def _without_cards(team: Team, name: str) -> str:
    """The name with card numbers masked to their last four digits. Numbers that the team knows as its own stay."""
    numbers = frozenset(numbers_like_cards(name))
    return with_masked_cards(name, orders=known_numbers(team.pk, numbers)) if numbers else name


def _refuse_if_full(team: Team, more: int) -> None:
    if Document.objects.for_team(team).bytes_kept() + more > settings.VAULT_TEAM_BYTES:
        raise Refused(
            _("Your team's documents take up all of its %(most)s MB. Delete old ones first.")
            % {"most": settings.VAULT_TEAM_BYTES // 1024**2}
        )
    if Document.objects.bytes_kept() + more > settings.VAULT_BYTES:
        raise Refused(
            _("The vault of this installation is full. Ask whoever runs it, or delete old documents.")
        )


def _refuse_if_many_wait(team: Team) -> None:
    waiting = Document.objects.for_team(team).kept().filter(state__in=Document.UNFINISHED).count()
    if waiting >= MOST_UNCHECKED:
        raise Refused(
            _("%(most)s documents of your team wait to be checked. Add more once some of them are.")
            % {"most": MOST_UNCHECKED}
        )


def look_at_page(*, page: PageImage, by: Membership, before_use: bool = False) -> bytes:
    """The page's JPEG. Every look leaves a line in the audit trail; who may look is the page's to decide.

    Refused for a document that may not be used yet, unless `before_use`: whoever covers or confirms it has to see it.
    """
    document = page.document
    if document.deleted_at is not None:
        raise Refused(_("This document was deleted. Only its receipt is left."))
    if not (before_use or document.is_usable):
        raise Refused(
            _("This document cannot be used before it was checked. Its page in the vault says why.")
        )
    try:
        content = open_page(page)
    except Unreadable as error:
        record(by=by, verb="document_unreadable", thing=document, after={"page": page.number})
        raise Refused(
            _(
                "The picture cannot be read: its file or its key is not what was stored. Nothing of it was shown."
            )
        ) from error
    record(by=by, verb="document_viewed", thing=document, after={"page": page.number})
    return content


@transaction.atomic
def delete_document(*, document: Document, by: Membership) -> None:
    """Delete the pictures and their keys at once. The row stays as the receipt."""
    allow(by, MERCHANT, team_id=document.team_id)
    lock_team(document.team_id)
    # Locked, so that no case chooses it meanwhile.
    document = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if words := why_needed(document):
        raise Refused(words)
    erase(document, why=Document.Deletion.BY_HAND, by=by)


@transaction.atomic
def erase(document: Document, *, why: str, by: Membership | None, only: Q | None = None) -> bool:
    """Forget the keys, then the files: without its key a file that is left over is noise.

    False where it was deleted before, or where `only` does not hold for it any more.
    """
    erased = (
        Document.objects.kept()
        .filter(only or Q(), pk=document.pk)
        .update(deleted_at=timezone.now(), deleted_by=by, deleted_why=why)
    )
    if not erased:
        return False
    pages = list(document.pages.all())
    files = [page.file for page in pages if page.file]
    names = [(file.storage, str(file.name)) for file in files]
    document.pages.update(file="", wrapped_key="")
    record(by=by, verb="document_deleted", thing=document, after={"deleted_why": why})
    for storage, name in names:
        transaction.on_commit(partial(storage.delete, name))
    return True
