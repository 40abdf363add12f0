from __future__ import annotations

import io

from PIL import Image

from closedorders.accounts.models import Membership
from closedorders.documents.actions import Box, store_pages
from closedorders.documents.models import Document
from closedorders.documents.pictures import Drawn

BOX = Box(1, 0.1, 0.4, 0.5, 0.2, "card_number")


def encoded(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    found = io.BytesIO()
    picture.save(found, kind, **options)
    return found.getvalue()


def target(width: int = 400, height: int = 300) -> Image.Image:
    """White, with red where `BOX` is, green to the right of it and magenta below it."""
    picture = Image.new("RGB", (width, height), "white")
    picture.paste((0, 160, 0), (int(width * 0.65), int(height * 0.4), int(width * 0.9), int(height * 0.6)))
    picture.paste((200, 0, 200), (int(width * 0.1), int(height * 0.65), int(width * 0.6), int(height * 0.9)))
    picture.paste((220, 0, 0), (int(width * 0.1), int(height * 0.4), int(width * 0.6), int(height * 0.6)))
    return picture


def reds(picture: Image.Image) -> list[tuple[int, ...]]:
    """The colours of a picture in RGB that are what `target` has below the box."""
    found = [colour for _count, colour in picture.getcolors(1 << 24) or [] if isinstance(colour, tuple)]
    return [colour for colour in found if colour[0] > 150 and colour[1] < 90 and colour[2] < 90]


def make_document(by: Membership, *, kind: str = Document.Kind.IDENTITY, pages: int = 1) -> Document:
    jpeg = encoded(Image.new("RGB", (60, 60), "white"))
    return store_pages(
        team=by.team,
        kind=kind,
        name="Passport",
        boxes=[BOX],
        expires_on=None,
        uploaded_bytes=2_000_000,
        pages=[Drawn(jpeg, 60, 60, pages)] * pages,
        by=by,
    )
