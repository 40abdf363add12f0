from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.core.stale import SeenForm
from closedorders.core.text.formatting import count
from closedorders.orders.models import BuyerAccount, SupplierOrder

from .actions.log import CLOCK_SKEW
from .actions.log_jobs import MOST_IN_JOB
from .actions.outcomes import MONEY_OUTCOMES
from .models import Closure, ClosureReason
from .pasting import Pasted, read_numbers
from .playbooks import PLAYBOOK_WORDS

NOT_SURE = "not_sure"
# AliExpress opened in 2010: an earlier time is a slip of the keyboard.
EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)


def reason_choices(team: Team) -> list[tuple[str, str]]:
    """Every reason the team may choose, by code, and "not sure yet" last."""
    reasons = ClosureReason.objects.for_team(team)
    return [*((reason.code, reason.name) for reason in reasons), (NOT_SURE, str(_("Not sure yet")))]


def chosen_reason(team: Team, code: str) -> ClosureReason | None:
    """The reason of a code from `reason_choices`; None for "not sure yet"."""
    return None if code == NOT_SURE else ClosureReason.objects.for_team(team).get(code=code)


def read_paste(team: Team, text: str) -> Pasted:
    """The order numbers in what somebody pasted.

    One of unusual length counts where the team has such an order: an import brings 8 to 20 digits, and what it
    brought can be logged. At most one query.
    """
    pasted = read_numbers(text)
    if not pasted.unusual:
        return pasted
    orders = SupplierOrder.objects.for_team(team).filter(number__any_of=set(pasted.unusual))
    return read_numbers(text, known=frozenset(orders.values_list("number", flat=True)))


def _unknown_length(number: str) -> forms.ValidationError:
    return forms.ValidationError(
        _(
            "%(number)s is no order of your team, and AliExpress order numbers mostly have 15 to 17 digits. Check the "
            "number, or import the order first. Nothing was saved."
        ),
        params={"number": number},
    )


class ReasonForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Reason"),
        error_messages={"required": _("Choose a reason. “Not sure yet” is one of them.")},
    )

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        field = cast(forms.ChoiceField, self.fields["reason"])
        field.choices = reason_choices(team)

    def chosen(self) -> ClosureReason | None:
        return chosen_reason(self.team, self.cleaned_data["reason"])


