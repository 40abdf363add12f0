"""Which verification AliExpress asks for: what it wants to see for each, and which one its words point to.

For the card: both sides, ID or passport, and a statement of that card or a screenshot of the bank's payments instead;
for a company's card its registration instead of the ID (AliExpress's own answers, escrow.aliexpress.com, undated). For
the account: the five papers of the founding article, the card on both sides. What AliExpress does not want after all is
ticked "not asked for"; what it wants besides is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from closedorders.closures.decoder.reading import decode
from closedorders.closures.decoder.table import Cause
from closedorders.closures.models import Closure, Incident
from closedorders.documents.models import Document

from .models import Case

_CARD, _ACCOUNT, _COMPANY_CARD, _UNSURE = (
    Case.Verification.CARD,
    Case.Verification.ACCOUNT,
    Case.Verification.COMPANY_CARD,
    Case.Verification.UNSURE,
)
_SIDES = (Document.Kind.CARD_FRONT, Document.Kind.CARD_BACK)

ASKED_FOR: Mapping[str, tuple[Document.Kind, ...]] = {
    _CARD: (*_SIDES, Document.Kind.IDENTITY, Document.Kind.STATEMENT),
    _COMPANY_CARD: (*_SIDES, Document.Kind.BUSINESS, Document.Kind.STATEMENT),
    _ACCOUNT: (
        *_SIDES,
        Document.Kind.IDENTITY,
        Document.Kind.DRIVING_LICENCE,
        Document.Kind.BUSINESS,
        Document.Kind.CONTACT,
    ),
    _UNSURE: tuple(kind for kind in Document.Kind if kind != Document.Kind.OTHER),
}
#: Different words that are read of one incident; most have one or two.
_MOST_WORDS = 50
_OF_ACCOUNT = {Cause.ACCOUNT_VERIFICATION, Cause.ACCOUNT_BLOCKED}


def asked_for(verification: str) -> tuple[Document.Kind, ...]:
    """Kinds of documents in the order in which they are listed. Without an answer: all that may be asked for."""
    return ASKED_FOR[verification or _UNSURE]


@dataclass(frozen=True, slots=True)
class Proposal:
    """`words`: those of AliExpress that speak for the verification."""

    verification: Case.Verification
    words: str


def propose(texts: Iterable[str]) -> Proposal | None:
    """The card or the account, by AliExpress's codes and words. None where they name neither, or both.

    A code that names a verification counts before one of a failed card. Whose the card is they never say.
    """
    found = [each for text in texts for each in decode(text)]
    named = {_CARD: {Cause.CARD_VERIFICATION}, _ACCOUNT: {Cause.ACCOUNT_VERIFICATION}}
    hinted = {
        _CARD: {each.cause for each in found if each.meaning.reason == "card_check"},
        _ACCOUNT: _OF_ACCOUNT,
    }
    for causes in (named, hinted):
        proposals = {
            verification: next(each.words for each in found if each.cause in of_it)
            for verification, of_it in causes.items()
            if any(each.cause in of_it for each in found)
        }
        if len(proposals) == 1:
            [(verification, words)] = proposals.items()
            return Proposal(verification, words)
        if proposals:
            return None
    return None


def proposal_for(incident: Incident) -> Proposal | None:
    """By what was logged with the incident's closures."""
    logged = Closure.objects.filter(incident=incident).exclude(words="")
    return propose(logged.order_by("words").values_list("words", flat=True).distinct()[:_MOST_WORDS])
