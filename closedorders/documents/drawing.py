"""Redraws pictures and pages of PDFs with boxes burned in. Runs in a child process with limits, on hostile files.

No Django. Nothing of the file but pixels comes out: a new picture is drawn, so metadata, thumbnails, layers, text and
what is appended to the file stay behind.
"""

from __future__ import annotations

import base64
import io
import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

# What Pillow would load on the way, for the child may open no more files: the readers and writers of pictures, EXIF
# (as TIFF), and the second picture that telephones put into a JPEG (MPO). All of them would take 30 ms more.
from PIL import MpoImagePlugin as MpoImagePlugin
from PIL import TiffImagePlugin as TiffImagePlugin
from PIL import WebPImagePlugin as WebPImagePlugin

Image.preinit()

MOST_PIXELS = 40_000_000
"""A phone's photo has 12 to 24 million, the largest scanners' pages 35."""
QUALITIES = (85, 75, 65, 55, 45)
#: Pixels around a box that are covered as well: reducing a picture mixes neighbouring pixels.
MARGIN = 2
BLACK = (0, 0, 0)

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)
_FORMATS = ("JPEG", "PNG", "WEBP")


class Refusal(Exception):
    """Why nothing is drawn: a code that `pictures` has the words for."""


Opened = tuple[int, Image.Image]
"""How many pages a file has, and one of them."""
#: From the bytes of a file, the number of a page and the longest side it is needed in. Raises `Refusal`.
Opener = Callable[[bytes, int, int], Opened]


def answers(file: BinaryIO, requests: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Answer each request about a picture: see `redrawn`."""
    return redrawn(file, requests, open_picture)


def redrawn(file: BinaryIO, requests: Iterator[dict[str, Any]], opener: Opener) -> Iterator[dict[str, Any]]:
    """Answer each request: `{"page": 1, "turn": 90, "boxes": [[x, y, width, height], …], "longest": 1400, "bytes": n}`.

    Boxes are in parts of the page as it is seen once it is turned (0 to 1), and so is `crop`, what is kept of it
    (none: all). The answer is `{"pages", "width", "height",
    "jpeg"}`, the last one in base64, or `{"refused": code}`.
    """
    content = file.read()
    for request in requests:
        try:
            longest = int(request["longest"])
            pages, picture = _opened(opener, content, int(request["page"]), longest)
            picture = picture.rotate(-int(request["turn"]) % 360, expand=True)
            _cover(picture, request["boxes"])
            picture = _cropped(picture, request.get("crop"))
            jpeg = _as_jpeg(picture, int(request["bytes"]))
            yield {
                "pages": pages,
                "width": picture.width,
                "height": picture.height,
                "jpeg": base64.b64encode(jpeg).decode("ascii"),
            }
        except Refusal as refusal:
            yield {"refused": str(refusal)}


def _opened(opener: Opener, content: bytes, page: int, longest: int) -> Opened:
    """How many pages there are, and one of them, upright, in RGB, no side longer than `longest`."""
    try:
        pages, picture = opener(content, page, longest)
        picture.load()
        return pages, _plain(picture, longest)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refusal("too_many_pixels") from error
    except UnidentifiedImageError as error:
        raise Refusal("unknown_kind") from error
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError) as error:
        raise Refusal("damaged") from error


def open_picture(content: bytes, page: int, longest: int) -> Opened:
    """A JPEG, PNG or WebP."""
    if page != 1:
        raise Refusal("no_such_page")
    picture = Image.open(io.BytesIO(content), formats=_FORMATS)
    refuse_size(picture.width, picture.height)
    # A JPEG is decoded at half or a quarter of its size, where that is still enough.
    picture.draft("RGB", (longest, longest))
    return 1, picture


def refuse_size(width: int, height: int) -> None:
    """Raise `Refusal` for a picture that has more pixels than are drawn, or too few to show anything."""
    if width * height > MOST_PIXELS:
        raise Refusal("too_many_pixels")
    if width < 50 or height < 50:
        raise Refusal("too_small")


def _plain(picture: Image.Image, longest: int) -> Image.Image:
    """Upright, without transparency, 8 bits a colour, reduced."""
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = picture.convert("F").point(lambda value: value / 256).convert("L")
    elif picture.mode in ("P", "PA"):
        picture = picture.convert("RGBA")
    # As sharp as bicubic and half its work: a photo of 12 megapixels spends most of its time here.
    picture.thumbnail((longest, longest), Image.Resampling.HAMMING)
    picture = ImageOps.exif_transpose(picture)
    if picture.mode in ("RGBA", "LA"):
        ground = Image.new("RGB", picture.size, (255, 255, 255))
        ground.paste(picture.convert("RGB"), mask=picture.getchannel("A"))
        return ground
    # A picture of its own: nothing that was beside the pixels comes with it.
    fresh = Image.new("RGB", picture.size)
    fresh.paste(picture.convert("RGB"))
    return fresh


def _cover(picture: Image.Image, boxes: list[list[float]]) -> None:
    pen = ImageDraw.Draw(picture)
    for x, y, width, height in boxes:
        left, top = math.floor(x * picture.width) - MARGIN, math.floor(y * picture.height) - MARGIN
        right = math.ceil((x + width) * picture.width) + MARGIN
        bottom = math.ceil((y + height) * picture.height) + MARGIN
        pen.rectangle((left, top, right - 1, bottom - 1), fill=BLACK)


def _cropped(picture: Image.Image, crop: list[float] | None) -> Image.Image:
    if not crop:
        return picture
    x, y, width, height = crop
    kept = picture.crop(
        (
            math.floor(x * picture.width),
            math.floor(y * picture.height),
            math.ceil((x + width) * picture.width),
            math.ceil((y + height) * picture.height),
        )
    )
    refuse_size(kept.width, kept.height)
    return kept


def _as_jpeg(picture: Image.Image, most_bytes: int) -> bytes:
    """The picture at the best quality that fits; if none does, smaller, without changing the picture itself."""
    reduced = picture
    while True:
        for quality in QUALITIES:
            found = io.BytesIO()
            reduced.save(found, "JPEG", quality=quality, optimize=True)
            if found.tell() <= most_bytes:
                return found.getvalue()
        if max(reduced.size) < 400:
            raise Refusal("does_not_fit")
        reduced = reduced.resize((max(1, reduced.width * 3 // 4), max(1, reduced.height * 3 // 4)))
