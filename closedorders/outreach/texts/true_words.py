"""Puts true words in the place of a story that the records do not bear out, for a person to read and save."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .builtin import builtin_template
from .claims import PAYMENT_REASONS, composed, truth_guard

TRUE_SENTENCE = {"en": "What happened: {reason}.", "es": "Lo que ha pasado: {reason}."}
_SENTENCE_END = re.compile(r"(?<=[.!?…])[ \t]+|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueWords:
    """A text with true words put in. `gone` are the sentences they replace, as they were.

    `left` are sentences that still have a doubted word: they also have a placeholder, which must not get lost.
    """

    subject: str
    reason: str
    body: str
    gone: list[str]
    left: list[str]


def put_in_true_words(
    *,
    subject: str,
    body: str,
    wording: str,
    language: str,
    kind: str,
    reasons: frozenset[str] = PAYMENT_REASONS,
) -> TrueWords:
    """Replace what `truth_guard` doubts: a subject by the built-in one, the first sentence by one with `{reason}`.

    Further doubted sentences go. `wording` is what `{reason}` stands for. Text without a doubt stays as it is.
    """
    known = "es" if language.startswith("es") else "en"
    gone: list[str] = []
    left: list[str] = []
    if truth_guard(subject, reasons, known):
        gone.append(subject)
        subject = builtin_template(
            kind="resolution" if kind == "resolution" else "holding", language=known
        ).subject
    parts: list[str] = []
    doubted: list[int] = []
    for sentence, gap in _sentences(composed(body)):
        if truth_guard(sentence, reasons, known):
            if "{" in sentence.replace("{reason}", ""):
                left.append(sentence.strip())
            else:
                gone.append(sentence.strip())
                doubted.append(len(parts))
        parts.append(sentence + gap)
    said = any("{reason" in part for place, part in enumerate(parts) if place not in doubted)
    for place in doubted:
        sentence = parts[place]
        indent, gap = sentence[: len(sentence) - len(sentence.lstrip())], sentence[len(sentence.rstrip()) :]
        # A sentence that goes takes its space with it, but not the end of its line.
        parts[place] = gap.lstrip(" \t") if said else f"{indent}{TRUE_SENTENCE[known]}{gap}"
        said = True
    return TrueWords(subject=subject, reason=wording, body="".join(parts), gone=gone, left=left)


def _sentences(text: str) -> list[tuple[str, str]]:
    """Sentences, each with the space or line end behind it; joined again they are the text."""
    found, start = [], 0
    for gap in _SENTENCE_END.finditer(text):
        found.append((text[start : gap.start()], gap[0]))
        start = gap.end()
    return [*found, (text[start:], "")]
