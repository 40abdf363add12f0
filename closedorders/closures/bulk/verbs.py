"""The outcome of the closures of many store orders: bulk edits of the orders list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, MERCHANT
from closedorders.orders.bulk.plan import BulkVerb, Change, Values, VerbForm, change_of
from closedorders.orders.models import StoreOrder
from closedorders.orders.status import refresh_status as refresh_status

from ..models import Closure
from .outcomes import closed_again, outcome_values
from .rules import why_left_out, with_new_order


class OutcomeVerbForm(VerbForm):
    over = forms.BooleanField(label=_("Also where another outcome is noted"), required=False)

    def params(self) -> Values:
        return {"over": self.cleaned_data["over"]}


class SetOutcome(BulkVerb):
    """Only the closures in force of an order count; an order is left out where none of them can get the outcome."""

    outcome: ClassVar[Closure.Outcome]
    model = Closure
    order_path = "supplier_order__store_order"
    audit_verb = "closure_outcome_set"
    form_class = OutcomeVerbForm
    lifts = frozenset({"made_good"})

    def rows(self) -> QuerySet[Closure]:
        return with_new_order(Closure.objects.select_related("supplier_order"))

    def order_id(self, thing: Closure) -> int | None:
        return thing.supplier_order.store_order_id

    def at_writing(self, params: Values, by: Membership) -> Values:
        return {**params, "values": outcome_values(self.outcome, by, timezone.now())}

    def plan(self, order: StoreOrder, things: Sequence[Closure], params: Values | None) -> list[Change] | str:
        standing = [closure for closure in things if closure.reopened_at is None]
        if not standing:
            return "no_closure"
        over = bool(params and params["over"])
        codes = {closure: why_left_out(closure, self.outcome, over=over) for closure in standing}
        chosen = [closure for closure, code in codes.items() if code is None]
        if not chosen:
            return next(code for code in codes.values() if code)
        values = (params or {}).get("values")
        return [change_of(closure, **values) for closure in chosen] if values else []

    def may_restore(self, things: Sequence[Closure]) -> set[int]:
        again = closed_again(things)
        return {closure.pk for closure in things if closure.pk not in again}

    def for_audit(self, team: Team) -> Callable[[Values], Values]:
        return lambda values: {"outcome": values["outcome"]}

    def after_change(self, order_ids: Iterable[int]) -> None:
        refresh_status(order_ids)


class SetReordered(SetOutcome):
    name = "outcome_replaced"
    label = _("Outcome: reordered")
    outcome = Closure.Outcome.REPLACED
    roles = DESK


class SetRefunded(SetOutcome):
    name = "outcome_refunded"
    label = _("Outcome: customer refunded")
    outcome = Closure.Outcome.REFUNDED
    roles = MERCHANT


class SetWrittenOff(SetOutcome):
    name = "outcome_written_off"
    label = _("Outcome: written off")
    outcome = Closure.Outcome.WRITTEN_OFF
    roles = MERCHANT


class SetReopened(SetOutcome):
    name = "outcome_reopened"
    label = _("Outcome: reopened by AliExpress")
    outcome = Closure.Outcome.REOPENED
    audit_verb = "closure_reopened"
    undo_audit_verb = "closure_outcome_set"
    roles = DESK


OUTCOME_VERBS: tuple[Any, ...] = (SetReordered, SetRefunded, SetWrittenOff, SetReopened)
