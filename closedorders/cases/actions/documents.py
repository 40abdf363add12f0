from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import EVERYONE, allow
from closedorders.core.refusals import Refused
from closedorders.documents.kinds import is_as_strict
from closedorders.documents.models import Document

from ..models import Case, Decision, Review, Slot
from ..moves import may_decide
from ..reads import has_reviewer
from ..review.entries import agrees, asks_of, entry_of
from .guards import collecting_case, locked_case, refuse_unless
from .notes import without_cards

MOST_SLOTS = 20
BY_HAND = (Slot.State.MISSING, Slot.State.READY, Slot.State.NOT_NEEDED)
DECIDABLE = frozenset({Slot.State.READY, Slot.State.APPROVED, Slot.State.ASKED_AGAIN})


class Mismatch(Refused):
    """The reviewer typed something else from a document than its owner."""


@transaction.atomic
def set_slot(*, slot: Slot, state: str, by: Membership) -> None:
    """Tick a document by hand: missing, ready, or not asked for."""
    allow(by, EVERYONE, team_id=slot.case.team_id)
    refuse_unless(by.is_merchant, _("A merchant of the team ticks the documents."))
    refuse_unless(state in BY_HAND, _("Choose missing, ready or not asked for."))
    case = collecting_case(slot.case_id)
    slot.refresh_from_db()
    if slot.state == state:
        return
    before, slot.state = slot.state, state
    slot.changed_at, slot.changed_by = timezone.now(), by
    # A document beside a missing one is that of the round before: whoever ticks by hand has another.
    if state != Slot.State.READY or before == Slot.State.MISSING:
        slot.document = None
    if state == Slot.State.MISSING:
        slot.asked_in_round = case.round
    slot.save(update_fields=["state", "document", "asked_in_round", "changed_at", "changed_by"])
    record(by=by, verb="slot_set", thing=slot, before={"state": before}, after={"state": state})


@transaction.atomic
def choose_document(*, slot: Slot, document: Document, by: Membership) -> None:
    """Use this document of the vault for the slot, which is ready then."""
    allow(by, EVERYONE, team_id=slot.case.team_id)
    refuse_unless(by.is_merchant, _("A merchant of the team chooses the documents."))
    case = collecting_case(slot.case_id)
    # Locked, so that it is not deleted meanwhile.
    document = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    refuse_unless(
        document.team_id == case.team_id and document.deleted_at is None,
        _("This document is not in the vault any more. Choose another one."),
    )
    refuse_unless(
        document.is_usable,
        _("This document is not checked yet, or something was found on it. Look at its page first."),
    )
    slot.refresh_from_db()
    refuse_unless(
        is_as_strict(document.kind, slot.kind),
        _(
            "This document was added as “%(kind)s”, so it was not checked as “%(asked)s” is. Add it as “%(asked)s”."
        )
        % {"kind": document.get_kind_display(), "asked": slot.get_kind_display()},
    )
    before = slot.document
    slot.document, slot.state = document, Slot.State.READY
    slot.changed_at, slot.changed_by = timezone.now(), by
    slot.save(update_fields=["document", "state", "changed_at", "changed_by"])
    case.documents_used.add(document)
    record(
        by=by,
        verb="slot_document_chosen",
        thing=slot,
        before={"document": str(before or "")},
        after={"document": str(document)},
    )


def why_needed(document: Document) -> str:
    """Why the document may not be deleted by hand: a case that is not closed uses it. "" where none does."""
    using = Slot.objects.filter(document=document).exclude(case__state=Case.State.CLOSED)
    slot = using.select_related("case__incident").first()
    if slot is None:
        return ""
    return _(
        "The verification of incident %(number)s uses this document. Choose another one there first."
    ) % {"number": slot.case.incident.number}


@transaction.atomic
def add_slot(*, case: Case, label: str, by: Membership) -> Slot:
    """One more document that AliExpress asks for, by its name: "Bank statement of the card"."""
    allow(by, EVERYONE, team_id=case.team_id)
    refuse_unless(by.is_merchant, _("A merchant of the team adds documents."))
    label = without_cards(case.team, " ".join(label.split()))
    refuse_unless(bool(label), _("Name the document that AliExpress asks for."))
    case = collecting_case(case.pk)
    others = list(case.slots.all())
    refuse_unless(
        len(others) < MOST_SLOTS, _("A case has at most %(most)s documents.") % {"most": MOST_SLOTS}
    )
    if any(str(other).casefold() == label.casefold() for other in others):
        raise Refused(_("“%(label)s” is on the list already.") % {"label": label})
    slot = Slot.objects.create(case=case, kind=Document.Kind.OTHER, label=label, asked_in_round=case.round)
    record(by=by, verb="slot_added", thing=slot)
    return slot


