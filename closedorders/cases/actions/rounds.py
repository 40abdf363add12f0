"""What a new round of a case changes, and how that is undone. Parts of actions, which ask who may."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.documents.models import Document

from ..clock import answer_due_after
from ..models import Case, Slot


def begin_round(case: Case, *, asked_for: Collection[str], changed_by: Membership) -> dict[str, Any]:
    """Ask for documents of these kinds anew, and for an answer in time. Returns what it was before: `round_before`.

    `case` is in its new round already. What was sent in the round before stays with its slot until another is chosen.
    """
    before: dict[str, Any] = {"answer_due": case.answer_due and case.answer_due.isoformat(), "slots": {}}
    case.answer_due = answer_due_after(timezone.localdate(timezone=case.team.zone))
    case.save(update_fields=["answer_due"])
    wanted = [kind for kind in Document.Kind if kind in asked_for and kind != Document.Kind.OTHER]
    there = {slot.kind: slot for slot in Slot.objects.filter(case=case, kind__in=wanted)}
    for kind in wanted:
        slot = there.get(kind)
        if slot is None:
            slot = Slot.objects.create(case=case, kind=kind, asked_in_round=case.round)
            before["slots"][str(slot.pk)] = None
            continue
        now = timezone.now()
        before["slots"][str(slot.pk)] = [slot.state, slot.asked_in_round, slot.document_id, now.isoformat()]
        slot.state, slot.asked_in_round = Slot.State.MISSING, case.round
        slot.changed_at, slot.changed_by = now, changed_by
        slot.save(update_fields=["state", "asked_in_round", "changed_at", "changed_by"])
    return before


def end_round(case: Case, before: dict[str, Any]) -> None:
    """Undo `begin_round`. What somebody ticked or chose since stays as it is."""
    if not before:
        return
    case.answer_due = date.fromisoformat(before["answer_due"]) if before["answer_due"] else None
    case.save(update_fields=["answer_due"])
    for pk, was in before["slots"].items():
        untouched = Slot.objects.filter(case=case, pk=pk, state=Slot.State.MISSING)
        if was is None:
            untouched.filter(document=None, changed_at=None, decisions=None).delete()
            continue
        state, asked_in_round, *left = was
        # Rounds that began before both were noted have neither.
        if left:
            document, changed_at = left
            untouched = untouched.filter(document=document, changed_at=datetime.fromisoformat(changed_at))
        untouched.update(state=state, asked_in_round=asked_in_round)
