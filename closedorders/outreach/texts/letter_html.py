"""The HTML part of a letter: the store's name, the text, the offer in a box at the end, who writes and how to answer.

It says what the text part says, in the same words. One column of at most 600 pixels, readable in light and dark.
"""

from __future__ import annotations

import re
from functools import cache

import css_inline
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from .mails import linked_lines

MOST_BYTES = 102_400
"""Gmail hides what comes after these."""
_GAP = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_BULLET = re.compile(r"[ \t]*(?:[–—•*·-]|\d{1,2}[.)])[ \t]+")
_FOOTER = {
    "en": "{store} · Written by {sender}. Reply to this e-mail to answer: it goes to {address}.",
    "es": "{store} · Te escribe {sender}. Para contestar, responde a este correo: llega a {address}.",
}


def letter_html(
    *, store: str, sender: str, answers_to: str, subject: str, text: str, code: str, language: str
) -> str:
    """The page for this text, or "" where it would be longer than `MOST_BYTES`: the text part is enough then.

    `code` is the discount code that the text names, or "": what has it goes into the box. The same values always give
    the same page. It takes about a millisecond.
    """
    paragraphs, offer = _parted(text.replace("\r\n", "\n").replace("\r", "\n"), code)
    footer = _FOOTER["es" if language.startswith("es") else "en"]
    page = render_to_string(
        "outreach/mail/letter.html",
        {
            "store": store,
            "lang": language,
            "subject": subject,
            "paragraphs": [_marked(paragraph, "") for paragraph in paragraphs],
            "offer": [_marked(paragraph, code) for paragraph in offer],
            "footer": footer.format(store=store, sender=sender or store, address=answers_to),
        },
    )
    # Beyond this, writing the styles into the tags is not worth its time either.
    if len(page) > MOST_BYTES:
        return ""
    inlined = _inliner().inline(page)
    return inlined if len(inlined.encode()) < MOST_BYTES else ""


@cache
def _inliner() -> css_inline.CSSInliner:
    """The rules for dark screens stay in the head: they cannot be written into a tag."""
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def _parted(text: str, code: str) -> tuple[list[str], list[str]]:
    """The paragraphs of the text, and those of the offer: what has the code, with the line that leads to it."""
    paragraphs = [paragraph for paragraph in _GAP.split(text.strip("\n")) if paragraph.strip()]
    if not code or len(paragraphs) < 2:
        return paragraphs, []
    left: list[str] = []
    offer: list[str] = []
    for place, paragraph in enumerate(paragraphs):
        # An offer that comes first is not moved: then the mail is advertising, and reads as such.
        if code not in paragraph or place == 0:
            left.append(paragraph)
            continue
        items = _items(paragraph)
        rest = [item for item in items if code not in item]
        if not rest and _BULLET.match(paragraph) and len(left) > 1 and left[-1].rstrip().endswith(":"):
            offer.append(left.pop())
        offer += [_BULLET.sub("", item, count=1) for item in items if code in item]
        if rest:
            left.append("\n".join(rest))
    return left, offer


def _items(paragraph: str) -> list[str]:
    """A list's items, each with the lines that belong to it; any other paragraph whole."""
    lines = paragraph.split("\n")
    if not _BULLET.match(lines[0]):
        return [paragraph]
    items = [lines[0]]
    for line in lines[1:]:
        if _BULLET.match(line):
            items.append(line)
        else:
            items[-1] += "\n" + line
    return items


def _marked(paragraph: str, code: str) -> SafeString:
    escaped = linked_lines(paragraph)
    if code:
        shown = linked_lines(code)
        escaped = escaped.replace(shown, f'<span class="code">{shown}</span>')
    return mark_safe(escaped)  # noqa: S308  # `linked_lines` has escaped it
