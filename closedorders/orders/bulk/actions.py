"""One thing done to many orders at once, and taken back within ten minutes."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record, record_each
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, allow
from closedorders.core.refusals import Refused

from ..models import BulkEdit, BulkEditRow, StoreOrder
from .plan import BATCH, MOST, UNDO_FOR, VERBS, BulkVerb, Change, Values, in_batches, plain, plan_part

#: How many of the orders that an undo leaves as they are its page names.
NAMED = 200
#: Earlier values are kept for as long as anybody could ask what happened.
KEPT_FOR = timedelta(days=1)
# More different values than this in one batch are written by one statement instead of one each.
_FEW = 20


@transaction.atomic
def apply_bulk_edit(
    *,
    team: Team,
    verb: BulkVerb,
    order_ids: Sequence[int],
    params: Values,
    key: str,
    by: Membership,
    seen: datetime | None = None,
    query: str = "",
) -> BulkEdit:
    """Do it to those of the orders it can be done to. All or nothing of that is stored.

    `key` is the form's own: sent twice, it is done once. `seen` is when the orders were shown. `query` is the list to
    come back to.
    """
    allow(by, verb.roles, team_id=team.pk)
    if len(order_ids) > MOST:
        raise Refused(_("These are too many orders at once. Filter the list further."))
    # Locked, so that a double click does it once.
    Membership.objects.select_for_update(no_key=True).get(pk=by.pk)
    now = timezone.now()
    recent = BulkEdit.objects.filter(team=team, created_at__gt=now - KEPT_FOR)
    earlier = recent.filter(by=by, params__key=key).first()
    if earlier is not None:
        return earlier
    forget_old_rows(team)
    stored: dict[str, Any] = {"wanted": params, "key": key, "query": query[:2000]}
    edit = BulkEdit.objects.create(team=team, by=by, verb=verb.name, params=stored)
    for_audit = verb.for_audit(team)
    why: Counter[str] = Counter()
    written = verb.at_writing(params, by)
    for part in in_batches(sorted(set(order_ids))):
        plan = plan_part(verb, team, part, written, seen=seen, lock=True)
        _write(verb, [(change.thing, change.after) for change in plan.changes])
        BulkEditRow.objects.bulk_create(
            [
                BulkEditRow(edit=edit, thing_id=change.thing.pk, before=change.before, after=change.after)
                for change in plan.changes
            ]
        )
        _after_change(verb, plan.changes)
        record_each(
            by=by,
            verb=verb.audit_verb,
            changes=[
                (change.thing, for_audit(change.before), for_audit(change.after)) for change in plan.changes
            ],
        )
        edit.matched += plan.matched
        edit.changed += plan.to_change
        why += plan.why
        edit.exceptions += [
            {"order": each.order_id, "number": each.number, "code": each.code} for each in plan.left_out
        ]
    edit.excepted = why.total()
    edit.params = {**stored, "why": dict(why.most_common())}
    # The ten minutes begin when it is there to be seen.
    edit.created_at = timezone.now()
    edit.save(update_fields=["params", "matched", "changed", "excepted", "exceptions", "created_at"])
    record(
        by=by,
        verb="bulk_edited",
        thing=edit,
        after={"bulk_verb": verb.name, "bulk_wanted": verb.describe(params, team), "count": edit.changed},
    )
    return edit


def forget_old_rows(team: Team) -> None:
    """Delete the earlier values of the team's bulk edits that are too old to be asked about."""
    BulkEditRow.objects.filter(edit__team=team, edit__created_at__lt=timezone.now() - KEPT_FOR).delete()


@dataclass(frozen=True, slots=True)
class Undone:
    """How many orders are as they were, and the numbers of those that somebody changed since."""

    restored: int
    left: list[str]


