"""Finds AliExpress's codes and words in pasted text. Pure: no Django, and time in proportion to the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from closedorders.core.text.folding import folded

from .table import MEANINGS, PHRASES, ROWS, Cause, Doubt, Meaning, Origin, Row

#: Longer text is read up to here: nobody pastes more than a page of one order.
LONGEST_TEXT = 20_000

_BY_CODE = {row.code.upper(): row for row in ROWS}
# People copy "CSC 7200011" and "csc-7200011" as well. A code of either family that the table lacks is still a code.
_SCREEN_CODE = re.compile(
    r"\b(?P<family>CSC|IPAY)[ _-]?(?P<rest>[A-Z]{0,3}[ _-]?[0-9]{4,7}(?:[ _-][0-9]{3,5})?)\b", re.I
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]{4,60}")
# Words of everyday language: they are the code only where they stand as AliExpress writes them.
_AS_WRITTEN = {"CANCELED"}
_PHRASES = [(re.compile(pattern), cause) for pattern, cause in PHRASES]


@dataclass(frozen=True, slots=True)
class Found:
    """One code or phrase: the words as they stand in the text, what they mean, and the table's row of a code.

    `row` is None for a phrase, and for a code that the table does not know.
    """

    words: str
    cause: Cause
    row: Row | None = None

    @property
    def meaning(self) -> Meaning:
        return MEANINGS[self.cause]

    @property
    def doubt(self) -> Doubt:
        return self.row.doubt if self.row else Doubt.NOT


def decode(text: str) -> list[Found]:
    """Codes first, as they stand in the text, then phrases; each cause once, and phrases only for what no code says."""
    text = text[:LONGEST_TEXT]
    found: list[Found] = []
    seen: set[str] = set()
    for match in sorted([*_SCREEN_CODE.finditer(text), *_WORD.finditer(text)], key=re.Match.start):
        each = _of_code(match)
        if each is not None and each.words.upper() not in seen:
            seen.add(each.words.upper())
            found.append(each)
    known = {each.cause for each in found}
    plain = folded(text)
    for pattern, cause in _PHRASES:
        match_of_phrase = pattern.search(plain)
        if match_of_phrase and cause not in known and not (found and _says_less(cause, known)):
            known.add(cause)
            found.append(Found(match_of_phrase.group(), cause))
    return found


def _of_code(match: re.Match[str]) -> Found | None:
    written = match.group()
    if match.re is _SCREEN_CODE:
        code = re.sub(r"[ -]", "_", f"{match['family']}_{match['rest'].lstrip(' _-')}".upper())
        row = _BY_CODE.get(code)
        return Found(written, row.cause if row else Cause.UNKNOWN_CODE, row)
    row = _BY_CODE.get(written.upper())
    if row is None or row.source.value == "seller_help" or row.code.startswith(("CSC_", "IPAY_")):
        return None  # Those are found above, however they are written.
    return None if row.code in _AS_WRITTEN and written != row.code else Found(written, row.cause, row)


def _says_less(cause: Cause, known: set[Cause]) -> bool:
    """Whether a phrase only repeats in general words what is known: "risk control" beside "account blocked"."""
    return cause is Cause.RISK_CONTROL and any(MEANINGS[each].origin is Origin.RISK for each in known)


def best(found: list[Found]) -> Found | None:
    """What says most of why the order is closed: with a reason before without, closing before not closing."""
    ranked = sorted(
        found,
        key=lambda each: (not each.meaning.closes, not each.meaning.reason, each.cause is Cause.UNKNOWN_CODE),
    )
    return ranked[0] if ranked else None


def suggested_reason(found: list[Found]) -> str:
    """The code of the seeded reason that the words suggest; "" where they suggest none, or two that differ."""
    reasons = {each.meaning.reason for each in found if each.meaning.closes and each.meaning.reason}
    return reasons.pop() if len(reasons) == 1 else ""


def guessed_origin(found: list[Found]) -> str:
    """Who or what closed the order by the words, a value of `Origin`; "" where they do not say, or contradict."""
    origins = {each.meaning.origin for each in found if each.meaning.closes and each.meaning.origin}
    return origins.pop().value if len(origins) == 1 else ""
