"""The self-test: whether covering and checking work on this server, tried on made pictures."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageDraw, ImageFont

from closedorders.core.database.jobs import Claim, ClaimLost, claim
from closedorders.core.refusals import Refused

from ..models import Document, SelfTest
from ..pictures import Box, OpenPicture
from .checking import read_page
from .findings import CARD

LEASE = timedelta(minutes=4)
#: A number of the range that issuers give out for tests.
CARD_NUMBER = "4242 4242 4242 4242"
_PLANTED = b"PLANTED-IN-THE-FILE"
_RED: Box = (0.1, 0.4, 0.5, 0.2)


def target(width: int = 600, height: int = 450) -> Image.Image:
    """White, with red where the box goes, green to the right of it and magenta below it."""
    picture = Image.new("RGB", (width, height), "white")
    picture.paste((0, 160, 0), (int(width * 0.65), int(height * 0.4), int(width * 0.9), int(height * 0.6)))
    picture.paste((200, 0, 200), (int(width * 0.1), int(height * 0.65), int(width * 0.6), int(height * 0.9)))
    picture.paste((220, 0, 0), (int(width * 0.1), int(height * 0.4), int(width * 0.6), int(height * 0.6)))
    return picture


def reds(picture: Image.Image) -> int:
    """How many pixels are still red."""
    colours = picture.convert("RGB").getcolors(1 << 24) or []
    return sum(n for n, (red, green, blue) in colours if red > 150 and green < 90 and blue < 90)  # type: ignore[misc]  # RGB


def card(number: str = CARD_NUMBER) -> Image.Image:
    """A made card with a number on it, dark on light."""
    picture = Image.new("RGB", (1000, 630), (214, 222, 232))
    pen = ImageDraw.Draw(picture)
    pen.text((70, 320), number, font=ImageFont.load_default(64), fill=(20, 24, 32))
    pen.text((70, 480), "MADE UP FOR A TEST  12/30", font=ImageFont.load_default(36), fill=(20, 24, 32))
    return picture


def _jpeg(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=92, comment=_PLANTED)
    return content.getvalue() + _PLANTED


def _redrawn(picture: Image.Image, *, boxes: list[Box], turn: int = 0, crop: Box | None = None) -> bytes:
    with OpenPicture(io.BytesIO(_jpeg(picture))) as opened:
        return opened.draw(1, boxes=boxes, turn=turn, crop=crop, longest=1400).jpeg


def _is_covered() -> bool:
    with Image.open(io.BytesIO(_redrawn(target(), boxes=[_RED]))) as drawn:
        return reds(drawn) == 0 and _is_green(drawn, 0.78, 0.5)


def _is_covered_turned_and_cropped() -> bool:
    sideways = target().transpose(Image.Transpose.ROTATE_90)
    crop = (0.05, 0.3, 0.9, 0.65)
    with Image.open(io.BytesIO(_redrawn(sideways, boxes=[_RED], turn=90, crop=crop))) as drawn:
        return reds(drawn) == 0 and _is_green(drawn, (0.78 - crop[0]) / crop[2], (0.5 - crop[1]) / crop[3])


def _is_green(picture: Image.Image, x: float, y: float) -> bool:
    colour = picture.convert("RGB").getpixel((int(x * picture.width), int(y * picture.height)))
    return isinstance(colour, tuple) and colour[1] > 100 > colour[0]


def _leaves_nothing_but_pixels() -> bool:
    return _PLANTED not in _redrawn(target(), boxes=[_RED])


def _finds_a_card() -> bool:
    reading = read_page(_redrawn(card(), boxes=[]), kind=Document.Kind.CARD_FRONT, boxes=())
    return any(each.kind == CARD for each in reading.findings)


def _passes_a_covered_card() -> bool:
    box: Box = (0.05, 0.49, 0.52, 0.14)
    reading = read_page(_redrawn(card(), boxes=[box]), kind=Document.Kind.CARD_FRONT, boxes=[box])
    return not reading.findings and not reading.why_not


STEPS: dict[str, tuple[object, Callable[[], bool]]] = {
    "covered": (_("Red under a box is gone, green beside it is still there."), _is_covered),
    "turned": (_("So it is on a picture that is turned and cropped."), _is_covered_turned_and_cropped),
    "pixels": (_("Words hidden in the file do not come out."), _leaves_nothing_but_pixels),
    "found": (_("A made card number that is not covered is found."), _finds_a_card),
    "passed": (_("The same card with all but its last four digits covered passes."), _passes_a_covered_card),
}


def run(self_test_id: int) -> None:
    """Run the self-test if it waits and no other worker has it."""
    states = SelfTest.State
    waiting = SelfTest.objects.all()
    until = claim(waiting, self_test_id, waiting=[states.WAITING], working=states.RUNNING, lease=LEASE)
    if until is None:
        return
    mine = Claim(SelfTest.objects.get(pk=self_test_id), until, LEASE)
    result = [[code, _passes(step)] for code, (_words, step) in STEPS.items()]
    state = states.PASSED if all(passed for _code, passed in result) else states.FAILED
    try:
        mine.end(state, result=result, finished_at=timezone.now())
    except ClaimLost:
        return


def _passes(step: Callable[[], bool]) -> bool:
    try:
        return step()
    except Refused:
        return False
