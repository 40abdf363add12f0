"""One thing done to many store orders: what can be done, to which of them, and which are left out.

A verb plans: for each order either what it would change, or the code of why not (`EXCEPTIONS`). The page that asks and
the action that writes (`actions_bulk`) read the same plan. Later apps add verbs of their own with `register`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Role, Team
from closedorders.accounts.rights import DESK
from closedorders.core.refusals import Refused
from closedorders.core.text.formatting import count

from ..models import StoreOrder
from ..querysets import StoreOrderQuerySet

#: The most orders of one bulk edit, and the most that can be ticked one by one.
MOST = 10_000
MOST_TICKED = 500
#: Longer than what a list asks for can be, so that nothing of it is cut off.
MOST_OF_A_QUERY = 8_000
UNDO_FOR = timedelta(minutes=10)
#: How many of the orders left out a page names.
NAMED = 50
#: No request holds more rows than these.
BATCH = 50

#: Field -> value as JSON has it: rows by their keys, days in ISO form.
Values = dict[str, Any]
Listed = Callable[[QueryDict], StoreOrderQuerySet]

#: Why an order is left out.
EXCEPTIONS: dict[str, Promise] = {
    "cancelled": _("cancelled in the store"),
    "has_date": _("has this date already"),
    "younger": _("placed after this day"),
    "no_date": _("has no promised date"),
    "has_tag": _("has this tag already"),
    "no_tag": _("does not have the tag"),
    "no_supplier_order": _("no AliExpress order"),
    "has_account": _("its buyer account is noted already"),
    "no_closure": _("not closed by AliExpress"),
    "has_reason": _("has a reason already"),
    "changed_meanwhile": _("changed meanwhile"),
}


class VerbForm(forms.Form):
    """The choices a verb needs; without fields for a verb that needs no choice."""

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team

    def params(self) -> Values:
        return {}


@dataclass(frozen=True, slots=True)
class Change:
    """What one row of the verb's model is and shall be."""

    thing: models.Model
    before: Values
    after: Values


class BulkVerb:
    """Something that can be done to many orders. It writes `fields` of rows of `model`, and nothing else."""

    name: ClassVar[str]
    label: ClassVar[Promise]
    model: ClassVar[type[models.Model]]
    #: From a row of the model to its store order.
    order_path: ClassVar[str]
    #: What the audit trail calls the change of one row.
    audit_verb: ClassVar[str]
    #: ... and that it was taken back, where that is another verb.
    undo_audit_verb: ClassVar[str] = ""
    roles: ClassVar[tuple[Role, ...]] = DESK
    form_class: ClassVar[type[VerbForm]] = VerbForm
    #: Whether a row that somebody changed since it was shown is left out. It has `updated_at` then.
    watches: ClassVar[bool] = False
    #: Codes of exceptions that an answer in the form can lift.
    lifts: ClassVar[frozenset[str]] = frozenset()

    def rows(self) -> models.QuerySet[Any]:
        """Rows of the model with what `plan` and `order_id` read."""
        return self.model._default_manager.all()

    def order_id(self, thing: Any) -> int | None:
        raise NotImplementedError

    def plan(self, order: StoreOrder, things: Sequence[Any], params: Values | None) -> list[Change] | str:
        """The changes, or the code of why none. `params` is None while nobody has filled in the form yet."""
        raise NotImplementedError

    def describe(self, params: Values, team: Team) -> str:
        """Return what was chosen in the form, as a text; blank where the label is enough."""
        return ""

    def for_audit(self, team: Team) -> Callable[[Values], Values]:
        """Return a function that makes the values of a row fit for the audit trail, which assistants read."""
        return lambda values: values

    def at_writing(self, params: Values, by: Membership) -> Values:
        """The params that `plan` gets when it is done: with who does it, and when, for a verb that writes them."""
        return params

    def may_restore(self, things: Sequence[Any]) -> set[int]:
        """Keys of those of these changed rows that an undo may put back."""
        return {thing.pk for thing in things}

    def after_change(self, order_ids: Iterable[int]) -> None:
        """Bring up to date what depends on these orders, after each batch of changes."""


VERBS: dict[str, BulkVerb] = {}


def register(verb: BulkVerb, exceptions: Mapping[str, Promise] | None = None) -> None:
    """Add a verb, with the words for the codes that it alone leaves orders out by."""
    VERBS[verb.name] = verb
    EXCEPTIONS.update(exceptions or {})


def verb_label(name: str) -> str:
    return str(VERBS[name].label) if name in VERBS else name


def verbs_for(membership: Membership) -> list[BulkVerb]:
    return [verb for verb in VERBS.values() if membership.role in verb.roles]


def plain(thing: models.Model, name: str) -> Any:
    """The value of a field as JSON has it."""
    value = thing._meta.get_field(name).value_from_object(thing)  # type: ignore[union-attr]  # a column, never a relation back
    return value.isoformat() if isinstance(value, date) else value


def change_of(thing: models.Model, **after: Any) -> Change:
    return Change(thing, {name: plain(thing, name) for name in after}, after)


# --- Which orders ---


