from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .models import Confirmation
from .rules import TICK_DAYS


class ConfirmationForm(forms.Form):
    """A hand tick. One form per check stands on the page, so ids carry the check's code."""

    answer = forms.ChoiceField(
        label=_("Is this so?"),
        choices=Confirmation.Answer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose “Fine” or “Not fine”.")},
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)
    valid_until = forms.DateField(
        label=_("Valid until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, check_code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = f"{check_code}-%s"
        self.days = TICK_DAYS[check_code]
        self.today = timezone.localdate()
        field = self.fields["valid_until"]
        field.initial = self.today + timedelta(days=self.days)
        field.widget.attrs |= {"min": self.today.isoformat(), "max": field.initial.isoformat()}
        field.help_text = ngettext("%(days)s day at most.", "%(days)s days at most.", self.days) % {
            "days": self.days
        }

    def clean_valid_until(self) -> Any:
        day = self.cleaned_data["valid_until"]
        if not self.today <= day <= self.today + timedelta(days=self.days):
            raise forms.ValidationError(
                _("Choose a day from today on, %(days)s days ahead at most."), params={"days": self.days}
            )
        return day
