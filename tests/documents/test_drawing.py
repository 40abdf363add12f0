"""What is stored of a picture: its pixels with boxes burned in, and nothing else of the file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from closedorders.core.child_processes.limited_process import LimitedProcess, Limits
from closedorders.core.refusals import Refused
from closedorders.documents.pictures import MOST_STORED_BYTES, MOST_UPLOAD_BYTES, Drawn, OpenPicture, preview
from tests.documents.scenes import BOX, encoded, reds, target

CANARY = b"CANARY-7781"
_PLACE = BOX[1:5]
_SAMPLES = Path(__file__).parent / "samples"


def _draw(
    content: bytes, *, boxes: Any = (_PLACE,), turn: int = 0, page: int = 1, longest: int = 400
) -> Drawn:
    with OpenPicture(io.BytesIO(content)) as picture:
        return picture.draw(page, boxes=list(boxes), turn=turn, longest=longest)


def _exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = CANARY.decode()
    return exif


#: How a picture must be stored, so that a viewer that follows the orientation shows it upright.
_STORED_FOR = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def _pdf(picture: Image.Image) -> bytes:
    return encoded(picture, "PDF", title=CANARY.decode(), resolution=72)


def _turned_pdf(picture: Image.Image) -> bytes:
    """On its side, with the page's own turn that sets it upright again."""
    pdf = pypdfium2.PdfDocument(_pdf(picture.transpose(Image.Transpose.ROTATE_90)))
    pdf[0].set_rotation(90)
    content = io.BytesIO()
    pdf.save(content)
    return content.getvalue()


def _png_with_text(picture: Image.Image) -> bytes:
    info = PngInfo()
    info.add_text("Comment", CANARY.decode())
    return encoded(picture, "PNG", pnginfo=info) + CANARY


FILES: dict[str, bytes] = {
    **{
        f"JPEG of orientation {number}": encoded(
            target() if way is None else target().transpose(way), quality=95, exif=_exif(number)
        )
        for number, way in _STORED_FOR.items()
    },
    "JPEG with a comment and a tail": encoded(target(), comment=CANARY, quality=95) + CANARY,
    "JPEG with a second picture": encoded(
        target(), "MPO", quality=95, save_all=True, append_images=[Image.new("RGB", (400, 300), (220, 0, 0))]
    ),
    "PNG with text and a tail": _png_with_text(target()),
    "PNG with transparency": encoded(target().convert("RGBA"), "PNG"),
    "PNG of 8 bits": encoded(target().quantize(16), "PNG"),
    "WebP": encoded(target(), "WEBP", lossless=True, exif=_exif(1), xmp=CANARY),
    "CMYK": encoded(target().convert("CMYK"), quality=95),
    # Made by another encoder, for Pillow writes none; the second with its orientation, as iPhones do.
    **{f"HEIC, {name}": (_SAMPLES / f"{name}.heic").read_bytes() for name in ("target", "turned")},
    "PDF": _pdf(target()),
    "PDF whose page is turned": _turned_pdf(target()),
}


@pytest.mark.parametrize("name", FILES)
def test_the_box_covers_its_place_and_nothing_beside_it_and_only_pixels_are_left(name: str) -> None:
    drawn = _draw(FILES[name])
    with Image.open(io.BytesIO(drawn.jpeg)) as found:
        assert found.size == (drawn.width, drawn.height)
        picture = found.convert("RGB")
        assert not found.getexif()
        assert not {"comment", "exif", "xmp", "icc_profile", "photoshop"} & found.info.keys()
    assert CANARY not in drawn.jpeg
    assert not reds(picture), "red is left"
    width, height = picture.size
    green = picture.getpixel((int(width * 0.78), int(height * 0.5)))
    magenta = picture.getpixel((int(width * 0.35), int(height * 0.78)))
    assert isinstance(green, tuple)
    assert isinstance(magenta, tuple)
    assert green[1] > 100 > green[0]
    assert magenta[0] > 130 < magenta[2]
    assert magenta[1] < 90


