"""A printed page as a PDF: a title, facts on the left, a timeline on the right, all on one A4 page; then pictures.

The typeface is Inter, embedded. Letters it lacks (Chinese, Arabic, emoji …) would print as empty boxes: they are
written in Latin letters instead, marked with an asterisk, and a note on the page says so.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

import anyascii
from django.utils.translation import gettext as _

FACE = "Inter"
MARK = "*"


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a section: what it is, and a quieter `note` below it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    facts: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline: `at` in words, what happened, who did it."""

    at: str
    title: str
    text: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All that stands on the page. `notices` stand above the facts, `foot` at the end."""

    title: str
    subtitle: str
    sections: Sequence[Section]
    timeline_title: str
    timeline: Sequence[Moment]
    notices: Sequence[str] = ()
    foot: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG on a page of its own, under its caption. It goes into the file as it is, byte for byte."""

    caption: str
    jpeg: bytes


@dataclass(slots=True)
class Letters:
    """Writes text in the letters the typeface has; `replaced` are the words it had to write otherwise."""

    known: frozenset[int]
    replaced: dict[str, str] = field(default_factory=dict)

    def write(self, text: str) -> str:
        """The text, with each word that has a letter the typeface lacks in Latin letters and an asterisk."""
        written = []
        for word in unicodedata.normalize("NFC", text).split(" "):
            if all(ord(letter) in self.known or letter in "\n\r\t" for letter in word):
                written.append(word)
                continue
            latin = "".join(
                letter if ord(letter) in self.known else anyascii.anyascii(letter) or "?" for letter in word
            )
            self.replaced[word] = latin
            written.append(f"{latin}{MARK}")
        return " ".join(written)


@cache
def _face() -> Any:
    # Only here: it takes a quarter of a second, and most processes never print.
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    face = TTFont(FACE, str(files("fontpkg_inter") / "files" / "Inter[opsz,wght].ttf"))
    pdfmetrics.registerFont(face)
    return face


def letters() -> Letters:
    """A writer for one page: of the letters that Inter has."""
    return Letters(frozenset(_face().face.charToGlyph))


def write_pdf(sheet: Sheet, pictures: Iterable[Picture] = ()) -> bytes:
    """The page as a PDF, with a page for each picture after it. What is too long for one page is printed smaller."""
    pen = letters()
    from reportlab.lib.colors import HexColor
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import Flowable, KeepInFrame, Paragraph, Spacer

    ink, quiet = HexColor("#1f2421"), HexColor("#5c6660")

    def style(size: float, **more: Any) -> ParagraphStyle:
        return ParagraphStyle(
            f"{size}{more}", fontName=FACE, fontSize=size, leading=size * 1.3, textColor=ink, **more
        )

    title, subtitle = style(17), ParagraphStyle("subtitle", style(9), textColor=quiet)
    head = style(11, spaceBefore=9, spaceAfter=3)
    plain = style(8.5, spaceAfter=2)

    def paragraph(text: str, of: ParagraphStyle, note: str = "") -> Paragraph:
        words = escape(pen.write(text)).replace("\n", "<br/>")
        if note:
            words += f'<br/><font size="7.5" color="#5c6660">{escape(pen.write(note))}</font>'
        return Paragraph(words, of)

    top: list[Flowable] = [paragraph(sheet.title, title), paragraph(sheet.subtitle, subtitle), Spacer(1, 4)]
    top += [paragraph(notice, plain) for notice in sheet.notices]
    left: list[Flowable] = []
    for section in sheet.sections:
        left.append(paragraph(section.title, head))
        left += [paragraph(f"{fact.label}: {fact.value}", plain, fact.note) for fact in section.facts]
    right: list[Flowable] = [paragraph(sheet.timeline_title, head)]
    for moment in sheet.timeline:
        note = " · ".join(filter(None, [moment.who, moment.text]))
        right.append(paragraph(f"{moment.at}  {moment.title}", plain, note))
    foot = [paragraph(sheet.foot, subtitle)] if sheet.foot else []
    if pen.replaced:
        names = ", ".join(f"{latin}{MARK}" for latin in dict.fromkeys(pen.replaced.values()))
        foot.append(
            paragraph(
                _(
                    "%(mark)s Written in Latin letters, because this file's typeface lacks theirs: %(words)s. The page "
                    "on the screen has them as they are."
                )
                % {"mark": MARK, "words": names[:600]},
                subtitle,
            )
        )

    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4, lang=None)
    canvas.setTitle(sheet.title)
    width, height = A4
    margin, gap = 42.0, 22.0
    inner = width - 2 * margin

    def put(flowables: list[Flowable], x: float, y: float, wide: float, high: float) -> float:
        """Draw from `y` down; the height used."""
        frame = KeepInFrame(wide, high, flowables, mode="shrink")
        _wide, used = frame.wrapOn(canvas, wide, high)
        frame.drawOn(canvas, x, y - used)
        return float(used)

    y = height - margin
    y -= put(top, margin, y, inner, 160) + 6
    foot_high = 70.0 if foot else 0.0
    column = (inner - gap) / 2
    room = y - margin - foot_high
    used = max(
        put(left, margin, y, column, room),
        put(right, margin + column + gap, y, column, room),
    )
    if foot:
        put(foot, margin, y - used - 10, inner, foot_high - 10)
    canvas.showPage()
    for picture in pictures:
        caption = put([paragraph(picture.caption, head)], margin, height - margin, inner, 40)
        room = height - 2 * margin - caption - 6
        image = ImageReader(io.BytesIO(picture.jpeg))
        wide, high = image.getSize()
        scale = min(inner / wide, room / high)
        top_edge = height - margin - caption - 6
        canvas.drawImage(image, margin, top_edge - high * scale, wide * scale, high * scale)
        canvas.showPage()
    canvas.save()
    return made.getvalue()
