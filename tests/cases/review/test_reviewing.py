"""A document is approved by what two people read on it; what is wrong goes back in one request."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from closedorders.accounts.models import AuditEvent
from closedorders.cases import actions, moves
from closedorders.cases.actions.reviews import Asked
from closedorders.cases.models import Case, Decision, DocumentEntry, Review, Slot
from closedorders.cases.retention import erase_documents_of_closed_cases
from closedorders.cases.review.entries import card_answer, paper_answer
from closedorders.core.refusals import Refused
from closedorders.documents.models import Document
from tests.cases.conftest import open_a_case, tick_all, walk_to
from tests.cases.review.scenes import CARD_ANSWER, PAPER_ANSWER, in_review, put
from tests.cast import Cast
from tests.factories import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vault(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def state_of(slot: Slot) -> str:
    return Slot.objects.get(pk=slot.pk).state


def test_a_card_is_approved_only_by_the_digits_and_month_that_its_owner_typed(cast: Cast) -> None:
    _case, card, _passport = in_review(cast)
    review = actions.start_review(slot=card, by=cast.reviewer)
    wrong = card_answer("4243", date(2028, 9, 1))
    with pytest.raises(Refused, match="do not agree") as refused:
        actions.finish_review(review=review, verdict="approved", answer=wrong, by=cast.reviewer)
    assert "4242" not in str(refused.value)
    assert "28" not in str(refused.value)
    assert state_of(card) == "ready"
    review.refresh_from_db()
    assert (review.mismatches, review.ended_at) == (1, None)
    decision = actions.finish_review(review=review, verdict="approved", answer=CARD_ANSWER, by=cast.reviewer)
    review.refresh_from_db()
    assert (state_of(card), review.decision, review.ended_at) == ("approved", decision, decision.at)
    assert decision.alone is False
    verbs = AuditEvent.objects.filter(thing="cases.slot").values_list("verb", flat=True)
    assert {"review_started", "review_mismatched", "slot_decided"} <= set(verbs)


def test_after_ten_answers_that_do_not_agree_a_document_can_only_be_asked_for_again(cast: Cast) -> None:
    _case, card, _passport = in_review(cast)
    review = actions.start_review(slot=card, by=cast.reviewer)
    wrong = card_answer("4243", date(2028, 9, 1))
    for _each in range(10):
        with pytest.raises(Refused, match="do not agree"):
            actions.finish_review(review=review, verdict="approved", answer=wrong, by=cast.reviewer)
    with pytest.raises(Refused, match="did not agree 10 times"):
        actions.finish_review(review=review, verdict="approved", answer=CARD_ANSWER, by=cast.reviewer)
    review.refresh_from_db()
    assert (review.mismatches, state_of(card)) == (10, "ready")
    actions.finish_review(review=review, verdict="asked_again", reason="expired", by=cast.reviewer)
    assert state_of(card) == "asked_again"


def test_no_row_and_no_line_of_the_trail_has_what_was_typed(cast: Cast) -> None:
    _case, card, _passport = in_review(cast)
    review = actions.start_review(slot=card, by=cast.reviewer)
    actions.finish_review(review=review, verdict="approved", answer=CARD_ANSWER, by=cast.reviewer)
    stored = [
        *DocumentEntry.objects.values_list(),
        *AuditEvent.objects.values_list("before", "after", "label"),
    ]
    assert "4242" not in str([row for row in stored if "$" not in str(row)])
    assert "2028" not in str(stored)
    assert "García" not in str(stored)


def test_a_picture_is_not_approved_without_typing(cast: Cast) -> None:
    _case, card, _passport = in_review(cast)
    with pytest.raises(Refused, match="type what you read"):
        actions.decide(slot=card, verdict="approved", by=cast.reviewer)
    assert state_of(card) == "ready"


def test_a_case_is_sent_for_review_once_its_owner_has_typed_what_is_compared(cast: Cast) -> None:
    case = open_a_case(cast)
    tick_all(case, cast.merchant)
    passport = case.slots.get(kind="identity")
    put(passport, cast, Document.Kind.IDENTITY)
    with pytest.raises(Refused, match="Type what stands on: Passport or ID"):
        actions.move_case(case=case, move=moves.REVIEW, by=cast.merchant)
    actions.type_entry(slot=passport, answer=PAPER_ANSWER, by=cast.merchant)
    actions.move_case(case=case, move=moves.REVIEW, by=cast.merchant)


def test_what_was_typed_of_a_document_counts_in_every_case_and_not_for_another_document(cast: Cast) -> None:
    _case, card, _passport = in_review(cast)
    other = open_a_case(cast, "Second account")
    slot = other.slots.get(kind="card_front")
    tick_all(other, cast.merchant)
    assert card.document is not None
    actions.choose_document(slot=slot, document=card.document, by=cast.merchant)
    actions.move_case(case=other, move=moves.REVIEW, by=cast.merchant)
    third = open_a_case(cast, "Third account")
    tick_all(third, cast.merchant)
    put(third.slots.get(kind="card_front"), cast, Document.Kind.CARD_FRONT)
    with pytest.raises(Refused, match="Type what stands on"):
        actions.move_case(case=third, move=moves.REVIEW, by=cast.merchant)


def test_what_was_typed_goes_with_the_picture(cast: Cast) -> None:
    _case, card, _passport = in_review(cast)
    Document.objects.filter(slots=card).update(deleted_at=timezone.now())
    erase_documents_of_closed_cases()
    assert list(DocumentEntry.objects.values_list("document__kind", flat=True)) == ["identity"]


def test_two_reviewers_decide_once_and_the_second_learns_who_and_when(cast: Cast) -> None:
    other = make_member(cast.team, "reviewer")
    _case, card, _passport = in_review(cast)
    first = actions.start_review(slot=card, by=cast.reviewer)
    second = actions.start_review(slot=card, by=other)
    actions.finish_review(review=first, verdict="approved", answer=CARD_ANSWER, by=cast.reviewer)
    for verdict in ("approved", "asked_again"):
        with pytest.raises(Refused, match=rf"Already decided by {cast.reviewer.user} at .*: Approved"):
            actions.finish_review(
                review=second, verdict=verdict, reason="expired", answer=CARD_ANSWER, by=other
            )
    assert Decision.objects.filter(slot=card).count() == 1
    second.refresh_from_db()
    assert second.ended_at is not None
    assert second.decision is None


def test_a_review_is_finished_by_whoever_began_it_and_goes_on_when_begun_twice(cast: Cast) -> None:
    other = make_member(cast.team, "reviewer")
    _case, card, _passport = in_review(cast)
    review = actions.start_review(slot=card, by=cast.reviewer)
    assert actions.start_review(slot=card, by=cast.reviewer) == review
    with pytest.raises(Refused, match="Somebody else"):
        actions.finish_review(review=review, verdict="approved", answer=CARD_ANSWER, by=other)


def test_a_document_that_was_changed_since_the_look_began_is_not_decided(cast: Cast) -> None:
    case, card, _passport = in_review(cast)
    review = actions.start_review(slot=card, by=cast.reviewer)
    actions.undo_move(transition=case.transitions.get(after="in_review"), by=cast.merchant)
    put(card, cast, Document.Kind.CARD_FRONT, CARD_ANSWER)
    case.refresh_from_db()
    actions.move_case(case=case, move=moves.REVIEW, by=cast.merchant)
    with pytest.raises(Refused, match="Another document"):
        actions.finish_review(review=review, verdict="approved", answer=CARD_ANSWER, by=cast.reviewer)
    again = actions.start_review(slot=card, by=cast.reviewer)
    assert again != review
    review.refresh_from_db()
    assert review.ended_at is not None


def test_an_assistant_and_a_merchant_beside_a_reviewer_begin_no_review(cast: Cast, other_cast: Cast) -> None:
    _case, card, _passport = in_review(cast)
    for person in (cast.assistant, cast.merchant, other_cast.reviewer):
        with pytest.raises(Refused):
            actions.start_review(slot=card, by=person)
    for person in (cast.assistant, cast.reviewer, other_cast.merchant):
        with pytest.raises(Refused):
            actions.type_entry(slot=card, answer=CARD_ANSWER, by=person)
    assert not Review.objects.exists()


def test_a_merchant_alone_answers_the_same_and_confirms_that_nobody_else_looks(cast: Cast) -> None:
    cast.reviewer.ended_at = timezone.now()
    cast.reviewer.save()
    _case, _card, passport = in_review(cast)
    review = actions.start_review(slot=passport, by=cast.merchant)
    with pytest.raises(Refused, match="nobody else looks"):
        actions.finish_review(review=review, verdict="approved", answer=PAPER_ANSWER, by=cast.merchant)
    other = paper_answer("Somebody Else", date(2031, 5, 12))
    with pytest.raises(Refused, match="do not agree"):
        actions.finish_review(review=review, verdict="approved", answer=other, alone=True, by=cast.merchant)
    decision = actions.finish_review(
        review=review, verdict="approved", answer=PAPER_ANSWER, alone=True, by=cast.merchant
    )
    assert decision.alone is True


def _asked(case: Case, *kinds: str) -> list[Asked]:
    return [Asked(case.slots.get(kind=kind), "ready", "cut_off", f"See {kind}") for kind in kinds]


def test_one_request_asks_again_for_several_and_gives_the_case_back(case: Case, cast: Cast) -> None:
    walk_to(case, "in_review", cast)
    for slot in case.slots.exclude(kind__in=["identity", "driving_licence"]):
        actions.decide(slot=slot, verdict="approved", by=cast.reviewer)
    asked = _asked(case, "identity", "driving_licence")
    actions.ask_again(case=case, asked=asked, note="Both by Friday", by=cast.reviewer)
    case.refresh_from_db()
    assert case.state == "collecting"
    returned = case.transitions.order_by("pk").last()
    assert returned is not None
    assert returned.note == "Both by Friday"
    decisions = Decision.objects.filter(slot__case=case, verdict="asked_again")
    assert sorted(decisions.values_list("reason", "note")) == [
        ("cut_off", "See driving_licence"),
        ("cut_off", "See identity"),
    ]


def test_a_request_is_refused_as_a_whole(case: Case, cast: Cast) -> None:
    walk_to(case, "in_review", cast)
    with pytest.raises(Refused, match="Not decided yet"):
        actions.ask_again(case=case, asked=_asked(case, "identity"), by=cast.reviewer)
    asked = _asked(case, *case.slots.values_list("kind", flat=True))
    actions.decide(slot=case.slots.get(kind="identity"), verdict="approved", by=cast.reviewer)
    with pytest.raises(Refused, match="Already decided"):
        actions.ask_again(case=case, asked=asked, by=cast.reviewer)
    assert not Decision.objects.filter(verdict="asked_again").exists()
    case.refresh_from_db()
    assert case.state == "in_review"


def test_what_was_typed_from_an_approved_document_stays(cast: Cast) -> None:
    _case, card, _passport = in_review(cast)
    review = actions.start_review(slot=card, by=cast.reviewer)
    actions.finish_review(review=review, verdict="approved", answer=CARD_ANSWER, by=cast.reviewer)
    before = DocumentEntry.objects.get(document=card.document).digest
    with pytest.raises(Refused, match="is approved"):
        actions.type_entry(slot=card, answer=CARD_ANSWER, by=cast.merchant)
    assert DocumentEntry.objects.get(document=card.document).digest == before
