"""What the owner and the reviewer each type from a document, and whether both read the same.

Neither sees what the other typed. Only a hash of the owner's words is stored: of a card the last four digits and the
expiry, of an identity paper the name and the expiry. So little can be guessed from a salted hash: it is one of an HMAC
whose key is made of `SECRET_KEY`, which is not in the database. With another `SECRET_KEY` nothing agrees any more, and
the owner types again. Names are compared without case, accents, apostrophes and
hyphens and in any order; each of them has to be there. Expiries are compared as months of cards and days of papers.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum

from django.contrib.auth.hashers import check_password, make_password
from django.utils.crypto import salted_hmac

from closedorders.core.text.folding import folded
from closedorders.documents.models import Document

from ..models import Case, DocumentEntry, Slot


class Asks(StrEnum):
    """What is typed from a document."""

    NOTHING = ""
    CARD = "card"
    PAPER = "paper"


_BY_DOCUMENT = {
    Document.Kind.CARD_FRONT.value: Asks.CARD,
    Document.Kind.IDENTITY.value: Asks.PAPER,
    Document.Kind.DRIVING_LICENCE.value: Asks.PAPER,
}
_APOSTROPHES = re.compile(r"['’ʼ`´.]")


def asks_of(slot: Slot) -> Asks:
    """What is typed from the slot's document; nothing where it has no picture."""
    if slot.document is None:
        return Asks.NOTHING
    if slot.document.kind == Document.Kind.OTHER:
        # A document whose own kind says nothing.
        return _BY_DOCUMENT.get(slot.kind, Asks.NOTHING)
    return _BY_DOCUMENT.get(slot.document.kind, Asks.NOTHING)


def card_answer(last_four: str, expiry: date) -> str:
    return f"{last_four} {expiry:%Y-%m}"


def paper_answer(name: str, expires_on: date | None) -> str:
    words = re.findall(r"\w+", _APOSTROPHES.sub("", folded(name)))
    return f"{' '.join(sorted(words))} {expires_on or '-'}"


def digest_of(answer: str, document_id: int | None) -> str:
    return make_password(_keyed(answer, document_id))


def entry_of(slot: Slot) -> DocumentEntry | None:
    """What the owner typed for the slot's document; None where nothing is asked or typed yet."""
    asks = asks_of(slot)
    entry: DocumentEntry | None = getattr(slot.document, "entry", None) if asks else None
    return entry if entry and entry.asks == asks else None


def agrees(entry: DocumentEntry, answer: str) -> bool:
    return check_password(_keyed(answer, entry.document_id), entry.digest)


def _keyed(answer: str, document_id: int | None) -> str:
    key_salt = f"closedorders.cases.review.entries:{document_id}"
    return salted_hmac(key_salt, answer, algorithm="sha256").hexdigest()


def slots_without_entry(case: Case) -> list[str]:
    """Names of the slots from whose documents the owner still has to type something."""
    ready = Slot.objects.filter(case=case, state=Slot.State.READY).select_related("document__entry")
    return [str(slot) for slot in ready if asks_of(slot) and entry_of(slot) is None]