@pytest.mark.parametrize(
    ("turn", "size"), [(0, (400, 300)), (90, (300, 400)), (180, (400, 300)), (270, (300, 400))]
)
def test_boxes_lie_on_the_picture_as_it_was_turned(turn: int, size: tuple[int, int]) -> None:
    drawn = _draw(encoded(target()), turn=turn, boxes=[(0.0, 0.0, 0.25, 0.25)])
    assert (drawn.width, drawn.height) == size
    with Image.open(io.BytesIO(drawn.jpeg)) as picture:
        corner = picture.convert("RGB").getpixel((5, 5))
        other = picture.convert("RGB").getpixel((drawn.width - 5, 5))
    assert isinstance(corner, tuple)
    assert isinstance(other, tuple)
    assert max(corner) < 30
    assert min(other) > 220


def test_every_page_of_a_pdf_is_drawn_by_itself() -> None:
    pdf = pypdfium2.PdfDocument.new()
    for _page in range(3):
        pdf.new_page(300, 200)
    content = io.BytesIO()
    pdf.save(content)
    assert _draw(content.getvalue(), page=3).pages == 3
    with pytest.raises(Refused, match="no such page"):
        _draw(content.getvalue(), page=4)


def test_a_large_photo_becomes_small_enough() -> None:
    noise = Image.effect_noise((2400, 1800), 80).convert("RGB")
    drawn = _draw(encoded(noise, quality=95), longest=2400)
    assert len(drawn.jpeg) <= MOST_STORED_BYTES


REFUSED = {
    "HTML": (b"<!doctype html><p>hello", "Only JPEG"),
    "program": (b"MZ" + b"\0" * 500, "Only JPEG"),
    "zip": (b"PK\x03\x04" + b"\0" * 500, "Only JPEG"),
    "PDF that is none": (b"%PDF-1.7\n" + b"x" * 500, "damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_drawn_safely_is_refused_with_the_reason(name: str) -> None:
    """What else is refused: `test_uploads.py`."""
    content, words = REFUSED[name]
    with pytest.raises(Refused, match=words):
        _draw(content)


@pytest.mark.parametrize("turn", [0, 90])
def test_a_crop_keeps_its_part_of_the_turned_picture_with_what_is_covered(turn: int) -> None:
    content = encoded(target().transpose(Image.Transpose.ROTATE_90) if turn else target(), quality=95)
    with OpenPicture(io.BytesIO(content)) as picture:
        drawn = picture.draw(1, boxes=[_PLACE], crop=(0.0, 0.35, 1.0, 0.3), turn=turn, longest=400)
        with pytest.raises(Refused, match="too small"):
            picture.draw(1, boxes=[_PLACE], crop=(0.0, 0.35, 0.01, 0.01), turn=turn, longest=400)
    assert (drawn.width, drawn.height) == (400, 90)
    with Image.open(io.BytesIO(drawn.jpeg)) as found:
        kept = found.convert("RGB")
    assert not reds(kept)
    green = kept.getpixel((312, 45))
    assert isinstance(green, tuple)
    assert green[1] > 100 > green[0]


def test_several_files_are_counted_through_in_the_preview() -> None:
    pdf = pypdfium2.PdfDocument.new()
    for size in ((300, 200), (200, 300)):
        pdf.new_page(*size)
    content = io.BytesIO()
    pdf.save(content)
    files = [io.BytesIO(encoded(target())), content, io.BytesIO(encoded(target(300, 400)))]
    found = [preview(files, page, turn=0) for page in (1, 2, 3, 4)]
    assert {each.pages for each in found} == {4}
    assert [each.width > each.height for each in found] == [True, True, False, False]
    with pytest.raises(Refused, match="no such page"):
        preview(files, 5, turn=0)


def test_a_file_that_is_too_long_is_refused_before_it_is_looked_at() -> None:
    with pytest.raises(Refused, match="more than 15 MB"):
        OpenPicture(io.BytesIO(b"\xff\xd8\xff" + b"\0" * MOST_UPLOAD_BYTES))


@pytest.mark.parametrize("kind", ["RGBA", "RGB", "L"])
def test_the_largest_picture_is_drawn_within_the_memory_of_the_child(kind: str) -> None:
    content = encoded(Image.new(kind, (8000, 5000)), "PNG")
    child = LimitedProcess(
        "closedorders.documents.drawing:answers", io.BytesIO(content), Limits(memory=512 << 20)
    )
    child.send({"page": 1, "turn": 0, "boxes": [], "longest": 2400, "bytes": 1 << 20})
    assert child.receive()["width"] == 2400
    child.close()
