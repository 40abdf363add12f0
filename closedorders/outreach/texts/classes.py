"""What kind of mail a text is: about the order only, with an offer at its end, or advertising.

An offer is whatever invites to buy again: the discount code, store credit, and words such as "coupon" or "off your next
purchase". A refund, faster shipping and a gift in the parcel are part of the order that the mail is about. A mail with
an offer is about the order only where its subject and first paragraph are, and the offer comes last (16 CFR
316.3(a)(2)).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from .builtin import Kind, builtin_template
from .claims import composed


class MailClass(StrEnum):
    """The values are stored with each message (`Message.mail_class`)."""

    SERVICE = "service"
    """About the order and nothing else."""
    MIXED = "mixed"
    """About the order first, with an offer after it."""
    PROMOTIONAL = "promotional"
    """The offer stands in the subject or the first paragraph, or before anything about the order: advertising."""


class Place(StrEnum):
    """Where an offer stands that is not last."""

    SUBJECT = "subject"
    FIRST_PARAGRAPH = "first_paragraph"
    MIDDLE = "middle"
    """Before something about the order that comes after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What `read_class` found. `doubts`: where the offer stands although it should not; `words`: each as written."""

    mail_class: MailClass
    doubts: tuple[Place, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def has_offer(self) -> bool:
        return self.mail_class is not MailClass.SERVICE

    @property
    def has_one_click(self) -> bool:
        """Whether it carries the headers with which mail programs show "Unsubscribe" (RFC 8058)."""
        return self.has_offer


_OFFER = re.compile(
    r"\{\s*(?:code(?:[_ ](?:percent|expires))?|store[_ ]credit)\s*(?:\|[^{}\n]*)?\}"
    r"|\b(?:discounts?|store credit|coupons?|vouchers?|promo(?:tion(?:al|s)?)?s?|on sale"
    r"|(?:special|exclusive|limited) offers?"
    r"|sales?|shop now|buy now|order now|free shipping|(?:your )?next (?:purchase|order)|best deals?"
    r"|descuentos?|saldo en la tienda|cup[oó]n(?:es)?|vales? (?:de|por)"
    r"|promoci[oó]n(?:es)?|ofertas?|rebajas?|rebajad[oa]s?|compra ahora"
    r"|pr[oó]xim[oa] (?:compra|pedido)|env[ií]o gratis)\b"
    r"|\d\s?%\s(?:off|menos|de descuento)\b",
    re.IGNORECASE,
)
# What is about the order that the customer waits for.
_ABOUT_THE_ORDER = re.compile(
    r"\{\s*(?:orders|order_count|reason|new_date|shipping|refund(?:[_ ](?:percent|base))?)\s*(?:\|[^{}\n]*)?\}",
    re.IGNORECASE,
)
_GAP = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_BULLET = re.compile(r"[ \t]*(?:[–—•*·-]|\d{1,2}[.)])[ \t]+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[ \t]+")


def read_class(subject: str, body: str) -> Reading:
    """The class of a text with its placeholders, as a merchant writes it.

    The first paragraph is the first one longer than a greeting. An offer that nobody reads as one, in another language
    than English and Spanish, is found only by its code.
    """
    subject, body = composed(subject), composed(body).replace("\r\n", "\n")
    words = tuple(dict.fromkeys(found[0] for found in _OFFER.finditer(f"{subject}\n{body}")))
    if not words:
        return Reading(mail_class=MailClass.SERVICE)
    doubts = []
    if _OFFER.search(subject):
        doubts.append(Place.SUBJECT)
    end = _end_of_first_paragraph(body)
    offers = [found.start() for found in _OFFER.finditer(body)]
    if any(place < end for place in offers):
        doubts.append(Place.FIRST_PARAGRAPH)
    about = [found.start() for found in _ABOUT_THE_ORDER.finditer(body)]
    if (
        offers
        and about
        and any(place > min(offers) for place in about)
        and Place.FIRST_PARAGRAPH not in doubts
    ):
        doubts.append(Place.MIDDLE)
    leads = Place.SUBJECT in doubts or Place.FIRST_PARAGRAPH in doubts
    return Reading(
        mail_class=MailClass.PROMOTIONAL if leads else MailClass.MIXED, doubts=tuple(doubts), words=words
    )


def _end_of_first_paragraph(body: str) -> int:
    """Where the first paragraph after the greeting ends."""
    begin = 0
    for gap in _GAP.finditer(body):
        paragraph = body[begin : gap.start()].strip()
        if len(paragraph) > 60 or paragraph.endswith((".", "!", "?", "…")):
            return gap.start()
        begin = gap.end()
    return len(body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """A subject and a text without their offer, and the offer's own lines, in their order."""

    subject: str
    body: str
    offer: tuple[str, ...]


