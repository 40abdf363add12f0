from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK
from closedorders.closures.builtin_reasons import BUILTIN
from closedorders.orderfiles.cells import BadValue, parse_country
from closedorders.orders.forms import clean_currency
from closedorders.orders.models import BuyerAccount

from .models import (
    AccountEvent,
    Confirmation,
    Dismissal,
    Funds,
    KnownEvent,
    Notice,
    OfficeNetwork,
    PocketEntry,
    Snooze,
    Trip,
    Way,
)
from .rules import RULES, TICK_DAYS
from .tuning import MONTHS, TUNABLE


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


class DismissalForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    """One form per cause stands on the page, so ids carry its code."""

    class Meta:
        model = Dismissal
        fields = ["reason", "until"]
        widgets = {"until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, check_code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.check_code = check_code
        self.auto_id = f"dismiss-{check_code}-%s"


class NoticeForm(forms.Form):
    """The day on which a message of one kind was sent. One form a kind stands on the page."""

    kind = forms.ChoiceField(choices=Notice.Kind.choices, widget=forms.HiddenInput)
    sent_on = forms.DateField(
        label=_("Sent on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = f"{kind}-%s"
        self.fields["kind"].initial = kind
        self.fields["sent_on"].initial = timezone.localdate


class ThresholdForm(forms.Form):
    """A threshold to try, and over which months. By GET it is tried, by POST it is saved."""

    value = forms.IntegerField(label=_("Threshold"))
    months = forms.ChoiceField(label=_("Look back"), required=False)

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = TUNABLE[name]
        value, months = self.fields["value"], self.fields["months"]
        assert isinstance(value, forms.IntegerField) and isinstance(months, forms.ChoiceField)  # noqa: S101, PT018
        value.min_value, value.max_value = offered.lowest, offered.highest
        value.validators += [MinValueValidator(offered.lowest), MaxValueValidator(offered.highest)]
        slider = {"min": offered.lowest, "max": offered.highest, "step": offered.step}
        value.widget = forms.NumberInput(attrs={"type": "range", "data-slider": "", **slider})
        months.choices = [
            (each, ngettext("%(count)s month", "%(count)s months", each) % {"count": each}) for each in MONTHS
        ]

    def clean_months(self) -> int:
        return int(self.cleaned_data["months"] or MONTHS[-1])


def _day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TripForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    class Meta:
        model = Trip
        fields = ["who", "starts_on", "ends_on", "country", "stands_in"]
        widgets = {"starts_on": _day_input(), "ends_on": _day_input()}

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "trip-%s"
        members = Membership.objects.live().filter(team=team, role__in=DESK).select_related("user")
        for name in ("who", "stands_in"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
            field.queryset = members

    def clean_country(self) -> str:
        try:
            return parse_country(self.cleaned_data["country"])
        except BadValue:
            raise forms.ValidationError(gettext("Not a country code. Write it like ES.")) from None


class AccountEventForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    class Meta:
        model = AccountEvent
        fields = ["buyer_account", "kind", "happened_on"]
        widgets = {"happened_on": _day_input()}

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "event-%s"
        field = self.fields["buyer_account"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = BuyerAccount.objects.for_team(team)
        self.fields["happened_on"].initial = timezone.localdate


class PocketEntryForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    """Pocket credit that was bought, or used. Two of them stand on the page."""

    class Meta:
        model = PocketEntry
        fields = ["buyer_account", "amount", "currency", "happened_on", "expires_on"]
        widgets = {"happened_on": _day_input(), "expires_on": _day_input()}
        help_texts = {
            "currency": _("As a code: USD, EUR."),
            "expires_on": _("Blank: three years after it was bought."),
        }

    def __init__(self, *args: Any, team: Team, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = f"{kind}-%s"
        field = self.fields["buyer_account"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = BuyerAccount.objects.for_team(team)
        self.fields["currency"].required = True
        self.fields["currency"].initial = "USD"
        self.fields["happened_on"].initial = timezone.localdate
        amount = self.fields["amount"]
        amount.validators.append(MinValueValidator(Decimal("0.01")))
        if kind == PocketEntry.Kind.USE:
            del self.fields["expires_on"]

    def clean_currency(self) -> str:
        return clean_currency(self.cleaned_data["currency"])


class PocketCalculatorForm(forms.Form):
    """By GET: nothing of it is saved."""

    average = forms.DecimalField(
        label=_("Spent on an average day"), max_digits=12, decimal_places=2, min_value=0
    )
    peak = forms.DecimalField(
        label=_("Spent on the busiest day"), max_digits=12, decimal_places=2, min_value=0, required=False
    )
    held = forms.DecimalField(
        label=_("Credit you have"), max_digits=12, decimal_places=2, min_value=0, required=False
    )
    currency = forms.CharField(label=_("Currency"), max_length=3, initial="USD")

    def clean_currency(self) -> str:
        return clean_currency(self.cleaned_data["currency"])


class ApologyCalculatorForm(forms.Form):
    """By GET: nothing of it is saved."""

    customers = forms.IntegerField(label=_("Customers to write to"), min_value=1, max_value=1_000_000)
    order_value = forms.DecimalField(label=_("Average order"), max_digits=12, decimal_places=2, min_value=0)
    margin = forms.IntegerField(
        label=_("Your margin, %"),
        min_value=0,
        max_value=100,
        help_text=_("What is left of an order's price after the product, shipping and fees."),
    )
    code = forms.IntegerField(label=_("Discount code, %"), min_value=0, max_value=100, initial=10)
    redeemed = forms.IntegerField(
        label=_("Codes that will be used, %"), min_value=0, max_value=100, initial=20
    )
    refund = forms.IntegerField(label=_("Refund, %"), min_value=0, max_value=100, initial=10)
    gift = forms.DecimalField(
        label=_("Gift, cost of one"), max_digits=12, decimal_places=2, min_value=0, required=False
    )
    shipping = forms.DecimalField(
        label=_("Faster shipping, extra cost of one order"),
        max_digits=12,
        decimal_places=2,
        min_value=0,
        required=False,
    )
    currency = forms.CharField(label=_("Currency"), max_length=3, initial="EUR")

    def clean_currency(self) -> str:
        return clean_currency(self.cleaned_data["currency"])


class AlertWaysForm(forms.Form):
    """The ways of each level's alerts."""

    act = forms.MultipleChoiceField(label=_("When a cause calls for an act"), required=False)
    watch = forms.MultipleChoiceField(label=_("When a cause is to be watched"), required=False)
    unknown = forms.MultipleChoiceField(label=_("When a cause is not known any more"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101
            field.widget = forms.CheckboxSelectMultiple()
            field.choices = Way.choices


class WebhookForm(forms.Form):
    """The stored address is never shown: it is a secret."""

    url = forms.CharField(
        label=_("Webhook address"),
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "https://"}),
        help_text=_(
            "From Slack, Mattermost or another chat that takes Slack's webhooks. It is stored encrypted."
        ),
    )


def _offer_accounts(form: forms.BaseForm, team: Team, *, name: str = "buyer_account") -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
    field.queryset = BuyerAccount.objects.for_team(team)


class FundsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    class Meta:
        model = Funds
        fields = [
            "buyer_account", "method", "available", "limit_a_day", "payments_a_day", "currency", "stated_on",
        ]  # fmt: skip
        widgets = {"stated_on": _day_input()}
        help_texts = {
            "currency": _("As a code: USD, EUR."),
            "limit_a_day": _("What the bank lets you spend in a day. Blank: not known."),
            "payments_a_day": _("How many payments the bank takes in a day. Blank: not known."),
        }

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_accounts(self, team)
        self.fields["currency"].required = True
        self.fields["currency"].initial = "USD"
        self.fields["stated_on"].initial = timezone.localdate
        for name in ("available", "limit_a_day"):
            self.fields[name].validators.append(MinValueValidator(Decimal(0)))
        self.fields["payments_a_day"].validators.append(MinValueValidator(1))

    def clean_currency(self) -> str:
        return clean_currency(self.cleaned_data["currency"])


class OfficeForm(forms.Form):
    address = forms.CharField(
        label=_("Address or network"),
        max_length=50,
        help_text=_("As shown in the list, or an address like 203.0.113.7."),
    )
    label = OfficeNetwork._meta.get_field("label").formfield()


class SnoozeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    check_code = forms.ChoiceField(label=_("Cause"))

    class Meta:
        model = Snooze
        fields = ["buyer_account", "check_code", "until"]
        labels = {"buyer_account": _("AliExpress account")}
        widgets = {"until": _day_input()}

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "snooze-%s"
        _offer_accounts(self, team)
        code = self.fields["check_code"]
        assert isinstance(code, forms.ChoiceField)  # noqa: S101
        # Of the others nothing is said by account.
        code.choices = [
            (each, BUILTIN[each].name) for each in RULES if each in ("fraud_review", "card_check")
        ]


class AwayForm(forms.Form):
    until = forms.DateField(label=_("Back after"), widget=_day_input())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "away-%s"


class KnownEventForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    class Meta:
        model = KnownEvent
        fields = ["why", "starts_on", "ends_on", "buyer_account"]
        widgets = {"starts_on": _day_input(), "ends_on": _day_input()}

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "event-%s"
        _offer_accounts(self, team)
