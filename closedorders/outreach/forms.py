from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from closedorders.core.mail.address_checks import is_wire_safe, why_blocked
from closedorders.core.money import quantize
from closedorders.core.stale import SeenForm
from closedorders.orders.forms import check_one_line
from closedorders.orders.models import Store

from .models import ApprovalRule, Campaign, DirectContact, Kind, Suppression
from .texts.placeholders import Problem, ProblemKind, check

SUBJECT_LENGTH = 200
BODY_LENGTH = 10_000
REASON_LENGTH = 300
#: How far the slider beside a number goes; the number itself may be higher.
_SLIDERS = {"code_percent": 50, "refund_percent": 50, "store_credit": 50, "upgrade_cost": 20}


class SenderForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    """Who a store's mails come from, asked for on a draft that lacks it."""

    class Meta:
        model = Store
        fields = ["sender_name", "sender_email", "reply_to"]
        help_texts = {
            "sender_name": gettext_lazy("Customers see it as the sender, e.g. the name of your shop."),
            "sender_email": gettext_lazy("An address that your mail server may send from."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sender_name"].required = self.fields["sender_email"].required = True
        if not self.initial.get("sender_name"):
            self.initial["sender_name"] = self.instance.name

    def clean_sender_name(self) -> str:
        name: str = self.cleaned_data["sender_name"]
        check_one_line(name)
        return name

    def clean_sender_email(self) -> str:
        return self._wire_safe("sender_email")

    def clean_reply_to(self) -> str:
        return self._wire_safe("reply_to")

    def _wire_safe(self, name: str) -> str:
        address: str = self.cleaned_data[name]
        if address and not is_wire_safe(address):
            raise forms.ValidationError(_("No mail can be sent with this address."))
        return address


class OfferForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    """What a draft offers. A holding note offers nothing but a date."""

    class Meta:
        model = Campaign
        fields = [
            "code_percent",
            "code_expires_on",
            "refund_percent",
            "refund_base",
            "store_credit",
            "gift",
            "gift_cost",
            "shipping_upgrade",
            "upgrade_cost",
            "new_date",
        ]
        widgets = {
            "code_expires_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "new_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        help_texts = {
            "code_percent": gettext_lazy("0: no code."),
            "code_expires_on": gettext_lazy("Blank: good until it is used."),
            "refund_percent": gettext_lazy("0: no refund."),
            "refund_base": gettext_lazy("Percentage of this amount."),
            "store_credit": gettext_lazy("For each customer, to buy again with. 0: none."),
            "gift_cost": gettext_lazy("What one costs you."),
            "shipping_upgrade": gettext_lazy(
                "How the parcel goes, as customers know it, e.g. ePacket. Blank: as usual."
            ),
            "upgrade_cost": gettext_lazy("What it costs you more for each parcel."),
            "gift": gettext_lazy("What you put in the parcel, e.g. a keyring. Blank: none."),
            "new_date": gettext_lazy("Only if you know it."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.kind == Kind.HOLDING:
            self.fields = {"new_date": self.fields["new_date"]}
            return
        currency = self.instance.store.currency
        for name, most in _SLIDERS.items():
            self.fields[name].widget.attrs |= {"data-with-slider": most, "min": 0, "inputmode": "decimal"}
        for name in ("store_credit", "gift_cost", "upgrade_cost"):
            field = self.fields[name]
            field.required = False
            field.label = f"{capfirst(field.label)}, {currency}"
            self.initial[name] = quantize(self.initial.get(name) or Decimal(0), currency)

    def _percent(self, name: str) -> int:
        value: int = self.cleaned_data[name]
        if value > 100:
            raise forms.ValidationError(_("From 0 to 100."))
        return value

    def clean_code_percent(self) -> int:
        return self._percent("code_percent")

    def clean_refund_percent(self) -> int:
        return self._percent("refund_percent")

    def _amount(self, name: str) -> Decimal:
        """In the store's currency, with no more decimals than it has."""
        value: Decimal = self.cleaned_data[name] or Decimal(0)
        if value < 0:
            raise forms.ValidationError(_("Zero or more."))
        if value != quantize(value, self.instance.store.currency):
            raise forms.ValidationError(_("More decimals than the currency has."))
        return value

    def clean_store_credit(self) -> Decimal:
        return self._amount("store_credit")

    def clean_gift_cost(self) -> Decimal:
        return self._amount("gift_cost")

    def clean_upgrade_cost(self) -> Decimal:
        return self._amount("upgrade_cost")

    def clean_shipping_upgrade(self) -> str:
        name: str = self.cleaned_data["shipping_upgrade"]
        check_one_line(name)
        return name

    def _not_over(self, name: str) -> Any:
        day = self.cleaned_data[name]
        if day is not None and day < timezone.localdate():
            raise forms.ValidationError(_("This day is over."))
        return day

    def clean_code_expires_on(self) -> Any:
        return self._not_over("code_expires_on")

    def clean_new_date(self) -> Any:
        return self._not_over("new_date")


def problem_sentence(problem: Problem) -> str:
    """What is wrong with a placeholder, and what to write instead."""
    sentences = {
        ProblemKind.UNKNOWN: _("Line %(line)s: there is no placeholder %(found)s."),
        ProblemKind.UNBALANCED: _("Line %(line)s: a brace %(found)s without its partner."),
        ProblemKind.DOUBLE_BRACES: _("Line %(line)s: %(found)s has two braces, one is right."),
        ProblemKind.SQUARE_BRACKETS: _("Line %(line)s: %(found)s would be read as it stands; use braces."),
    }
    sentence = sentences[problem.kind] % {"line": problem.line, "found": problem.found}
    if problem.suggestion:
        meant = "{" + problem.suggestion + "}"
        sentence += " " + _("Did you mean %(placeholder)s?") % {"placeholder": meant}
    return sentence


class TemplateForm(SeenForm):
    """A subject and a text with placeholders."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=SUBJECT_LENGTH)
    body = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=BODY_LENGTH,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24}),
    )

    def _checked(self, name: str) -> str:
        text: str = self.cleaned_data[name].replace("\r\n", "\n").replace("\r", "\n")
        problems = check(text)
        if problems:
            raise forms.ValidationError([problem_sentence(problem) for problem in problems])
        return text

    def clean_subject(self) -> str:
        return self._checked("subject")

    def clean_body(self) -> str:
        return self._checked("body")


class TextForm(TemplateForm):
    """A campaign's words in one language, and what `{reason}` stands for in them."""

    reason = forms.CharField(
        label=gettext_lazy("What happened, for {reason}"),
        max_length=REASON_LENGTH,
        required=False,
        help_text=gettext_lazy("Part of a sentence, without a full stop. Say only what is true."),
    )
    field_order = ["subject", "reason", "body", "seen"]


class TestMailForm(forms.Form):
    address = forms.CharField(
        label=gettext_lazy("Send a test to"),
        max_length=254,
        help_text=gettext_lazy("An address of your own. It arrives marked TEST and counts nowhere."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    person = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"].strip()
        if why_blocked(address) is not None:
            raise forms.ValidationError(_("This address cannot be used in a mail."))
        return address


class CountForm(forms.Form):
    """The confirmation by count, and when the first mail leaves, where that is not in a minute."""

    count = forms.IntegerField(
        label=gettext_lazy("How many people is that?"),
        min_value=0,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    begins_at = forms.DateTimeField(
        label=gettext_lazy("Begin at"),
        required=False,
        help_text=gettext_lazy("In your team's time zone. Blank: in a minute."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_begins_at(self) -> datetime | None:
        begins: datetime | None = self.cleaned_data["begins_at"]
        if begins is not None and begins < timezone.now() - timedelta(minutes=5):
            raise forms.ValidationError(_("This moment is over."))
        return begins


class ApprovalRuleForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    """When a second merchant is wanted. All blank: never."""

    class Meta:
        model = ApprovalRule
        fields = ["people", "amount", "refund"]

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("amount", "refund"):
            self.fields[name].help_text = _("In %(currency)s, your home currency. Blank: never.") % {
                "currency": currency
            }
            self.fields[name].validators.append(MinValueValidator(0))
        self.fields["people"].help_text = _("Blank: never.")


class ContactForm(forms.Form):
    how = forms.ChoiceField(label=gettext_lazy("How"), choices=DirectContact.How.choices)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("What was said, or when they will call back."),
    )


class SuppressionForm(forms.Form):
    email = forms.CharField(label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput)
    cause = forms.ChoiceField(
        label=gettext_lazy("Why"),
        choices=[
            (Suppression.Cause.ASKED, Suppression.Cause.ASKED.label),
            (Suppression.Cause.BY_HAND, Suppression.Cause.BY_HAND.label),
        ],
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("What is not sent"),
        choices=Suppression.Scope.choices,
        initial=Suppression.Scope.EVERYTHING,
        required=False,
    )
    detail = forms.CharField(label=gettext_lazy("Note"), max_length=500, required=False)

    def clean_scope(self) -> str:
        return self.cleaned_data["scope"] or Suppression.Scope.EVERYTHING

    def clean_email(self) -> str:
        address: str = self.cleaned_data["email"].strip()
        if address.count("@") != 1 or not address.isprintable():
            raise forms.ValidationError(_("This is not an e-mail address."))
        return address
