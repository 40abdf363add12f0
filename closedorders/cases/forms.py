from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from closedorders.documents.models import Document

from . import moves
from .models import Case, Contact, Decision, Slot
from .moves import Move

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
            "summary": _("A number that looks like a card's is stored with its last four digits only."),
            "follow_up_at": _("In the team's time zone. Blank: no reminder."),
        }

    def clean_follow_up_at(self) -> datetime | None:
        moment: datetime | None = self.cleaned_data["follow_up_at"]
        if moment is not None and moment <= timezone.now():
            raise forms.ValidationError(gettext("Choose a time that is still to come."))
        return moment


class AskedForForm(forms.Form):
    """What AliExpress wants to see anew: kinds of documents."""

    asked_for = forms.MultipleChoiceField(
        label=_("Documents that AliExpress asks for"),
        choices=[choice for choice in Document.Kind.choices if choice[0] != Document.Kind.OTHER],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class MoveForm(AskedForForm):
    """The note of a move. Its label and whether it must be filled come from the table of moves."""

    note = forms.CharField(
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A number that looks like a card's is stored with its last four digits only."),
    )

    def __init__(self, move: Move | None, *args: Any, **kwargs: Any) -> None:
        # Several stand on one page.
        kwargs["auto_id"] = f"{move.name if move else 'move'}_%s"
        super().__init__(*args, **kwargs)
        needed = bool(move and move.note_label)
        self.fields["note"].label = (
            gettext(move.note_label) if move and needed else gettext("Note (optional)")
        )
        self.fields["note"].required = needed
        if move is None or move.name != moves.FURTHER_REQUEST:
            del self.fields["asked_for"]


class OutcomeForm(AskedForForm):
    """What came of a logged contact: the move that it makes."""

    move = forms.CharField(max_length=30)


class StepBackForm(forms.Form):
    why = forms.CharField(label=_("Why"), max_length=300)


class VerificationForm(forms.Form):
    verification = forms.ChoiceField(
        label=_("What does AliExpress verify?"),
        choices=Case.Verification.choices,
        widget=forms.RadioSelect,
    )


class AnswerDueForm(forms.Form):
    answer_due = forms.DateField(
        label=_("Last day to answer"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("AliExpress gives three business days from the day it asked."),
    )


class ChatForm(forms.Form):
    going_on = forms.TypedChoiceField(choices=[("1", "1"), ("0", "0")], coerce=lambda value: value == "1")


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
