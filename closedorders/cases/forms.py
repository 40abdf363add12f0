from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .models import Contact, Decision, Slot

SNOOZE_HOURS = [("2", _("in 2 hours")), ("6", _("in 6 hours")), ("24", _("tomorrow"))]


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    class Meta:
        model = Contact
        fields = ["purpose", "channel", "agent", "summary", "promise", "follow_up_at"]
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 4, "maxlength": 5000}),
            "follow_up_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        }
        help_texts = {
            "purpose": _("A thank-you is needed to close the case."),
            "follow_up_at": _("In the team's time zone. Blank: no reminder."),
        }

    def clean_follow_up_at(self) -> datetime | None:
        moment: datetime | None = self.cleaned_data["follow_up_at"]
        if moment is not None and moment <= timezone.now():
            raise forms.ValidationError(gettext("Choose a time that is still to come."))
        return moment


class MoveForm(forms.Form):
    """The note of a move. Its label and whether it must be filled come from the table of moves."""

    note = forms.CharField(max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, label: str, needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].label = label
        self.fields["note"].required = needed


class SlotForm(forms.Form):
    state = forms.ChoiceField(
        label=_("State"),
        # "Ready" says enough here: the hand that ticks is the reader's own.
        choices=[
            (Slot.State.MISSING.value, Slot.State.MISSING.label),
            (Slot.State.READY.value, _("Ready")),
            (Slot.State.NOT_NEEDED.value, Slot.State.NOT_NEEDED.label),
        ],
    )


class NewSlotForm(forms.Form):
    label = forms.CharField(
        label=_("Another document"),
        max_length=100,
        help_text=_("If AliExpress asks for more, for example the bank statement of the card."),
    )


class DecisionForm(forms.Form):
    seen = forms.ChoiceField(choices=Slot.State.choices)
    verdict = forms.ChoiceField(label=_("Verdict"), choices=Decision.Verdict.choices)
    reason = forms.ChoiceField(
        label=_("Why"), choices=[("", _("Choose a reason")), *Decision.Reason.choices], required=False
    )
    note = forms.CharField(label=_("Note for the team"), max_length=2000, required=False)


class SnoozeForm(forms.Form):
    hours = forms.TypedChoiceField(label=_("Follow up on"), choices=SNOOZE_HOURS, coerce=int)


class CleanupForm(forms.Form):
    done = forms.TypedChoiceField(choices=[("1", "1"), ("0", "0")], coerce=lambda value: value == "1")


class AlipayForm(forms.Form):
    verified_on = forms.DateField(
        label=_("Verified on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean_verified_on(self) -> date:
        day: date = self.cleaned_data["verified_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(gettext("The day of the verification cannot be in the future."))
        return day
