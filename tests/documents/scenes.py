from __future__ import annotations

import io
from datetime import date

from django.utils import timezone
from PIL import Image

from closedorders.accounts.models import Membership
from closedorders.documents.actions import Box, store_pages
from closedorders.documents.models import Document
from closedorders.documents.pictures import Drawn
from closedorders.documents.proof.self_test import target as made_target

BOX = Box(1, 0.1, 0.4, 0.5, 0.2, "card_number")


def encoded(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    found = io.BytesIO()
    picture.save(found, kind, **options)
    return found.getvalue()


def target(width: int = 400, height: int = 300) -> Image.Image:
    return made_target(width, height)


def reds(picture: Image.Image) -> list[tuple[int, ...]]:
    """The colours of a picture in RGB that are what `target` has below the box."""
    found = [colour for _count, colour in picture.getcolors(1 << 24) or [] if isinstance(colour, tuple)]
    return [colour for colour in found if colour[0] > 150 and colour[1] < 90 and colour[2] < 90]


def make_document(
    by: Membership,
    *,
    kind: str = Document.Kind.IDENTITY,
    pages: int = 1,
    state: str = Document.State.CLEAN,
    expires_on: date | None = None,
) -> Document:
    jpeg = encoded(Image.new("RGB", (60, 60), "white"))
    document = store_pages(
        team=by.team,
        kind=kind,
        name="Passport",
        boxes=[BOX],
        expires_on=expires_on,
        uploaded_bytes=2_000_000,
        pages=[Drawn(jpeg, 60, 60, pages)] * pages,
        by=by,
    )
    document.state = state
    document.finished_at = None if state in Document.UNFINISHED else timezone.now()
    document.save(update_fields=["state", "finished_at"])
    return document
