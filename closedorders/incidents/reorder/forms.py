from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from closedorders.accounts.models import Team
from closedorders.closures.forms import read_paste
from closedorders.orders.forms import check_one_line, clean_currency
from closedorders.orders.models import SupplierOrder

from .actions import PlanOptions
from .models import ReorderLine, ReorderPlan
from .planning import BY_PROMISE, EPACKET, FASTER, Duty, Limits

#: The duty of the EU from the day it began, as the European Commission gave it out on 2026-06-29. A merchant edits it.
EU_DUTY = Duty(per_item=Decimal(3), currency="EUR", since=date(2026, 7, 1), up_to=Decimal(150))


def _amount(label: Any, help_text: Any = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=Decimal("0.01"),
        max_digits=11,
        decimal_places=2,
        help_text=help_text,
    )


class PlanForm(forms.Form):
    """The limits, and how all orders are paid, shipped and taxed unless a batch or an order says otherwise."""

    currency = forms.CharField(
        label=gettext_lazy("Currency of the limits"),
        max_length=3,
        widget=forms.TextInput(attrs={"autocapitalize": "characters"}),
        help_text=gettext_lazy(
            "The one you pay AliExpress in. Orders in another one get batches of their own."
        ),
    )
    per_batch = _amount(
        gettext_lazy("Limit of the card, per batch"),
        gettext_lazy("What may be paid at once. Blank: no limit."),
    )
    orders_per_day = forms.IntegerField(
        label=gettext_lazy("Orders a day that the bank allows"),
        required=False,
        min_value=1,
        max_value=100_000,
        help_text=gettext_lazy("Blank: no limit."),
    )
    per_day = _amount(gettext_lazy("Amount a day"), gettext_lazy("Blank: no limit."))
    starts_on = forms.DateField(
        label=gettext_lazy("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    route = forms.ChoiceField(
        label=gettext_lazy("How to pay"),
        choices=SupplierOrder.PaidWith.choices,
        help_text=gettext_lazy(
            "Each batch can have another one. “Other payment methods” pay a batch at once."
        ),
    )
    shipping = forms.ChoiceField(
        label=gettext_lazy("Shipping"),
        choices=[
            (BY_PROMISE, gettext_lazy("ePacket; faster where the promised day is near or past")),
            (EPACKET, gettext_lazy("ePacket for all")),
            (FASTER, gettext_lazy("Faster than ePacket for all")),
        ],
    )
    gift = forms.CharField(
        label=gettext_lazy("Gift to add"),
        required=False,
        max_length=100,
        validators=[check_one_line],
        help_text=gettext_lazy(
            "Optional, such as “phone ring”. It is noted on every order; change it there."
        ),
    )
    duty_per_item = _amount(
        gettext_lazy("EU duty per product line"),
        gettext_lazy("For parcels to the EU. Blank: none is counted."),
    )
    duty_currency = forms.CharField(label=gettext_lazy("Currency of the duty"), max_length=3, required=False)
    duty_since = forms.DateField(
        label=gettext_lazy("Duty in force since"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    duty_up_to = _amount(
        gettext_lazy("For goods worth up to"),
        gettext_lazy("Customs charge dearer parcels in their own way, which is not counted here."),
    )

    def clean_currency(self) -> str:
        return clean_currency(self.cleaned_data["currency"])

    def clean_duty_currency(self) -> str:
        return clean_currency(self.cleaned_data["duty_currency"])

    def clean_starts_on(self) -> date:
        day: date = self.cleaned_data["starts_on"]
        today = timezone.localdate()
        if day < today:
            raise forms.ValidationError(_("This day is past."))
        if (day - today).days > 366:
            raise forms.ValidationError(_("This day is more than a year away."))
        return day

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if data.get("duty_per_item"):
            for name in ("duty_currency", "duty_since"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("Needed for the duty."))
        return data

    def options(self) -> PlanOptions:
        data = self.cleaned_data
        duty = None
        if data["duty_per_item"]:
            duty = Duty(
                per_item=data["duty_per_item"],
                currency=data["duty_currency"],
                since=data["duty_since"],
                up_to=data["duty_up_to"] or Decimal(0),
            )
        return PlanOptions(
            limits=Limits(
                currency=data["currency"],
                per_batch=data["per_batch"],
                orders_per_day=data["orders_per_day"],
                per_day=data["per_day"],
            ),
            route=data["route"],
            starts_on=data["starts_on"],
            shipping=data["shipping"],
            gift=data["gift"].strip(),
            duty=duty,
        )


def first_values(team: Team, last: ReorderPlan | None, currency: str) -> dict[str, Any]:
    """What the form begins with: the last plan's limits and duty, else the EU's duty as it is known here."""
    today = timezone.localdate()
    if last is None:
        return {
            "currency": currency or team.currency,
            "starts_on": today,
            "route": SupplierOrder.PaidWith.POCKET,
            "duty_per_item": EU_DUTY.per_item,
            "duty_currency": EU_DUTY.currency,
            "duty_since": EU_DUTY.since,
            "duty_up_to": EU_DUTY.up_to,
        }
    names = ("currency", "per_batch", "orders_per_day", "per_day")
    duty = ("duty_per_item", "duty_currency", "duty_since", "duty_up_to")
    values = {name: getattr(last, name) for name in (*names, *duty)}
    plain = {
        name: value.normalize() if isinstance(value, Decimal) else value for name, value in values.items()
    }
    written = {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in plain.items()}
    return {"starts_on": today, "route": SupplierOrder.PaidWith.POCKET, **written}


class RouteForm(forms.Form):
    route = forms.ChoiceField(choices=SupplierOrder.PaidWith.choices)


class LineForm(forms.Form):
    shipping = forms.ChoiceField(choices=ReorderLine.Shipping.choices)
    gift = forms.CharField(required=False, max_length=100, validators=[check_one_line])
    items = forms.IntegerField(min_value=1, max_value=1000)


class NumberForm(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("Number of the new AliExpress order"),
        max_length=200,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false", "autofocus": True}
        ),
        error_messages={
            "required": gettext_lazy("Enter the number of the new AliExpress order: 15 to 17 digits.")
        },
    )

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team

    def clean_number(self) -> str:
        pasted = read_paste(self.team, self.cleaned_data["number"])
        if len(pasted.numbers) != 1:
            raise forms.ValidationError(_("Enter the number of the new AliExpress order: 15 to 17 digits."))
        return pasted.numbers[0]
