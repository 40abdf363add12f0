"""Redraws pictures and pages of PDFs with boxes burned in. Runs in a child process with limits, on hostile files.

No Django. Nothing of the file but pixels comes out: a new picture is drawn, so metadata, thumbnails, layers, text and
what is appended to the file stay behind.
"""

from __future__ import annotations

import base64
import io
import math
import warnings
from collections.abc import Iterator
from typing import Any, BinaryIO

import pi_heif
import pypdfium2
from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

from . import MOST_PAGES

MOST_PIXELS = 40_000_000
"""A phone's photo has 12 to 24 million, the largest scanners' pages 35."""
QUALITIES = (85, 75, 65, 55, 45)
#: Pixels around a box that are covered as well: reducing a picture mixes neighbouring pixels.
MARGIN = 2
BLACK = (0, 0, 0)

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)
# Loads all of Pillow's readers and writers, before the child may open no more files.
Image.init()
_FORMATS = ("JPEG", "PNG", "WEBP")
_HEIC_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"heim", b"heis")


class Refusal(Exception):
    """Why nothing is drawn: a code that `pictures` has the words for."""


def answers(file: BinaryIO, requests: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Answer each request: `{"page": 1, "turn": 90, "boxes": [[x, y, width, height], …], "longest": 1400, "bytes": n}`.

    Boxes are in parts of the page as it is seen once it is turned (0 to 1), and so is `crop`, what is kept of it
    (none: all). The answer is `{"pages", "width", "height",
    "jpeg"}`, the last one in base64, or `{"refused": code}`.
    """
    content = file.read()
    for request in requests:
        try:
            pages, picture = _open(content, int(request["page"]), int(request["longest"]))
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


def _open(content: bytes, page: int, longest: int) -> tuple[int, Image.Image]:
    """How many pages there are, and one of them, upright, in RGB, no side longer than `longest`."""
    if b"%PDF-" in content[:1024]:
        return _open_pdf(content, page, longest)
    if page != 1:
        raise Refusal("no_such_page")
    try:
        if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
            picture = _open_heic(content)
        else:
            picture = Image.open(io.BytesIO(content), formats=_FORMATS)
            _refuse_too_large(picture.width, picture.height)
            # A JPEG is decoded at half or a quarter of its size, where that is still enough.
            picture.draft("RGB", (longest, longest))
        picture.load()
        return 1, _plain(picture, longest)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refusal("too_many_pixels") from error
    except UnidentifiedImageError as error:
        raise Refusal("unknown_kind") from error
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError) as error:
        raise Refusal("damaged") from error


def _refuse_too_large(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise Refusal("too_many_pixels")
    if width < 50 or height < 50:
        raise Refusal("too_small")


def _open_heic(content: bytes) -> Image.Image:
    found = pi_heif.open_heif(io.BytesIO(content), convert_hdr_to_8bit=True)
    _refuse_too_large(*found.size)
    picture: Image.Image = found.to_pillow()
    return picture


def _open_pdf(content: bytes, page: int, longest: int) -> tuple[int, Image.Image]:
    try:
        pdf = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Refusal("pdf_locked" if "password" in str(error).lower() else "damaged") from error
    pages = len(pdf)
    if pages > MOST_PAGES:
        raise Refusal("too_many_pages")
    if not 1 <= page <= pages:
        raise Refusal("no_such_page")
    try:
        found = pdf[page - 1]
        scale = longest / max(*found.get_size(), 1.0)
        return pages, found.render(scale=scale).to_pil().convert("RGB")
    except pypdfium2.PdfiumError as error:
        raise Refusal("damaged") from error


def _plain(picture: Image.Image, longest: int) -> Image.Image:
    """Upright, without transparency, 8 bits a colour, reduced."""
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = picture.convert("F").point(lambda value: value / 256).convert("L")
    elif picture.mode in ("P", "PA"):
        picture = picture.convert("RGBA")
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
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
    _refuse_too_large(kept.width, kept.height)
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
