from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import SendingRules


class SendingRulesForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    """When the mails of a store's campaigns may leave."""

    class Meta:
        model = SendingRules
        fields = ["opens_at", "closes_at", "hourly_cap", "daily_cap"]
        widgets = {
            "opens_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "closes_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        help_texts = {
            "opens_at": gettext_lazy("For example 09:00. Blank: mails leave at any time."),
            "closes_at": gettext_lazy(
                "For example 20:00. The hours are those of the country to which the customer's order goes."
            ),
            "hourly_cap": gettext_lazy(
                "Your mail service says how many it takes. An hour begins with its first mail. Blank: no limit."
            ),
            "daily_cap": gettext_lazy("24 hours from the first mail of the day. Blank: no limit."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("hourly_cap", "daily_cap"):
            self.fields[name].validators.append(MinValueValidator(1))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if not self.errors and (
            (opens is None) != (closes is None) or (opens and closes and opens >= closes)
        ):
            self.add_error("closes_at", _("Write both hours, the earlier one first, or neither."))
        return cleaned
