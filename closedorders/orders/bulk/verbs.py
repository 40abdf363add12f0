"""What can be done to many orders with what this app knows of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from closedorders.accounts.models import Team
from closedorders.core.text.folding import folded
from closedorders.core.text.formatting import quoted
from closedorders.core.text.masks import mask_addresses

from ..extensions import notify_bought_changed
from ..forms import check_one_line, check_promised_day
from ..models import BuyerAccount, StoreOrder, SupplierOrder
from .plan import BulkVerb, Change, Values, VerbForm, change_of, register


class _OrderVerb(BulkVerb):
    model = StoreOrder
    order_path = "pk"

    def order_id(self, thing: StoreOrder) -> int | None:
        return thing.pk


# --- The promised date ---


class DayForm(VerbForm):
    promised_by = forms.DateField(
        label=_("Promised by"),
        validators=[check_promised_day],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The day the customer was told to have it by."),
    )

    def params(self) -> Values:
        return {"promised_by": self.cleaned_data["promised_by"].isoformat()}


class SetPromise(_OrderVerb):
    name = "promise"
    label = pgettext_lazy("to do", "Set the promised date")
    audit_verb = "order_promised"
    form_class = DayForm
    watches = True

    def plan(
        self, order: StoreOrder, things: Sequence[StoreOrder], params: Values | None
    ) -> list[Change] | str:
        if order.cancelled_at is not None:
            return "cancelled"
        if params is None:
            return []
        if order.is_younger_than(date.fromisoformat(params["promised_by"])):
            return "younger"
        change = change_of(order, promised_by=params["promised_by"])
        return "has_date" if change.before == change.after else [change]

    def describe(self, params: Values, team: Team) -> str:
        return date_format(date.fromisoformat(params["promised_by"]))


class ClearPromise(_OrderVerb):
    name = "promise_clear"
    label = _("Take the promised date away")
    audit_verb = "order_promised"
    watches = True

    def plan(
        self, order: StoreOrder, things: Sequence[StoreOrder], params: Values | None
    ) -> list[Change] | str:
        return "no_date" if order.promised_by is None else [change_of(order, promised_by=None)]


# --- Tags ---


def tags_of(text: str) -> list[str]:
    """Shops write tags with commas between them. Two are one tag where `folded` makes them alike, as in the list."""
    return [tag.strip() for tag in text.split(",") if tag.strip()]


class TagForm(VerbForm):
    tag = forms.CharField(
        label=_("Tag"),
        max_length=40,
        validators=[check_one_line],
        help_text=_("What you change here stays: imports no longer change the tags of these orders."),
    )

    def clean_tag(self) -> str:
        tag = " ".join(self.cleaned_data["tag"].split())
        if "," in tag:
            raise ValidationError(_("One tag at a time, without a comma."))
        return tag

    def params(self) -> Values:
        return {"tag": self.cleaned_data["tag"]}


class _TagVerb(_OrderVerb):
    audit_verb = "order_tags_changed"
    form_class = TagForm

    def describe(self, params: Values, team: Team) -> str:
        return quoted(mask_addresses(params["tag"]))

    def for_audit(self, team: Team) -> Callable[[Values], Values]:
        # People write addresses into tags too.
        return lambda values: {"tags": mask_addresses(values["tags"])}

    def _change(self, order: StoreOrder, tags: str) -> Change:
        return change_of(order, tags=tags, edited_fields=sorted({*order.edited_fields, "tags"}))


class AddTag(_TagVerb):
    name = "tag_add"
    label = _("Add a tag")

    def plan(
        self, order: StoreOrder, things: Sequence[StoreOrder], params: Values | None
    ) -> list[Change] | str:
        if params is None:
            return []
        tag = params["tag"]
        if folded(tag) in map(folded, tags_of(order.tags)):
            return "has_tag"
        return [
            self._change(order, f"{order.tags.strip().rstrip(',')}, {tag}" if order.tags.strip() else tag)
        ]


class RemoveTag(_TagVerb):
    name = "tag_remove"
    label = _("Remove a tag")

    def plan(
        self, order: StoreOrder, things: Sequence[StoreOrder], params: Values | None
    ) -> list[Change] | str:
        tags = tags_of(order.tags)
        if params is None:
            return [] if tags else "no_tag"
        others = [each for each in tags if folded(each) != folded(params["tag"])]
        return "no_tag" if len(others) == len(tags) else [self._change(order, ", ".join(others))]


# --- The buyer account ---


class AccountForm(VerbForm):
    account = forms.ModelChoiceField(
        BuyerAccount.objects.none(),
        label=_("Buyer account"),
        empty_label=_("Choose an account"),
        help_text=_("The AliExpress account that placed these orders."),
    )
    over = forms.BooleanField(label=_("Also where another account is noted"), required=False)

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, team=team, **kwargs)
        choice = self.fields["account"]
        if not isinstance(choice, forms.ModelChoiceField):
            raise TypeError
        choice.queryset = BuyerAccount.objects.for_team(team)

    def params(self) -> Values:
        return {"account": self.cleaned_data["account"].pk, "over": self.cleaned_data["over"]}


class SetBuyerAccount(BulkVerb):
    name = "buyer_account"
    label = _("Note the buyer account")
    model = SupplierOrder
    order_path = "store_order"
    audit_verb = "supplier_order_account_set"
    form_class = AccountForm
    watches = True
    lifts = frozenset({"has_account"})

    def order_id(self, thing: SupplierOrder) -> int | None:
        return thing.store_order_id

    def plan(
        self, order: StoreOrder, things: Sequence[SupplierOrder], params: Values | None
    ) -> list[Change] | str:
        if not things:
            return "no_supplier_order"
        if params is None:
            return "has_account" if all(each.buyer_account_id for each in things) else []
        account, over = params["account"], params["over"]
        changes = [
            change_of(each, buyer_account=account)
            for each in things
            if each.buyer_account_id != account and (over or each.buyer_account_id is None)
        ]
        return changes or "has_account"

    def after_change(self, order_ids: Iterable[int]) -> None:
        bought = SupplierOrder.objects.filter(store_order__in=order_ids).select_related("team")
        of_team: dict[Team, list[datetime | None]] = {}
        for each in bought.only("team", "placed_at"):
            of_team.setdefault(each.team, []).append(each.placed_at)
        for team, placed in of_team.items():
            notify_bought_changed(team, placed)

    def describe(self, params: Values, team: Team) -> str:
        account = BuyerAccount.objects.for_team(team).filter(pk=params["account"]).first()
        return quoted(account) if account else ""

    def for_audit(self, team: Team) -> Callable[[Values], Values]:
        labels = dict(BuyerAccount.objects.for_team(team).values_list("pk", "label"))
        return lambda values: {"buyer_account": labels.get(values["buyer_account"], "")}


for verb in (SetPromise(), ClearPromise(), AddTag(), RemoveTag(), SetBuyerAccount()):
    register(verb)
