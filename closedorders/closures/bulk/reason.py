"""The reason of the closures of many store orders, where they have none: a bulk edit of the orders list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Team
from closedorders.core.text.formatting import quoted
from closedorders.orders.bulk.plan import BulkVerb, Change, Values, VerbForm, change_of
from closedorders.orders.models import StoreOrder
from closedorders.orders.status import refresh_status as refresh_status

from ..models import Closure, ClosureReason


class MissingReasonForm(VerbForm):
    reason = forms.ChoiceField(
        label=_("Reason"),
        help_text=_("For the closures that have none. Those that have one keep it."),
        error_messages={"required": _("Choose a reason.")},
    )

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, team=team, **kwargs)
        reasons = ClosureReason.objects.for_team(team)
        field = cast(forms.ChoiceField, self.fields["reason"])
        field.choices = [("", _("Choose a reason")), *((reason.code, reason.name) for reason in reasons)]

    def params(self) -> Values:
        return {"reason": ClosureReason.objects.for_team(self.team).get(code=self.cleaned_data["reason"]).pk}


class SetMissingReasons(BulkVerb):
    name = "reason"
    label = _("Set the reason where it is missing")
    model = Closure
    order_path = "supplier_order__store_order"
    audit_verb = "closure_reason_set"
    form_class = MissingReasonForm

    def rows(self) -> QuerySet[Closure]:
        return Closure.objects.select_related("supplier_order")

    def order_id(self, thing: Closure) -> int | None:
        return thing.supplier_order.store_order_id

    def plan(self, order: StoreOrder, things: Sequence[Closure], params: Values | None) -> list[Change] | str:
        standing = [closure for closure in things if closure.reopened_at is None]
        if not standing:
            return "no_closure"
        lacking = [closure for closure in standing if closure.reason_id is None]
        if not lacking:
            return "has_reason"
        return [] if params is None else [change_of(closure, reason=params["reason"]) for closure in lacking]

    def describe(self, params: Values, team: Team) -> str:
        reason = ClosureReason.objects.with_retired(team).filter(pk=params["reason"]).first()
        return quoted(reason) if reason else ""

    def for_audit(self, team: Team) -> Callable[[Values], Values]:
        codes = {reason.pk: reason.code for reason in ClosureReason.objects.with_retired(team)}
        return lambda values: {"reason": codes.get(values["reason"], "")}

    def after_change(self, order_ids: Iterable[int]) -> None:
        refresh_status(order_ids)