def part_offer(subject: str, body: str, *, language: str, kind: Kind) -> Parted:
    """Take the offer out: list items and sentences that have one, and the line that leads to an emptied list.

    A subject that has an offer gives way to the built-in one. Where nothing about the order is left, so does the text.
    """
    builtin = builtin_template(kind=kind, language=language, variant="brief", code=False, refund=False)
    left: list[str] = []
    offer: list[str] = []
    for paragraph in _GAP.split(composed(body).replace("\r\n", "\n").strip("\n")):
        rest, gone = _without_offer(paragraph)
        if gone and not rest and left and left[-1].rstrip().endswith(":") and _BULLET.match(paragraph):
            offer.append(left.pop())
        offer += gone
        if rest:
            left.append(rest)
    text = "\n\n".join(left) + "\n"
    if not _ABOUT_THE_ORDER.search(text) and len(left) < 2:
        text = builtin.body
    return Parted(
        subject=builtin.subject if _OFFER.search(composed(subject)) else subject,
        body=text,
        offer=tuple(offer),
    )


def put_offer_last(subject: str, body: str, *, language: str, kind: Kind) -> tuple[str, str]:
    """Subject and text with the offer moved behind everything about the order, before the closing paragraphs.

    The closing is what stands after the last paragraph that is about the order. Each line of the offer stays as it is
    written. Without an offer, or with one that is last already, the text is returned as it is.
    """
    if not read_class(subject, body).doubts:
        return subject, body
    parted = part_offer(subject, body, language=language, kind=kind)
    if not parted.offer:
        return parted.subject, body
    paragraphs = _GAP.split(parted.body.strip("\n"))
    about = [place for place, paragraph in enumerate(paragraphs) if _ABOUT_THE_ORDER.search(paragraph)]
    after = (about[-1] if about else min(1, len(paragraphs) - 1)) + 1
    offer: list[str] = []
    for line in parted.offer:
        # Items of one list stay one paragraph.
        if offer and _BULLET.match(line) and _BULLET.match(offer[-1]):
            offer[-1] += "\n" + line
        else:
            offer.append(line)
    return parted.subject, "\n\n".join([*paragraphs[:after], *offer, *paragraphs[after:]]) + "\n"


def _without_offer(paragraph: str) -> tuple[str, list[str]]:
    """A paragraph without its items or sentences that have an offer, and those."""
    if not _OFFER.search(paragraph):
        return paragraph, []
    units: list[str] = []
    is_list = False
    for line in paragraph.split("\n"):
        if _BULLET.match(line):
            is_list = True
            units.append(line)
        elif is_list and line[:1] in " \t":
            units[-1] += "\n" + line
        else:
            is_list = False
            units += _SENTENCE_END.split(line)
    kept = [unit for unit in units if not _OFFER.search(unit)]
    gone = [unit for unit in units if _OFFER.search(unit)]
    if not any(unit.strip() for unit in kept):
        return "", gone
    # Items begin lines of their own; sentences run on.
    text = "".join(("\n" if _BULLET.match(unit) else " ") + unit for unit in kept)
    return text.strip(), gone
