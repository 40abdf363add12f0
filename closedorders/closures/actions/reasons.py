from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record, record_each
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused
from closedorders.orders.bulk.actions import forget_old_rows
from closedorders.orders.bulk.plan import UNDO_FOR
from closedorders.orders.models import BulkEdit, BulkEditRow
from closedorders.orders.status import refresh_status as refresh_status

from ..builtin_reasons import BUILTIN
from ..models import Closure, ClosureReason

REASONS_VERB = "closure_reasons"
"""What a `BulkEdit` of `set_reason` is called; its rows are closures."""


def code_of(reason: ClosureReason | None) -> str:
    """The reason's code for the audit trail; blank for "not sure yet"."""
    return reason.code if reason else ""


def check_reason(reason: ClosureReason | None, team: Team) -> None:
    """Refuse a reason of another team, or one that is no longer in use."""
    if reason is None:
        return
    if reason.team_id not in (None, team.pk):
        raise Refused(_("This reason belongs to another team."))
    if reason.retired_at is not None:
        raise Refused(_("This reason is no longer in use. Choose another one."))


@dataclass(frozen=True, slots=True)
class ReasonChange:
    """How many closures got another reason, and the edit that `undo_reason` undoes (None: no change)."""

    changed: int
    edit: BulkEdit | None


@transaction.atomic
def set_reason(*, closures: Iterable[Closure], reason: ClosureReason | None, by: Membership) -> ReasonChange:
    """Give these closures of `by`'s team one reason (None: not sure yet), changing only those that have another."""
    allow(by, DESK, team_id=by.team_id)
    team = by.team
    check_reason(reason, team)
    lock_team(team.pk)
    chosen = sorted({closure.pk for closure in closures})
    changed: list[Closure] = []
    wanted = reason.pk if reason else None
    for start in range(0, len(chosen), 500):
        part = (
            Closure.objects.for_team(team)
            .filter(pk__in=chosen[start : start + 500])
            .select_related("supplier_order", "reason")
            .order_by("pk")
        )
        changed += [c for c in part.select_for_update(of=("self",)) if c.reason_id != wanted]
    if not changed:
        return ReasonChange(0, None)
    _write_reasons([closure.pk for closure in changed], wanted)
    refresh_status(closure.supplier_order.store_order_id for closure in changed)
    record_each(
        by=by,
        verb="closure_reason_set",
        changes=[(c, {"reason": code_of(c.reason)}, {"reason": code_of(reason)}) for c in changed],
    )
    forget_old_rows(team)
    edit = BulkEdit.objects.create(
        team=team,
        by=by,
        verb=REASONS_VERB,
        params={"reason": wanted, "code": code_of(reason)},
        matched=len(chosen),
        changed=len(changed),
    )
    BulkEditRow.objects.bulk_create(
        [
            BulkEditRow(
                edit=edit,
                thing_id=closure.pk,
                before={"reason": closure.reason_id},
                after={"reason": wanted},
            )
            for closure in changed
        ],
        batch_size=500,
    )
    record(
        by=by,
        verb="closure_reasons_set",
        thing=team,
        after={"code": code_of(reason), "orders": len(changed)},
    )
    return ReasonChange(len(changed), edit)


def _write_reasons(closures: Sequence[int], reason: int | None) -> None:
    for start in range(0, len(closures), 500):
        Closure.objects.filter(pk__in=closures[start : start + 500]).update(reason=reason)


@transaction.atomic
def undo_reason(*, edit: BulkEdit, by: Membership) -> int:
    """Put back the reasons that `set_reason` replaced, for ten minutes and once; how many came back.

    Closures that somebody has changed since are left alone.
    """
    allow(by, DESK, team_id=by.team_id)
    # Locked, so that a double click undoes once.
    lock_team(by.team_id)
    found = BulkEdit.objects.filter(team=by.team, verb=REASONS_VERB, pk=edit.pk).first()
    if found is None:
        raise Refused(_("There is nothing to undo here."))
    if found.undone_at is not None:
        raise Refused(_("This change has been undone already."))
    if timezone.now() - found.created_at > UNDO_FOR:
        raise Refused(_("This change is more than ten minutes old. Change the reasons in the list instead."))
    before: dict[int, int | None] = {
        pk: old["reason"] for pk, old in found.rows.values_list("thing_id", "before")
    }
    reasons = {reason.pk: reason for reason in ClosureReason.objects.with_retired(by.team)}
    current = [
        closure
        for start in range(0, len(before), 500)
        for closure in Closure.objects.for_team(by.team)
        .filter(pk__in=list(before)[start : start + 500], reason=found.params["reason"])
        .select_related("supplier_order")
        .select_for_update(of=("self",))
    ]
    for old in set(before.values()):
        _write_reasons([closure.pk for closure in current if before[closure.pk] == old], old)
    refresh_status(closure.supplier_order.store_order_id for closure in current)
    record_each(
        by=by,
        verb="closure_reason_set",
        changes=[
            (c, {"reason": found.params["code"]}, {"reason": code_of(reasons.get(before[c.pk] or 0))})
            for c in current
        ],
    )
    found.undone_at, found.undone_by = timezone.now(), by
    found.save(update_fields=["undone_at", "undone_by"])
    record(by=by, verb="closure_reasons_undone", thing=by.team, after={"orders": len(current)})
    return len(current)


@transaction.atomic
def add_reason(*, team: Team, name: str, by: Membership) -> ClosureReason:
    """A reason of the team's own. A retired one of the same name comes back with its history."""
    allow(by, MERCHANT, team_id=team.pk)
    name = " ".join(name.split())
    lock_team(team.pk)
    own = list(ClosureReason.objects.filter(team=team))
    same = next((reason for reason in own if reason.own_name.casefold() == name.casefold()), None)
    if same and same.retired_at is None:
        raise Refused(_("Your team has this reason already."))
    if same:
        same.retired_at = None
        same.save(update_fields=["retired_at"])
        record(by=by, verb="reason_brought_back", thing=same)
        return same
    taken = {reason.code for reason in own} | set(BUILTIN) | RESERVED_CODES
    base = slugify(name)[:30] or "own"
    code, number = base, 2
    while code in taken:
        code, number = f"{base}-{number}", number + 1
    reason = ClosureReason.objects.create(team=team, code=code, own_name=name)
    record(by=by, verb="reason_added", thing=reason)
    return reason


# Words that stand in the URL where a reason's code would, or that forms use for "none".
RESERVED_CODES = {"new", "not_sure", "none"}


@transaction.atomic
def retire_reason(*, reason: ClosureReason, by: Membership) -> None:
    """Offer the team's own reason no longer. Closures that have it are left alone."""
    allow(by, MERCHANT, team_id=by.team_id)
    if reason.team_id != by.team_id:
        raise Refused(_("Only reasons that your team added can be retired."))
    retired = ClosureReason.objects.filter(pk=reason.pk, retired_at=None).update(retired_at=timezone.now())
    if retired:
        record(by=by, verb="reason_retired", thing=reason)