@transaction.atomic
def undo_bulk_edit(*, edit: BulkEdit, by: Membership) -> Undone:
    """Put back what a bulk edit replaced, for ten minutes and once. What was changed since keeps what it has now."""
    allow(by, DESK, team_id=edit.team_id)
    verb = VERBS.get(edit.verb)
    if verb is None:
        raise Refused(_("There is nothing to undo here."))
    allow(by, verb.roles, team_id=edit.team_id)
    # Locked, so that a double click undoes once.
    edit = (
        BulkEdit.objects.select_for_update(no_key=True, of=("self",)).select_related("team").get(pk=edit.pk)
    )
    if edit.by_id != by.pk and not by.is_merchant:
        raise Refused(_("Only who did this, or a merchant of your team, can undo it."))
    if edit.undone_at is not None:
        raise Refused(_("This change has been undone already."))
    if timezone.now() - edit.created_at > UNDO_FOR:
        raise Refused(_("This change is more than ten minutes old. Change the orders in the list instead."))
    for_audit = verb.for_audit(edit.team)
    restored: set[int] = set()
    left: set[int] = set()
    for rows in _rows(edit):
        things = list(
            verb.rows().filter(pk__in=rows).order_by("pk").select_for_update(of=("self",), no_key=True)
        )
        restorable = verb.may_restore(things)
        back: list[Change] = []
        for thing in things:
            row = rows[thing.pk]
            unchanged = all(
                plain(thing, name) == new for name, new in row.after.items() if name != "edited_fields"
            )
            if unchanged and thing.pk in restorable:
                back.append(Change(thing, row.after, _earlier(thing, row)))
            else:
                left.add(verb.order_id(thing) or 0)
        _write(verb, [(change.thing, change.after) for change in back])
        restored |= _after_change(verb, back)
        record_each(
            by=by,
            verb=verb.undo_audit_verb or verb.audit_verb,
            changes=[(change.thing, for_audit(change.before), for_audit(change.after)) for change in back],
        )
    numbers = StoreOrder.objects.for_team(edit.team).filter(pk__in=list(left)[:NAMED]).order_by("pk")
    undone = Undone(len(restored - left), list(numbers.values_list("number", flat=True)))
    edit.params = {
        **edit.params,
        "restored": undone.restored,
        "left": undone.left,
        "left_count": edit.changed - undone.restored,
    }
    edit.undone_at, edit.undone_by = timezone.now(), by
    edit.save(update_fields=["params", "undone_at", "undone_by"])
    record(
        by=by,
        verb="bulk_undone",
        thing=edit,
        after={"bulk_verb": edit.verb, "count": undone.restored, "bulk_left": len(left) or None},
    )
    return undone


def _rows(edit: BulkEdit) -> Iterator[dict[int, BulkEditRow]]:
    """What it changed, by key, `BATCH` at a time."""
    last = 0
    while rows := list(edit.rows.filter(thing_id__gt=last).order_by("thing_id")[:BATCH]):
        yield {row.thing_id: row for row in rows}
        last = rows[-1].thing_id


def _earlier(thing: Any, row: BulkEditRow) -> Values:
    """What to put back. Of the fields a person typed only this edit's own are forgotten: others may be newer."""
    values = dict(row.before)
    if "edited_fields" in values:
        added = set(row.after["edited_fields"]) - set(row.before["edited_fields"])
        values["edited_fields"] = sorted(set(thing.edited_fields) - added)
    return values


def _write(verb: BulkVerb, changes: Iterable[tuple[models.Model, Values]]) -> None:
    """Store the values, rows that get the same ones by one statement."""
    alike: dict[str, list[models.Model]] = defaultdict(list)
    for thing, values in changes:
        alike[json.dumps(values, sort_keys=True)].append(thing)
    if not alike:
        return
    fields = {each.name for each in verb.model._meta.concrete_fields}
    stamp: dict[str, Any] = {"updated_at": timezone.now()} if "updated_at" in fields else {}
    rows = verb.model._default_manager
    if len(alike) <= _FEW:
        for text, things in alike.items():
            values = _typed(verb, json.loads(text)) | stamp
            rows.filter(pk__in=[thing.pk for thing in things]).update(**values)
        return
    changed: dict[str, None] = dict.fromkeys(stamp)
    for text, things in alike.items():
        values = json.loads(text)
        changed |= dict.fromkeys(values)
        for thing in things:
            for name, value in _typed(verb, values).items():
                setattr(thing, name, value)
    # An insert over the rows themselves: many times faster than an update with a case for each.
    rows.bulk_create(
        [thing for things in alike.values() for thing in things],
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=list(changed),
    )


def _typed(verb: BulkVerb, values: Values) -> dict[str, Any]:
    """Values as the columns have them, by the columns' names."""
    typed = {}
    for name, value in values.items():
        column: Any = verb.model._meta.get_field(name)
        typed[column.attname] = column.to_python(value)
    return typed


def _after_change(verb: BulkVerb, changes: Sequence[Change]) -> set[int]:
    """Bring up to date what depends on the changed orders, and return their keys."""
    order_ids = {pk for change in changes if (pk := verb.order_id(change.thing)) is not None}
    verb.after_change(order_ids)
    return order_ids
