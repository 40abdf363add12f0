"""Pictures that the check of documents is measured on: cards with a number, and screenshots of order lists.

Drawn by a seed, so that each run has the same ones but for the noise of photos.
"""

from __future__ import annotations

import io
import random
from importlib.resources import files
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from closedorders.core.text.cards import adds_up

_PREFIXES = {
    "4": 16,
    "51": 16,
    "55": 16,
    "2221": 16,
    "6011": 16,
    "62": 16,
    "3528": 16,
    "34": 15,
    "37": 15,
    "36": 14,
}
_GROUPS = {16: (4, 4, 4, 4), 15: (4, 6, 5), 14: (4, 6, 4)}
#: How numbers of AliExpress orders begin.
_ORDERS = ("80", "81", "82", "10", "11", "30", "50")
_SHOPS = ("Bright Home Store", "CZJ Official Store", "Shop910357 Store", "Lamp World", "YOLO Fashion Store")
_STATES = ("Awaiting delivery", "Completed", "Closed", "To ship", "Payment is being verified")


def font(made: random.Random, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if made.random() < 0.5:
        return ImageFont.load_default(size)
    with (files("fontpkg_inter") / "files" / "Inter[opsz,wght].ttf").open("rb") as content:
        return ImageFont.truetype(io.BytesIO(content.read()), size)


def card_number(made: random.Random) -> str:
    """A number with its check digit, in groups or in one piece."""
    prefix = made.choice(list(_PREFIXES))
    length = _PREFIXES[prefix]
    digits = prefix + "".join(made.choices("0123456789", k=length - len(prefix) - 1))
    digits = next(digits + last for last in "0123456789" if adds_up(digits + last))
    if made.random() < 0.2:
        return digits
    pieces, at = [], 0
    for size in _GROUPS[length]:
        pieces.append(digits[at : at + size])
        at += size
    return " ".join(pieces)


def card_picture(made: random.Random) -> Image.Image:
    """A card on a table: light or dark, digits of 14 to 60 pixels, slanted, turned, blurred and noisy as photos are."""
    height = made.randint(14, 60)
    width = max(420, height * 22)
    dark = made.random() < 0.5
    ground = tuple(made.randint(10, 70) if dark else made.randint(180, 245) for _ in range(3))
    ink = tuple(made.randint(200, 250) if dark else made.randint(0, 60) for _ in range(3))
    card = Image.new("RGB", (width, int(width * 0.63)), ground)
    pen = ImageDraw.Draw(card)
    pen.text((width * 0.07, width * 0.33), card_number(made), font=font(made, height), fill=ink)
    small = font(made, max(11, height // 2))
    pen.text(
        (width * 0.07, width * 0.06),
        made.choice(["BANK OF EXAMPLES", "Example Credit"]),
        font=small,
        fill=ink,
    )
    pen.text((width * 0.07, width * 0.48), "ANNA EXAMPLE", font=small, fill=ink)
    pen.text(
        (width * 0.55, width * 0.48), f"{made.randint(1, 12):02}/{made.randint(27, 34)}", font=small, fill=ink
    )
    slanted = card.rotate(
        made.uniform(-3, 3), expand=True, fillcolor=ground, resample=Image.Resampling.BICUBIC
    )
    table = Image.new(
        "RGB",
        (int(slanted.width * 1.2), int(slanted.height * 1.3)),
        tuple(made.randint(60, 200) for _ in range(3)),
    )
    table.paste(slanted, (int(slanted.width * 0.1), int(slanted.height * 0.15)))
    if made.random() < 0.4:
        table = table.filter(ImageFilter.GaussianBlur(made.uniform(0.3, height / 40)))
    noise = Image.effect_noise(table.size, made.uniform(4, 18)).convert("RGB")
    table = Image.blend(table, noise, 0.08)
    return table.rotate(made.choice([0, 0, 0, 90, 180, 270]), expand=True)


class OrderList(NamedTuple):
    """`known`: the numbers on it that the team's own orders and parcels have; others are an order's all the same."""

    picture: Image.Image
    known: frozenset[str]


def order_list(made: random.Random) -> OrderList:
    """AliExpress's list of orders on a telephone, a tablet or a desktop, light or dark.

    Three order numbers in four are the team's own. Among those are some that look like a card's in every way: its
    beginning, its length, its check digit. The others begin as AliExpress's do; one in ten has a right check digit.
    """
    scale = made.choice([1, 1.5, 2])
    width, height = made.choice([(390, 844), (1280, 800), (768, 1024)])
    dark = made.random() < 0.3
    ground, ink, faint = (
        ((24, 26, 30), (232, 232, 232), (160, 165, 172))
        if dark
        else ((255, 255, 255), (25, 25, 25), (118, 118, 118))
    )
    picture = Image.new("RGB", (int(width * scale), int(height * scale)), ground)
    pen = ImageDraw.Draw(picture)
    size = int(made.choice([12, 13, 14, 15]) * scale)
    normal, large = font(made, size), font(made, int(size * 1.3))
    left, y, line = 16 * scale, 14 * scale, size * 1.7
    pen.text((left, y), "My orders", font=large, fill=ink)
    y += line * 1.5
    pen.text((left, y), "View all   To pay   To ship   Shipped   Processed", font=normal, fill=faint)
    y += line * 1.5
    known = set()
    while y < picture.height - 4 * line:
        number, own = _order_number(made)
        parcel = _parcel_number(made)
        known |= {number, parcel} if own else set()
        wide = width > 700
        rows = [
            (f"{made.choice(_SHOPS)}  >", made.choice(_STATES)),
            (f"Order date: {_day(made)}", f"Order ID: {number}  Copy") if wide else ("Order ID", number),
            (made.choice(["LED moon lamp, 16 colours", "Dog bed, washable, size L", "Yoga mat 183 cm"]), ""),
            (
                f"Total: {made.choice(['€', 'US $'])}{made.randint(2, 180)}.{made.randint(0, 99):02}",
                f"Tracking: {parcel}" if made.random() < 0.5 else "Track order",
            ),
        ]
        pen.line((left, y, picture.width - left, y), fill=faint)
        y += line * 0.5
        for first, second in rows:
            pen.text((left, y), first, font=normal, fill=ink)
            end = picture.width - left - pen.textlength(second, font=normal)
            pen.text((end, y), second, font=normal, fill=faint if made.random() < 0.5 else ink)
            y += line
        y += line * 0.5
    return OrderList(picture, frozenset(known))


def _day(made: random.Random) -> str:
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{made.choice(months)} {made.randint(1, 28)}, 2026"


def _order_number(made: random.Random) -> tuple[str, bool]:
    """A number of 16 digits, and whether it is the team's own."""
    own = made.random() < 0.75
    if own and made.random() < 0.2:
        sixteen = [prefix for prefix, length in _PREFIXES.items() if length == 16]
        start = made.choice(sixteen)
        digits = start + "".join(made.choices("0123456789", k=15 - len(start)))
        return next(digits + last for last in "0123456789" if adds_up(digits + last)), own
    start = made.choice(_ORDERS)
    return start + "".join(made.choices("0123456789", k=16 - len(start))), own


def _parcel_number(made: random.Random) -> str:
    """As Cainiao, YunExpress and posts number parcels."""
    form, digits, end = made.choice(
        [("LP00", 14, ""), ("YT26", 14, ""), ("RB", 9, "CN"), ("CNFR9", 15, "HD")]
    )
    return form + "".join(made.choices("0123456789", k=digits)) + end