class ClosureReasonForm(ReasonForm):
    """The reason of one closure, and what AliExpress wrote."""

    words = forms.CharField(
        label=_("AliExpress's exact words"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Copied from the order page or the chat. The same words often mean the same cause."),
    )
    origin = forms.ChoiceField(
        label=_("Closed by"), required=False, choices=[("", _("Not known")), *Closure.Origin.choices]
    )

    def __init__(self, *args: Any, team: Team, current: ClosureReason | None, **kwargs: Any) -> None:
        super().__init__(*args, team=team, **kwargs)
        self.current = current
        field = cast(forms.ChoiceField, self.fields["reason"])
        if current and current.retired_at:
            # A reason that was retired meanwhile stays with the closures that have it.
            field.choices = [(current.code, current.name), *reason_choices(team)]

    def chosen(self) -> ClosureReason | None:
        if self.current and self.cleaned_data["reason"] == self.current.code:
            return self.current
        return super().chosen()


class BulkReasonForm(ReasonForm):
    """One reason for the ticked closures, or for all that the list's filters match."""

    scope = forms.ChoiceField(choices=[("ticked", ""), ("matching", "")])
    # The newest closure the person has seen: those logged since are not changed unseen.
    newest = forms.IntegerField(min_value=0)


class QuickLogForm(ReasonForm):
    """Forty numbers or ten thousand, one reason, one account, one time."""

    numbers = forms.CharField(
        label=_("AliExpress order numbers"),
        max_length=1_000_000,
        widget=forms.Textarea(
            attrs={
                "class": "paste",
                "rows": 8,
                "autofocus": True,
                "spellcheck": "false",
                "autocapitalize": "off",
                "autocomplete": "off",
            }
        ),
        help_text=_(
            "Paste them as they come, up to 10,000: a column, numbers with commas or in groups of four, "
            "or the whole text of the AliExpress page."
        ),
        error_messages={"required": _("Paste at least one AliExpress order number.")},
    )
    account = forms.ModelChoiceField(
        label=_("Buyer account"),
        queryset=BuyerAccount.objects.none(),
        empty_label=None,
        help_text=_("The AliExpress account that placed these orders."),
        error_messages={"required": _("Choose the AliExpress account that placed these orders.")},
    )
    new_account = forms.CharField(
        label=_("Buyer account"),
        max_length=60,
        help_text=_("A name of your own for the AliExpress account, such as “Main”; never its password."),
        error_messages={"required": _("Give the AliExpress account a name.")},
    )
    closed_at = forms.DateTimeField(
        label=_("Closed at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    words = forms.CharField(
        label=_("AliExpress's exact words"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "Optional. Copied from the order page or the chat, with error codes such as CSC_7200011."
        ),
    )
    origin = forms.ChoiceField(
        label=_("Closed by"),
        required=False,
        choices=[("", _("Guess it from the words")), *Closure.Origin.choices],
        help_text=_("Who or what closed the orders. Where the words do not say, it stays open."),
    )
    field_order = ["numbers", "reason", "account", "new_account", "closed_at", "words", "origin"]

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, team=team, **kwargs)
        self.fields["reason"].widget = forms.RadioSelect(choices=reason_choices(team))
        self.fields["closed_at"].help_text = _("In your team's time zone, %(zone)s. Blank means now.") % {
            "zone": team.time_zone.replace("_", " ")
        }
        self.fields["closed_at"].initial = timezone.localtime
        accounts = BuyerAccount.objects.filter(team=team)
        first = accounts.first()
        if first is None:
            del self.fields["account"]
        else:
            self._offer_another_account()
            field = cast("forms.ModelChoiceField[BuyerAccount]", self.fields["account"])
            field.queryset = accounts
            # On a bad day the next paste is most often of the account that is in trouble already.
            field.initial = (
                accounts.filter(incidents__ended_at=None, incidents__isnull=False).first() or first
            ).pk
        self.pasted: Pasted | None = None

    def _offer_another_account(self) -> None:
        another = self.fields["new_account"]
        another.required = False
        another.label = _("Or another buyer account")
        another.help_text = _(
            "Not in the list yet? Give it a name here: the orders are logged for it, whatever is chosen in the list."
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("new_account") and "account" in self.fields:
            # What was typed is newer than what the list had chosen by itself.
            self.errors.pop("account", None)
            cleaned["account"] = None
        return cleaned

    def clean_numbers(self) -> tuple[str, ...]:
        self.pasted = pasted = read_paste(self.team, self.cleaned_data["numbers"])
        if pasted.shortened:
            raise forms.ValidationError(
                _(
                    "%(number)s is a number that a spreadsheet has shortened: its last digits are lost. Set the "
                    "column to text in the spreadsheet, or copy the numbers from AliExpress. Nothing was saved."
                ),
                params={"number": pasted.shortened[0]},
            )
        if pasted.rounded:
            raise forms.ValidationError(
                _(
                    "All these numbers end in 0: a spreadsheet has rounded them. Set the column to text in the "
                    "spreadsheet, or copy the numbers from AliExpress. Nothing was saved."
                )
            )
        if not pasted.numbers and pasted.unusual:
            raise _unknown_length(pasted.unusual[0])
        if not pasted.numbers:
            raise forms.ValidationError(
                _("There is no AliExpress order number in this text. They have 15 to 17 digits.")
            )
        if len(pasted.numbers) > MOST_IN_JOB:
            raise forms.ValidationError(
                _("These are %(count)s numbers. Log at most %(most)s at a time."),
                params={"count": count(len(pasted.numbers)), "most": count(MOST_IN_JOB)},
            )
        return pasted.numbers

    def clean_closed_at(self) -> datetime | None:
        closed_at: datetime | None = self.cleaned_data["closed_at"]
        if closed_at is None:
            return None
        if closed_at > timezone.now() + CLOCK_SKEW:
            raise forms.ValidationError(
                _("This time is in the future. When did AliExpress close the orders?")
            )
        if closed_at < EARLIEST:
            raise forms.ValidationError(_("This time is before AliExpress existed. Check the year."))
        return closed_at


class OutcomeForm(forms.Form):
    """How a closure was made good. Assistants are not offered what is about money."""

    outcome = forms.ChoiceField(label=_("Outcome"), widget=forms.RadioSelect)
    replacement = forms.CharField(
        label=_("Number of the new AliExpress order"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Only for a reordered one."),
    )
    payment_method = forms.ChoiceField(
        label=_("How the new order was paid"),
        required=False,
        choices=[("", _("Not said")), *SupplierOrder.PaidWith.choices],
        help_text=_("Only for a reordered one. What got through this time is worth knowing the next time."),
    )

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = by.team
        field = cast(forms.ChoiceField, self.fields["outcome"])
        hidden = {Closure.Outcome.REOPENED} | (MONEY_OUTCOMES if by.is_assistant else set())
        field.choices = [(o.value, o.label) for o in Closure.Outcome if o not in hidden]

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        typed = data.get("replacement", "")
        if data.get("outcome") == Closure.Outcome.REPLACED:
            pasted = read_paste(self.team, typed)
            if len(pasted.numbers) == 1:
                data["replacement"] = pasted.numbers[0]
            elif pasted.unusual and not pasted.numbers:
                self.add_error("replacement", _unknown_length(pasted.unusual[0]))
            else:
                self.add_error(
                    "replacement", _("Enter the number of the new AliExpress order: 15 to 17 digits.")
                )
        else:
            data["replacement"] = data["payment_method"] = ""
        return data


class OwnReasonForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)


class PlaybookForm(SeenForm):
    what_happened = forms.CharField(label=_("What happened"))
    do_now = forms.CharField(
        label=_("Do now"),
        help_text=_("One step a line: they can be ticked on an incident."),
    )
    who_to_tell = forms.CharField(label=_("Who to tell"))
    payment_route = forms.CharField(label=_("How to pay next time"))
    prevention = forms.CharField(label=_("Prevention"))
    source = forms.CharField(label=_("Source"), max_length=300)
    verified_on = forms.DateField(
        label=_("Last checked on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The day somebody last compared these words with what AliExpress does."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in PLAYBOOK_WORDS:
            self.fields[name].required = False
            if name != "source":
                self.fields[name].widget = forms.Textarea(attrs={"rows": 3, "maxlength": 4000})

    def clean_verified_on(self) -> Any:
        day = self.cleaned_data["verified_on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("This day is still to come."))
        return day
