from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from closedorders.core.stale import SeenForm


class ReportForm(SeenForm):
    """What no record says of an incident: typed by the merchant."""

    customers_asked = forms.IntegerField(
        label=_("Customers who had to ask"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_(
            "Who wrote or called before you told them. Count them in your inbox; blank: not recorded."
        ),
    )
    lessons = forms.CharField(
        label=_("What we change"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("So that it does not happen again: two or three lines."),
    )
