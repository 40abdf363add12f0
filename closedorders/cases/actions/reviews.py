"""What a reviewer does: begin a look at a document, end it with a decision, ask again for several at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Role
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.refusals import Refused

from .. import moves
from ..models import Case, Decision, DocumentEntry, Review, Slot, Transition
from ..review.entries import asks_of, digest_of
from .case import move_case
from .documents import DECIDABLE, Mismatch, already_decided, decide, refuse_unless_in_review
from .guards import locked_case, refuse_unless

_REVIEWING = (Role.MERCHANT, Role.REVIEWER)
#: After so many in one review nothing more is compared: the next ones would be guesses.
MOST_MISMATCHES = 10
_TYPED_WHILE = (Case.State.COLLECTING, Case.State.IN_REVIEW)


@transaction.atomic
def type_entry(*, slot: Slot, answer: str, by: Membership) -> DocumentEntry:
    """Store a hash of what the owner typed from the slot's document, for the reviewer's to be compared with."""
    allow(by, MERCHANT, team_id=slot.case.team_id)
    case = locked_case(slot.case_id)
    refuse_unless(
        case.state in _TYPED_WHILE,
        _("The case is now “%(state)s”: documents change only while they are being collected.")
        % {"state": case.get_state_display()},
    )
    slot.refresh_from_db()
    asks = asks_of(slot)
    refuse_unless(bool(asks), _("Nothing is typed from this document."))
    refuse_unless(
        slot.state != Slot.State.APPROVED,
        _("This document is approved: what was typed from it stays as it is."),
    )
    entry, _created = DocumentEntry.objects.update_or_create(
        document=slot.document,
        defaults={
            "asks": asks,
            "digest": digest_of(answer, slot.document_id),
            "by": by,
            "at": timezone.now(),
        },
    )
    record(by=by, verb="document_entry_typed", thing=slot)
    return entry


@transaction.atomic
def start_review(*, slot: Slot, by: Membership) -> Review:
    """Begin a look at the slot's document; goes on with the one that this person has open."""
    allow(by, _REVIEWING, team_id=slot.case.team_id)
    refuse_unless_in_review(locked_case(slot.case_id), by)
    slot.refresh_from_db()
    refuse_unless(
        slot.state in DECIDABLE,
        _("This document is not up for a decision: it is “%(state)s” now.")
        % {"state": slot.get_state_display()},
    )
    under_way = Review.objects.filter(slot=slot, by=by, ended_at=None).first()
    if under_way and under_way.document_id == slot.document_id:
        return under_way
    if under_way:
        under_way.ended_at = timezone.now()
        under_way.save(update_fields=["ended_at"])
    review = Review.objects.create(slot=slot, document=slot.document, by=by)
    record(by=by, verb="review_started", thing=slot)
    return review


def finish_review(
    *,
    review: Review,
    verdict: str,
    by: Membership,
    reason: str = "",
    note: str = "",
    answer: str = "",
    alone: bool = False,
) -> Decision:
    """End the look with a decision.

    `answer`: what the reviewer typed from the picture (`review.entries`). Where it is not what the owner typed nothing
    is decided, and that is noted. `alone`: a merchant without a reviewer confirms that nobody else looks.
    """
    allow(by, _REVIEWING, team_id=review.slot.case.team_id)
    try:
        with transaction.atomic():
            return _finish(review, by, verdict, reason, note, answer, alone)
    except Mismatch:
        with transaction.atomic():
            Review.objects.filter(pk=review.pk).update(mismatches=F("mismatches") + 1)
            record(by=by, verb="review_mismatched", thing=review.slot)
        raise


def _finish(
    review: Review, by: Membership, verdict: str, reason: str, note: str, answer: str, alone: bool
) -> Decision:
    slot = review.slot
    locked_case(slot.case_id)
    slot.refresh_from_db()
    review.refresh_from_db()
    refuse_unless(review.by_id == by.pk, _("Somebody else began this review."))
    if review.ended_at is not None:
        raise Refused(already_decided(slot))
    refuse_unless(
        review.document_id == slot.document_id,
        _("Another document has been put here since you began. Look at that one."),
    )
    refuse_unless(
        review.mismatches < MOST_MISMATCHES or verdict != Decision.Verdict.APPROVED,
        _("What you typed did not agree %(most)s times. Ask again for this document.")
        % {"most": MOST_MISMATCHES},
    )
    decision = decide(slot=slot, verdict=verdict, by=by, reason=reason, note=note, answer=answer, alone=alone)
    review.decision, review.ended_at = decision, decision.at
    review.save(update_fields=["decision", "ended_at"])
    return decision


class Asked(NamedTuple):
    """One document of a request. `seen`: the state that the reviewer saw."""

    slot: Slot
    seen: str
    reason: str
    note: str


@transaction.atomic
def ask_again(*, case: Case, asked: Sequence[Asked], by: Membership, note: str = "") -> Transition:
    """Send the team one request for all documents that were asked again for: those before, and these.

    Refused as a whole where one of them is decided by now, or while another document is undecided.
    """
    allow(by, _REVIEWING, team_id=case.team_id)
    for each in asked:
        decide(
            slot=each.slot,
            verdict=Decision.Verdict.ASKED_AGAIN,
            by=by,
            reason=each.reason,
            note=each.note,
            seen=each.seen,
        )
    return move_case(case=case, move=moves.RETURN, by=by, note=note)
