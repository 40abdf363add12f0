from __future__ import annotations

from datetime import date

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from closedorders.core.stale import SeenForm
from closedorders.orders.forms import clean_currency


def _day(**options: object) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, **options)  # type: ignore[arg-type]  # options of the field


class DayForm(forms.Form):
    """The day that ticked rows get."""

    day = _day(label=_("Date"))

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise forms.ValidationError(gettext("This day is still to come. Enter it when it has happened."))
        return day


class SupplierRefundForm(SeenForm):
    expected = forms.DecimalField(
        label=_("Expected back"), max_digits=14, decimal_places=3, min_value=0, required=False
    )
    currency = forms.CharField(
        label=_("Currency"), max_length=3, required=False, help_text=_("As a code: USD, EUR.")
    )
    announced_on = _day(
        label=_("Announced on"),
        required=False,
        help_text=_("The day AliExpress said that it gives the money back. The window is counted from it."),
    )
    received = forms.DecimalField(
        label=_("Received"),
        max_digits=14,
        decimal_places=3,
        min_value=0,
        required=False,
        help_text=_("Blank with a day: as much as was expected."),
    )
    received_on = _day(
        label=_("Received on"), required=False, help_text=_("The day on the card's or account's statement.")
    )

    def clean_currency(self) -> str:
        return clean_currency(self.cleaned_data["currency"])


class WindowForm(forms.Form):
    first_day = forms.IntegerField(label=_("Earliest, in business days"), min_value=0, max_value=90)
    last_day = forms.IntegerField(label=_("Latest, in business days"), min_value=1, max_value=90)
