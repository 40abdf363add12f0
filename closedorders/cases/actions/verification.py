from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow

from ..models import Case, Slot
from ..moves import NOT_ANSWERED
from ..verification import asked_for
from .guards import collecting_case, locked_case, refuse_unless


@transaction.atomic
def set_verification(*, case: Case, verification: str, by: Membership) -> None:
    """Say what AliExpress verifies. The list of documents follows; what has a document, a tick or a decision stays.

    So does what AliExpress asked for in a new round.
    """
    allow(by, MERCHANT, team_id=case.team_id)
    refuse_unless(
        verification in Case.Verification.values, _("Choose what AliExpress verifies, or “not sure yet”.")
    )
    case = collecting_case(case.pk)
    if case.verification == verification:
        return
    before, case.verification = case.verification, verification
    case.save(update_fields=["verification"])
    _ask_for(case, set(asked_for(verification)), by)
    record(
        by=by,
        verb="verification_set",
        thing=case,
        before={"verification": before},
        after={"verification": verification},
    )


def _ask_for(case: Case, kinds: set[str], by: Membership) -> None:
    slots = list(case.slots.all())
    untouched = Slot.objects.filter(
        case=case, state=Slot.State.MISSING, document=None, decisions=None, reviews=None, label=""
    )
    if case.round > 1:
        # These AliExpress asked for itself.
        untouched = untouched.exclude(asked_in_round=case.round)
    untouched.exclude(kind__in=kinds).delete()
    again = [slot.pk for slot in slots if slot.kind in kinds and slot.state == Slot.State.NOT_NEEDED]
    Slot.objects.filter(pk__in=again).update(
        state=Slot.State.MISSING, changed_at=timezone.now(), changed_by=by, asked_in_round=case.round
    )
    there = {slot.kind for slot in slots}
    Slot.objects.bulk_create(
        Slot(case=case, kind=kind, asked_in_round=case.round)
        for kind in asked_for(case.verification)
        if kind not in there
    )


@transaction.atomic
def set_answer_due(*, case: Case, day: date, by: Membership) -> None:
    """The last day on which AliExpress takes the answer."""
    allow(by, MERCHANT, team_id=case.team_id)
    case = locked_case(case.pk)
    refuse_unless(
        case.state in NOT_ANSWERED,
        _("The case is now “%(state)s”: AliExpress waits for no answer.")
        % {"state": case.get_state_display()},
    )
    if case.answer_due == day:
        return
    before, case.answer_due = case.answer_due, day
    case.save(update_fields=["answer_due"])
    record(
        by=by,
        verb="answer_due_set",
        thing=case,
        before={"answer_due": before},
        after={"answer_due": day},
    )