def chosen_orders(team: Team, data: QueryDict, *, listed: Listed) -> list[int]:
    """The orders a list's form means: the ticked ones (`order`), or with `all_matching` all that its `query` lists.

    Orders of other teams are ignored. Raises Refused when they are none, or too many.
    """
    if data.get("all_matching"):
        found = listed(list_query(data))
        order_ids = list(found.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
        if len(order_ids) > MOST:
            raise Refused(
                _("More than %(most)s orders match. Filter the list further. Nothing was changed.")
                % {"most": count(MOST)}
            )
        if not order_ids:
            raise Refused(_("No order matches any more. Nothing was changed."))
        return order_ids
    ticked = {int(pk) for pk in data.getlist("order") if pk.isascii() and pk.isdigit() and len(pk) < 19}
    if len(ticked) > MOST_TICKED:
        raise Refused(
            _("Up to %(most)s orders can be ticked one by one. Choose all that match instead.")
            % {"most": count(MOST_TICKED)}
        )
    found = StoreOrder.objects.for_team(team).filter(pk__in=ticked)
    order_ids = list(found.order_by("pk").values_list("pk", flat=True))
    if not order_ids:
        raise Refused(_("Tick the orders first. Nothing was changed."))
    return order_ids


def list_query(data: QueryDict) -> QueryDict:
    """The query of the list that a form came from; without where its page began."""
    query = QueryDict(data.get("query", "")[:MOST_OF_A_QUERY], mutable=True)
    for name in ("before", "after"):
        query.pop(name, None)
    # PostgreSQL takes no NUL.
    for name, values in query.lists():
        query.setlist(name, [value.replace("\x00", "") for value in values])
    return query


def packed(order_ids: Sequence[int]) -> str:
    """The orders as a form carries them from the page that asks to the one that does: each as the step from the last.

    So what is done is done to what was shown, whatever the list matches by then.
    """
    steps = []
    last = 0
    for pk in sorted(order_ids):
        steps.append(str(pk - last))
        last = pk
    return ".".join(steps)


def unpacked(text: str) -> list[int]:
    """What `packed` packed. Raises Refused for anything else."""
    steps = text.split(".", MOST + 1)
    if len(steps) > MOST or not all(re.fullmatch(r"[0-9]{1,18}", step) for step in steps):
        raise Refused(_("The orders could not be read. Choose them in the list again."))
    order_ids: list[int] = []
    last = 0
    for step in steps:
        last += int(step)
        if int(step) == 0 or last >= 10**18:
            raise Refused(_("The orders could not be read. Choose them in the list again."))
        order_ids.append(last)
    return order_ids


# --- What would happen ---


@dataclass(frozen=True, slots=True)
class LeftOut:
    order_id: int
    number: str
    code: str


@dataclass(slots=True)
class Plan:
    """Of orders: how many there are, those left out, and what changes in the others.

    `why` counts those left out by the code that says why; of many orders `left_out` and `changes` have not all.
    """

    matched: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    why: Counter[str] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)

    @property
    def excepted(self) -> int:
        return self.why.total()

    @property
    def to_change(self) -> int:
        return self.matched - self.excepted

    def leave_out(self, order: StoreOrder, code: str) -> None:
        self.left_out.append(LeftOut(order.pk, order.number, code))
        self.why[code] += 1


def in_batches(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]


def plan_part(
    verb: BulkVerb,
    team: Team,
    order_ids: Sequence[int],
    params: Values | None,
    *,
    seen: datetime | None = None,
    lock: bool = False,
) -> Plan:
    """What the verb would do to these orders of the team, `BATCH` at most. `seen` is when they were shown.

    `lock` keeps the rows as they were read until the transaction ends.
    """
    orders = StoreOrder.objects.for_team(team).filter(pk__in=order_ids).order_by("pk")
    things: dict[int, list[Any]] = defaultdict(list)
    if verb.model is StoreOrder:
        # Rows to be written are read whole: an insert over them names every column.
        found = list(_locked(orders) if lock else orders.defer("lines"))
        things.update({order.pk: [order] for order in found})
    else:
        found = list(orders.only("number", "team", "cancelled_at"))
        rows = verb.rows().filter(**{f"{verb.order_path}__in": [order.pk for order in found]}).order_by("pk")
        for thing in _locked(rows) if lock else rows:
            things[verb.order_id(thing) or 0].append(thing)
    plan = Plan(matched=len(found))
    for order in found:
        order.team = team  # Known already: not read for each of them.
        mine = things[order.pk]
        outcome = verb.plan(order, mine, params)
        if verb.watches and seen and isinstance(outcome, list):
            touched = [change.thing for change in outcome]
            if any(thing.updated_at > seen for thing in touched):  # type: ignore[attr-defined]  # see `watches`
                outcome = "changed_meanwhile"
        if isinstance(outcome, str):
            plan.leave_out(order, outcome)
        else:
            plan.changes += outcome
    return plan


def plan_of(verb: BulkVerb, team: Team, order_ids: Sequence[int], params: Values | None) -> Plan:
    """How many of these the verb would change, and which first ones it would leave out, for a page that asks."""
    whole = Plan()
    for part in in_batches(order_ids):
        plan = plan_part(verb, team, part, params)
        whole.matched += plan.matched
        whole.why += plan.why
        whole.left_out += plan.left_out[: NAMED - len(whole.left_out)]
    return whole


def _locked(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    return rows.select_for_update(of=("self",), no_key=True)
