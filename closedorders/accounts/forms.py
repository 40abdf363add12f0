from __future__ import annotations

import zoneinfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from closedorders.core.money import is_currency

from .models import Team


def time_zone_choices() -> list[tuple[str, str]]:
    names = sorted(
        name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/")
    )
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


class TeamForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices)
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=lambda: [("", _("As each person's browser asks")), *settings.LANGUAGES],
    )

    class Meta:
        model = Team
        fields = ["name", "time_zone", "language", "currency", "storm_closures", "storm_hours"]

    def clean_currency(self) -> str:
        code: str = self.cleaned_data["currency"].strip().upper()
        if not is_currency(code):
            raise ValidationError(
                _("%(code)s is not a currency code. Write it like EUR or USD."), params={"code": code}
            )
        return code


class TeamNameForm(forms.Form):
    name = forms.CharField(label=_("Name of the business"), max_length=100)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices, initial="Europe/Madrid")
