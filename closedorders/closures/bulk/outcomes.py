"""One outcome for many closures of the closures list, and taken back within ten minutes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record, record_each
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused
from closedorders.orders.bulk.actions import KEPT_FOR, forget_old_rows
from closedorders.orders.bulk.plan import MOST, UNDO_FOR, change_of, plain
from closedorders.orders.models import BulkEdit, BulkEditRow, SupplierOrder
from closedorders.orders.status import refresh_status as refresh_status

from ..actions.outcomes import MONEY_OUTCOMES
from ..models import Closure
from .rules import BULK_OUTCOMES, why_left_out, with_new_order

OUTCOMES_VERB = "closure_outcomes"
"""What a `BulkEdit` of `set_outcomes` is called; its rows are closures."""
REPLACEMENTS_VERB = "closure_replacements"
"""... and one of `replacements.join_replacements`, which is undone here too."""

_BATCH = 500
#: How many of those left out a page names.
NAMED = 50


@dataclass(slots=True)
class OutcomePlan:
    """How many of the chosen closures would get the outcome, and why the others would not (`rules.LEFT_OUT`)."""

    matched: int = 0
    why: Counter[str] = field(default_factory=Counter)
    left_out: list[dict[str, Any]] = field(default_factory=list)

    @property
    def excepted(self) -> int:
        return self.why.total()

    @property
    def to_change(self) -> int:
        return self.matched - self.excepted


def plan_outcomes(*, team: Team, closure_ids: Collection[int], outcome: str, over: bool) -> OutcomePlan:
    """What `set_outcomes` would do, for the page that asks. Nothing is changed by it."""
    plan = OutcomePlan()
    for part in _batches(closure_ids):
        for closure in _read(team, part):
            plan.matched += 1
            _leave_out(plan, closure, why_left_out(closure, outcome, over=over))
    return plan


def _leave_out(plan: OutcomePlan, closure: Closure, code: str | None) -> bool:
    if code is None:
        return False
    plan.why[code] += 1
    plan.left_out.append({"closure": closure.pk, "number": closure.supplier_order.number, "code": code})
    return True


@transaction.atomic
def set_outcomes(
    *,
    team: Team,
    closure_ids: Collection[int],
    outcome: str,
    by: Membership,
    key: str,
    over: bool = False,
) -> BulkEdit:
    """Give these closures one outcome where they may get it (`rules.why_left_out`); the rest are named in the edit.

    `key` is the form's own: sent twice, it is done once.
    """
    allow(by, DESK, team_id=team.pk)
    if outcome not in BULK_OUTCOMES:
        raise Refused(_("Choose an outcome for these closures first. Nothing was changed."))
    if outcome in MONEY_OUTCOMES and not by.is_merchant:
        raise Refused(_("Refunds and losses are for a merchant of your team to enter."))
    if len(closure_ids) > MOST:
        raise Refused(_("These are too many closures at once. Filter the list further."))
    lock_team(team.pk)
    if (earlier := edit_of_key(by, OUTCOMES_VERB, key)) is not None:
        return earlier
    forget_old_rows(team)
    now = timezone.now()
    edit = BulkEdit.objects.create(
        team=team, by=by, verb=OUTCOMES_VERB, params={"outcome": outcome, "over": over, "key": key}
    )
    plan = OutcomePlan()
    for part in _batches(closure_ids):
        changed: list[Closure] = []
        for closure in _read(team, part, lock=True):
            plan.matched += 1
            if not _leave_out(plan, closure, why_left_out(closure, outcome, over=over)):
                changed.append(closure)
        after = outcome_values(outcome, by, now)
        changes = [change_of(closure, **after) for closure in changed]
        BulkEditRow.objects.bulk_create(
            [BulkEditRow(edit=edit, thing_id=c.thing.pk, before=c.before, after=c.after) for c in changes]
        )
        Closure.objects.filter(pk__in=[closure.pk for closure in changed]).update(
            outcome=outcome,
            outcome_at=now,
            outcome_by=by,
            reopened_at=now if outcome == Closure.Outcome.REOPENED else None,
        )
        refresh_status(closure.supplier_order.store_order_id for closure in changed)
        record_each(
            by=by,
            verb="closure_reopened" if outcome == Closure.Outcome.REOPENED else "closure_outcome_set",
            changes=[(closure, {"outcome": closure.outcome}, {"outcome": outcome}) for closure in changed],
        )
        edit.changed += len(changed)
    edit.matched, edit.excepted, edit.exceptions = plan.matched, plan.excepted, plan.left_out
    edit.params = {**edit.params, "why": dict(plan.why.most_common())}
    edit.created_at = timezone.now()
    edit.save()
    record(by=by, verb="closure_outcomes_set", thing=team, after={"outcome": outcome, "orders": edit.changed})
    return edit


def outcome_values(outcome: str, by: Membership, now: datetime) -> dict[str, Any]:
    """The columns of a closure that got this outcome now, as a bulk edit stores them."""
    reopened = outcome == Closure.Outcome.REOPENED
    at = now.isoformat()
    return {
        "outcome": str(outcome),
        "outcome_at": at,
        "outcome_by": by.pk,
        "reopened_at": at if reopened else None,
    }


def edit_of_key(by: Membership, verb: str, key: str) -> BulkEdit | None:
    """The edit that this form made already, within a day."""
    since = timezone.now() - KEPT_FOR
    return BulkEdit.objects.filter(
        team=by.team_id, by=by, verb=verb, created_at__gt=since, params__key=key
    ).first()


@dataclass(frozen=True, slots=True)
class Undone:
    """How many closures are as they were, and the numbers of those that somebody changed since."""

    restored: int
    left: list[str]


@transaction.atomic
def undo_outcomes(*, edit: BulkEdit, by: Membership) -> Undone:
    """Put back what `set_outcomes` or `join_replacements` replaced, for ten minutes and once.

    What somebody changed since stays as it is, and so does a closure whose order was closed again meanwhile.
    """
    allow(by, DESK, team_id=by.team_id)
    # Locked, so that a double click undoes once.
    team = lock_team(by.team_id)
    found = BulkEdit.objects.filter(
        team=team, verb__in=(OUTCOMES_VERB, REPLACEMENTS_VERB), pk=edit.pk
    ).first()
    if found is None:
        raise Refused(_("There is nothing to undo here."))
    if found.by_id != by.pk and not by.is_merchant:
        raise Refused(_("Only who did this, or a merchant of your team, can undo it."))
    if found.undone_at is not None:
        raise Refused(_("This change has been undone already."))
    if timezone.now() - found.created_at > UNDO_FOR:
        raise Refused(_("This change is more than ten minutes old. Change the outcomes one by one instead."))
    restored, left = 0, []
    for start in _batches(found.rows.values_list("thing_id", flat=True)):
        rows = {row.thing_id: row for row in found.rows.filter(thing_id__in=start)}
        closures = list(_read(team, list(rows), lock=True))
        again = closed_again(closures)
        back = []
        for closure in closures:
            row = rows[closure.pk]
            columns = {name: value for name, value in row.after.items() if name != "new_order"}
            same = all(plain(closure, name) == value for name, value in columns.items())
            if same and closure.pk not in again and _unlinked(closure, row):
                back.append(closure)
            else:
                left.append(closure.supplier_order.number)
        for closure in back:
            before = {name: value for name, value in rows[closure.pk].before.items() if name != "new_order"}
            Closure.objects.filter(pk=closure.pk).update(
                **{_column(name): _value(name, value) for name, value in before.items()}
            )
        refresh_status(closure.supplier_order.store_order_id for closure in back)
        record_each(
            by=by,
            verb="closure_outcome_set",
            changes=[(c, {"outcome": c.outcome}, {"outcome": rows[c.pk].before["outcome"]}) for c in back],
        )
        restored += len(back)
    found.undone_at, found.undone_by = timezone.now(), by
    found.params = {**found.params, "restored": restored, "left": left[:NAMED], "left_count": len(left)}
    found.save(update_fields=["undone_at", "undone_by", "params"])
    record(by=by, verb="closure_outcomes_undone", thing=team, after={"orders": restored})
    return Undone(restored, left)


def closed_again(closures: Sequence[Closure]) -> set[int]:
    """Those of these closures whose order has another closure in force."""
    orders = {closure.supplier_order_id: closure.pk for closure in closures}
    others = Closure.objects.not_reopened().filter(supplier_order__in=orders)
    return {orders[order] for order, pk in others.values_list("supplier_order", "pk") if pk != orders[order]}


def _unlinked(closure: Closure, row: BulkEditRow) -> bool:
    """Whether the order that this edit joined is taken off again; True too where it joined none.

    The order itself stays: it may have been placed after all, and the next import says what it is.
    """
    new_order = row.after.get("new_order")
    if new_order is None:
        return True
    joined = SupplierOrder.objects.filter(pk=new_order, replaces=closure.supplier_order_id)
    return bool(joined.update(replaces=None, updated_at=timezone.now(), **row.before["new_order"]))


def _column(name: str) -> str:
    column: Any = Closure._meta.get_field(name)
    return str(column.attname)


def _value(name: str, value: Any) -> Any:
    column: Any = Closure._meta.get_field(name)
    return column.to_python(value)


def _batches(keys: Iterable[int]) -> Iterator[list[int]]:
    wanted = sorted(set(keys))
    for start in range(0, len(wanted), _BATCH):
        yield wanted[start : start + _BATCH]


def _read(team: Team, keys: Sequence[int], *, lock: bool = False) -> Iterable[Closure]:
    found = with_new_order(Closure.objects.for_team(team).filter(pk__in=keys)).select_related(
        "supplier_order"
    )
    found = found.order_by("pk")
    return found.select_for_update(of=("self",)) if lock else found
