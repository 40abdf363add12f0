from __future__ import annotations

from datetime import date

from closedorders.cases import actions, moves
from closedorders.cases.models import Case, Slot
from closedorders.cases.review.entries import card_answer, paper_answer
from closedorders.documents.models import Document
from tests.cases.conftest import open_a_case, tick_all
from tests.cast import Cast
from tests.documents.scenes import make_document

CARD = {"last_four": "4242", "expiry": "09/28"}
CARD_ANSWER = card_answer("4242", date(2028, 9, 1))
PAPER = {"name": "María García-López", "expires_on": "2031-05-12"}
PAPER_ANSWER = paper_answer("María García-López", date(2031, 5, 12))


def put(slot: Slot, cast: Cast, kind: str, answer: str = "") -> Document:
    """A document of this kind in the slot, with what its owner typed."""
    document = make_document(cast.merchant, kind=kind)
    actions.choose_document(slot=slot, document=document, by=cast.merchant)
    if answer:
        actions.type_entry(slot=slot, answer=answer, by=cast.merchant)
    return document


def in_review(cast: Cast, label: str = "Main account") -> tuple[Case, Slot, Slot]:
    """A case of five documents with its reviewer: a card and a passport in the vault, the others ticked by hand."""
    case = open_a_case(cast, label)
    tick_all(case, cast.merchant)
    for slot in case.slots.filter(kind__in=["card_back", "statement"]):
        actions.set_slot(slot=slot, state=Slot.State.NOT_NEEDED, by=cast.merchant)
    card, passport = case.slots.get(kind="card_front"), case.slots.get(kind="identity")
    put(card, cast, Document.Kind.CARD_FRONT, CARD_ANSWER)
    put(passport, cast, Document.Kind.IDENTITY, PAPER_ANSWER)
    actions.move_case(case=case, move=moves.REVIEW, by=cast.merchant)
    return case, card, passport
