"""Every write of the vault: a new document, a look at one, its deletion."""

from __future__ import annotations

import hashlib
import io
import math
import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from functools import partial
from typing import BinaryIO, NamedTuple

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.files.stored_files import file_with_its_row
from closedorders.core.refusals import Refused

from . import keys
from .drawing import LONGEST_SIDE
from .envelope import Tampered, new_key, seal, unseal
from .extensions import why_needed
from .kinds import RULES, Reason
from .models import Document, PageImage
from .pictures import Drawn, OpenPicture

MOST_BOXES = 60


class Box(NamedTuple):
    """What is covered on a page, in parts of the page (0 to 1), and why: a code of `kinds.Reason`."""

    page: int
    x: float
    y: float
    width: float
    height: float
    reason: str


def add_document(
    *,
    team: Team,
    kind: str,
    name: str,
    file: BinaryIO,
    boxes: Sequence[Box],
    turn: int,
    nothing_to_hide: bool,
    expires_on: date | None,
    by: Membership,
) -> Document:
    """Redraw the pages of `file` with the boxes burned in, and store only that, encrypted.

    The file itself is read from where the request put it and never stored. Raises `Refused` in words.
    """
    allow(by, MERCHANT, team_id=team.pk)
    _check(kind, boxes, turn, nothing_to_hide=nothing_to_hide)
    uploaded_bytes = file.seek(0, 2)
    pages = _draw(file, boxes, turn)
    return store_pages(
        team=team,
        kind=kind,
        name=name,
        boxes=boxes,
        expires_on=expires_on,
        uploaded_bytes=uploaded_bytes,
        pages=pages,
        by=by,
    )


def _check(kind: str, boxes: Sequence[Box], turn: int, *, nothing_to_hide: bool) -> None:
    if kind not in RULES:
        raise Refused(_("Choose what kind of document it is."))
    if turn not in {0, 90, 180, 270}:
        raise Refused(_("A picture is turned by a quarter, a half or three quarters."))
    if len(boxes) > MOST_BOXES:
        raise Refused(_("A document has at most %(most)s boxes. Draw larger ones.") % {"most": MOST_BOXES})
    for box in boxes:
        place = box[1:5]
        inside = all(math.isfinite(part) and 0 <= part <= 1 for part in place)
        if not inside or box.x + box.width > 1.001 or box.y + box.height > 1.001:
            raise Refused(_("A box lies outside of its page. Remove it and draw it again."))
        if not box.width or not box.height or box.reason not in Reason.CODES or box.page < 1:
            raise Refused(_("A box has no size. Remove it and draw it again."))
    if boxes or (nothing_to_hide and not RULES[kind].needs_box):
        return
    if RULES[kind].needs_box:
        raise Refused(
            _("Nothing is covered yet. On this document must be hidden: %(what)s")
            % {"what": _(RULES[kind].hide)}
        )
    raise Refused(_("Nothing is covered yet. Draw a box, or tick that there is nothing to hide on it."))


def _draw(file: BinaryIO, boxes: Sequence[Box], turn: int) -> list[Drawn]:
    with OpenPicture(file) as picture:
        drawn: list[Drawn] = []
        while not drawn or len(drawn) < drawn[0].pages:
            page = len(drawn) + 1
            here = [box[1:5] for box in boxes if box.page == page]
            drawn.append(picture.draw(page, boxes=here, turn=turn, longest=LONGEST_SIDE))
    if any(box.page > len(drawn) for box in boxes):
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
) -> Document:
    """Seal pages that are drawn already. Raises `Refused` where the team's vault has no room for them."""
    with ExitStack() as stack:
        stack.enter_context(transaction.atomic())
        # One at a time, so that two uploads do not both take the last room.
        lock_team(team.pk)
        kept = Document.objects.for_team(team).bytes_kept()
        if kept + sum(len(page.jpeg) for page in pages) > settings.VAULT_TEAM_BYTES:
            raise Refused(
                _("Your team's documents take up all of its %(most)s MB. Delete old ones first.")
                % {"most": settings.VAULT_TEAM_BYTES // 1024**2}
            )
        document = Document.objects.create(
            team=team,
            kind=kind,
            name=name.strip() or str(Document.Kind(kind).label),
            expires_on=expires_on,
            boxes=[list(box) for box in boxes],
            uploaded_bytes=uploaded_bytes,
            created_by=by,
        )
        for number, drawn in enumerate(pages, start=1):
            page = PageImage(
                document=document,
                number=number,
                width=drawn.width,
                height=drawn.height,
                stored_bytes=len(drawn.jpeg),
                sha256=hashlib.sha256(drawn.jpeg).hexdigest(),
            )
            key, sealed = new_key(), io.BytesIO()
            seal(drawn.jpeg, sealed, key=key, context=_context(page))
            page.wrapped_key = keys.wrap(key)
            # The file goes again where its row, or that of a later page, is not written.
            stack.enter_context(file_with_its_row(page.file))
            page.file.save(f"{secrets.token_hex(16)}.sealed", ContentFile(sealed.getvalue()), save=False)
            page.save()
        record(
            by=by,
            verb="document_added",
            thing=document,
            after={"document_kind": kind, "pages": len(pages), "boxes": len(boxes)},
        )
    return document


def _context(page: PageImage) -> bytes:
    return f"document {page.document_id} page {page.number}".encode()


def look_at_page(*, page: PageImage, by: Membership) -> bytes:
    """The page's JPEG. Every look leaves a line in the audit trail; who may look is the page's to decide."""
    document = page.document
    if document.deleted_at is not None:
        raise Refused(_("This document was deleted. Only its receipt is left."))
    try:
        with page.file.open("rb") as sealed:
            content = unseal(sealed, key=keys.unwrap(page.wrapped_key), context=_context(page))
    except (Tampered, keys.UnknownKey, FileNotFoundError) as error:
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
    if words := why_needed(document):
        raise Refused(words)
    erase(document, why=Document.Deletion.BY_HAND, by=by)


@transaction.atomic
def erase(document: Document, *, why: str, by: Membership | None) -> None:
    """Forget the keys, then the files: without its key a file that is left over is noise."""
    erased = (
        Document.objects.kept()
        .filter(pk=document.pk)
        .update(deleted_at=timezone.now(), deleted_by=by, deleted_why=why)
    )
    if not erased:
        return
    pages = list(document.pages.all())
    files = [page.file for page in pages if page.file]
    names = [(file.storage, str(file.name)) for file in files]
    document.pages.update(file="", wrapped_key="")
    record(by=by, verb="document_deleted", thing=document, after={"deleted_why": why})
    for storage, name in names:
        transaction.on_commit(partial(storage.delete, name))