@transaction.atomic
def decide(
    *,
    slot: Slot,
    verdict: str,
    by: Membership,
    reason: str = "",
    note: str = "",
    seen: str | None = None,
    answer: str = "",
    alone: bool = False,
) -> Decision:
    """Store the reviewer's verdict on one document. `seen`: the state the reviewer saw; None means as loaded in `slot`.

    Refused when somebody else decided meanwhile (and says who), outside review, or for asking again without a reason.
    A picture is approved by what is read from it: `answer` and `alone` are those of `finish_review`.
    """
    allow(by, EVERYONE, team_id=slot.case.team_id)
    seen = slot.state if seen is None else seen
    case = locked_case(slot.case_id)
    refuse_unless_in_review(case, by)
    refuse_unless(verdict in Decision.Verdict.values, _("Choose approve or ask again."))
    asks_again = verdict == Decision.Verdict.ASKED_AGAIN
    reason = reason if asks_again else ""
    note = without_cards(case.team, note.strip())
    if asks_again:
        refuse_unless(reason in Decision.Reason.values, _("Choose why you ask again."))
        refuse_unless(
            reason != Decision.Reason.OTHER or bool(note), _("Write what is wrong with the document.")
        )
    now = timezone.now()
    # A verdict is worded as the state it puts the slot in.
    changed = Slot.objects.filter(pk=slot.pk, state=seen).update(state=verdict) if seen in DECIDABLE else 0
    if not changed:
        raise Refused(already_decided(slot))
    slot.refresh_from_db(fields=["document"])
    if not asks_again and slot.document:
        _refuse_unless_read(slot, answer)
        refuse_unless(
            alone or not by.is_merchant,
            _("Confirm that nobody else looks at this document before it is sent."),
        )
    Review.objects.filter(slot=slot, ended_at=None).update(ended_at=now)
    decision = Decision.objects.create(
        slot=slot,
        round=case.round,
        verdict=verdict,
        reason=reason,
        note=note,
        alone=by.is_merchant,
        by=by,
        at=now,
    )
    slot.state = verdict
    record(
        by=by,
        verb="slot_decided",
        thing=slot,
        before={"state": seen},
        after={"state": verdict, "reason": reason},
    )
    return decision


def refuse_unless_in_review(case: Case, by: Membership) -> None:
    """Refuse whoever does not decide on documents, and a case that is not in review."""
    refuse_unless(
        may_decide(by.role, has_reviewer=has_reviewer(case.team)), _("The team's reviewer decides this.")
    )
    refuse_unless(
        case.state == Case.State.IN_REVIEW,
        _("The case is now “%(state)s”: nothing is in review.") % {"state": case.get_state_display()},
    )


def _refuse_unless_read(slot: Slot, answer: str) -> None:
    """Refuse an approval unless `answer` is what the owner typed from the document, where something is typed."""
    if not asks_of(slot):
        return
    entry = entry_of(slot)
    if entry is None:
        raise Refused(
            _(
                "The merchant has not typed what stands on this document, so nothing can be compared. Ask again for it."
            )
        )
    refuse_unless(bool(answer), _("Open the review and type what you read on the document."))
    if not agrees(entry, answer):
        raise Mismatch(
            _(
                "What you typed and what the merchant typed do not agree. Look again at each field; if it is what "
                "stands on the document, ask again for it."
            )
        )


def already_decided(slot: Slot) -> str:
    """Why a decision changes nothing: who decided and when, or what the document is now."""
    last = slot.decisions.select_related("by__user").first()
    slot.refresh_from_db(fields=["state"])
    if last is not None and slot.state == last.verdict:
        return _("Already decided by %(person)s at %(at)s: %(verdict)s. Nothing was changed.") % {
            "person": last.by.user,
            "at": date_format(timezone.localtime(last.at), "DATETIME_FORMAT"),
            "verdict": last.get_verdict_display(),
        }
    return _("This document is not up for a decision: it is “%(state)s” now.") % {
        "state": slot.get_state_display()
    }
