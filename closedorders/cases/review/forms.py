from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import Decision, Slot
from .entries import Asks, card_answer, paper_answer

_MONTH = re.compile(r"(0?[1-9]|1[0-2])\s*[/.\- ]\s*(?:20)?(\d\d)", re.ASCII)


class CardEntryForm(forms.Form):
    last_four = forms.CharField(
        label=_("Last four digits"),
        widget=forms.TextInput(
            attrs={"maxlength": 4, "inputmode": "numeric", "autocomplete": "off", "size": 4}
        ),
        help_text=_("Never more of the number."),
    )
    expiry = forms.CharField(
        label=_("Expiry date"),
        max_length=10,
        widget=forms.TextInput(attrs={"placeholder": "09/28", "autocomplete": "off", "size": 7}),
        help_text=_("Month and year, as on the card."),
    )

    def clean_last_four(self) -> str:
        typed: str = self.cleaned_data["last_four"]
        if not re.fullmatch(r"\d{4}", typed, re.ASCII):
            raise forms.ValidationError(
                gettext("Type the last four digits and no others: nothing else of the number is taken.")
            )
        return typed

    def clean_expiry(self) -> date:
        found = _MONTH.fullmatch(self.cleaned_data["expiry"])
        if found is None:
            raise forms.ValidationError(gettext("Type the expiry as month and year: 09/28."))
        return date(2000 + int(found[2]), int(found[1]), 1)

    def answer(self) -> str:
        return card_answer(self.cleaned_data["last_four"], self.cleaned_data["expiry"])


class PaperEntryForm(forms.Form):
    name = forms.CharField(
        label=_("Name on it"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "All names that stand there. Capitals, accents, hyphens and the order of the names do not matter."
        ),
    )
    expires_on = forms.DateField(
        label=_("Expiry date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Blank where it has none."),
    )

    def answer(self) -> str:
        return paper_answer(self.cleaned_data["name"], self.cleaned_data["expires_on"])


EntryForm = CardEntryForm | PaperEntryForm
_FORMS: dict[Asks, type[CardEntryForm] | type[PaperEntryForm]] = {
    Asks.CARD: CardEntryForm,
    Asks.PAPER: PaperEntryForm,
}


def entry_form(asks: Asks, *args: Any, **kwargs: Any) -> EntryForm | None:
    """The form of what is typed from such a document; None where nothing is."""
    return _FORMS[asks](*args, **kwargs) if asks in _FORMS else None


class ReasonForm(forms.Form):
    """Why the reviewer asks again for one document."""

    reason = forms.ChoiceField(label=_("Why"), choices=Decision.Reason.choices, widget=forms.RadioSelect)
    note = forms.CharField(label=_("Note for the team"), max_length=2000, required=False)


class AskAgainForm(forms.Form):
    """One document in a request for several."""

    again = forms.BooleanField(label=_("Ask again"), required=False)
    reason = forms.ChoiceField(
        label=_("Why"), choices=[("", _("Choose a reason")), *Decision.Reason.choices], required=False
    )
    note = forms.CharField(label=_("Note for the team"), max_length=2000, required=False)
    seen = forms.ChoiceField(choices=Slot.State.choices, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("again") and not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", gettext("Choose why you ask again."))
        return data


class RequestForm(forms.Form):
    note = forms.CharField(
        label=_("Something about all of them (optional)"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
