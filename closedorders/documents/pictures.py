"""Opens an uploaded picture or PDF in a child process with limits, and says in words why one is refused."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from closedorders.core.child_processes.limited_process import (
    ChildFailed,
    LimitedProcess,
    Limits,
    OutOfMemory,
    OutOfTime,
)
from closedorders.core.child_processes.places import NoPlace, Place
from closedorders.core.refusals import Refused

from .formats import LOOKED_AT, function_for, is_pdf

LIMITS = Limits(memory=512 << 20, cpu_seconds=20, wait_seconds=40.0, answer_bytes=8 << 20)
WAIT_SECONDS = 10.0
"""How long a page waits until one of the pictures that are being opened is done; one takes less than a second."""
MOST_UPLOAD_BYTES = 15 * 1024 * 1024
MOST_STORED_BYTES = 1024 * 1024
"""AliExpress's form takes pictures of a few megabytes; one of this size is sharp and mailed in seconds."""
LONGEST_PREVIEW = 1400

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One page, redrawn. `pages` is how many the file has."""

    jpeg: bytes
    width: int
    height: int
    pages: int


def a_place() -> Place:
    """Room for one more child of the web or a worker. Raises `Refused` where all are taken for some seconds.

    Each child may take half a gigabyte and twenty seconds of a processor, so uploads at once must not take them all.
    """
    try:
        return Place(
            settings.DATA_DIR / "picture-places", settings.PICTURE_PROCESSES, wait_seconds=WAIT_SECONDS
        )
    except NoPlace as error:
        raise Refused(
            _("Too many pictures are being opened right now. Nothing was stored; try again in a minute.")
        ) from error


class OpenPicture:
    """A child process with one file open: `with OpenPicture(file) as picture: picture.draw(…)`."""

    def __init__(self, file: BinaryIO) -> None:
        size = file.seek(0, 2)
        file.seek(0)
        if not size:
            raise Refused(_("The file is empty. Choose the picture again."))
        if size > MOST_UPLOAD_BYTES:
            raise Refused(
                _("The file has more than %(most)s MB. Take the photo again in a lower resolution.")
                % {"most": MOST_UPLOAD_BYTES // 1024**2}
            )
        start = file.read(LOOKED_AT)
        file.seek(0)
        self._place = a_place()
        try:
            self._child = LimitedProcess(function_for(start), file, LIMITS)
        except BaseException:
            self._place.close()
            raise

    @property
    def pid(self) -> int:
        """Of the child."""
        return self._child.pid

    def __enter__(self) -> OpenPicture:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.close()
        self._place.close()

    def draw(
        self,
        page: int,
        *,
        boxes: Sequence[Box],
        turn: int,
        longest: int,
        crop: Box | None = None,
        most_bytes: int = MOST_STORED_BYTES,
    ) -> Drawn:
        """The page turned by `turn` degrees with `boxes` in black, and what `crop` keeps of it. Raises `Refused`.

        Boxes and crop are parts of the turned page.
        """
        asked = {"page": page, "turn": turn, "boxes": boxes, "crop": crop, "longest": longest}
        self._child.send({**asked, "bytes": most_bytes})
        try:
            answer = self._child.receive()
            if code := answer.get("refused"):
                raise Refused(_words(code))
            return Drawn(
                base64.b64decode(answer["jpeg"], validate=True),
                int(answer["width"]),
                int(answer["height"]),
                int(answer["pages"]),
            )
        except (OutOfMemory, OutOfTime) as error:
            raise Refused(_words("too_many_pixels")) from error
        except (ChildFailed, AttributeError, KeyError, TypeError, ValueError) as error:
            raise Refused(_words("damaged")) from error


def preview(files: Sequence[BinaryIO], page: int, *, turn: int) -> Drawn:
    """One page of several files, counted through; its `pages` are those of all files. Raises `Refused`."""
    found: Drawn | None = None
    before = 0
    for file in files:
        here, pages = page - before, 1
        if here == 1 or _is_pdf(file):
            with OpenPicture(file) as picture:
                # The first page of a PDF, small, to learn how many there are.
                drawn = picture.draw(1, boxes=[], turn=turn, longest=LONGEST_PREVIEW if here == 1 else 100)
                pages = drawn.pages
                if here > 1 and here <= pages:
                    drawn = picture.draw(here, boxes=[], turn=turn, longest=LONGEST_PREVIEW)
                found = drawn if 1 <= here <= pages else found
        before += pages
    if found is None:
        raise Refused(_words("no_such_page"))
    return replace(found, pages=before)


def _is_pdf(file: BinaryIO) -> bool:
    file.seek(0)
    return is_pdf(file.read(LOOKED_AT))


def _words(code: str) -> str:
    known = {
        "unknown_kind": _(
            "Only JPEG, PNG, WebP and HEIC pictures and PDF files can be kept. Take a photo or a screenshot instead."
        ),
        "too_many_pixels": _(
            "The picture is too large to be drawn safely. Take it again with fewer megapixels."
        ),
        "too_small": _("The picture is too small to be read. Take it again from nearer."),
        "too_many_pages": _("The PDF has more than 10 pages. Save only the pages that AliExpress asks for."),
        "no_such_page": _("The file has no such page. Choose the file again."),
        "pdf_locked": _("The PDF needs a password. Open it, print it to a new PDF, and choose that one."),
        "does_not_fit": _("The picture cannot be made small enough. Take it again with a plain background."),
    }
    return known.get(
        code, _("The file cannot be read: it is damaged or not complete. Take the picture again.")
    )
