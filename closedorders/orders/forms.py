from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.core.files.uploads import ACCEPTED
from closedorders.core.stale import SeenForm
from closedorders.core.text.formatting import file_size
from closedorders.core.text.masks import contains_address
from closedorders.orderfiles.cells import (
    CURRENCY_DECIMALS,
    BadValue,
    parse_country,
    parse_email,
    parse_order_number,
)
from closedorders.orderfiles.cells.people import visible

from .actions.notes import MOST_BYTES, MOST_CHARACTERS
from .listing.saved_views import MOST_LETTERS
from .listing.tabs import VIEWS
from .models import AlipayVerification, BuyerAccount, Store


def check_one_line(text: object) -> None:
    """Names go into mail headers: nothing that could end a line, and nothing invisible."""
    if any(unicodedata.category(each) in ("Cc", "Zl", "Zp") for each in str(text)):
        raise ValidationError(_("Write it in one line."))


def check_promised_day(day: date) -> None:
    """A slip in the year would make an order the latest of all, or one that is never late."""
    if abs(day.year - timezone.localdate().year) > 10:
        raise ValidationError(_("This day is more than ten years away. Check the year."))


def clean_currency(code: str) -> str:
    code = code.strip().upper()
    if code and code not in CURRENCY_DECIMALS:
        raise ValidationError(
            _("%(code)s is not a currency code. Write it like EUR or USD."), params={"code": code}
        )
    return code


class StoreForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    """A whole store, for merchants."""

    language = forms.ChoiceField(
        label=_("Customers' language"),
        choices=lambda: list(settings.LANGUAGES),
        help_text=_("For customers whose own is not known."),
    )

    class Meta:
        model = Store
        fields = [
            "name", "platform", "currency", "language", "sender_name", "sender_email", "reply_to", "delivery_days",
        ]  # fmt: skip
        widgets = {"currency": forms.TextInput(attrs={"maxlength": 3, "autocapitalize": "characters"})}

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_sender_name(self) -> str:
        name: str = self.cleaned_data["sender_name"]
        check_one_line(name)
        return name

    def clean_currency(self) -> str:
        return clean_currency(self.cleaned_data["currency"])


class FirstStoreForm(forms.Form):
    """The little that an import needs to begin with."""

    name = forms.CharField(label=_("Name of the store"), max_length=100, validators=[check_one_line])
    currency = forms.CharField(
        label=_("Currency"), max_length=3, help_text=_("Used where an order file names none, e.g. EUR.")
    )
    sender_email = forms.EmailField(
        label=_("Mails to customers come from"),
        required=False,
        help_text=_("An address of your shop. Without one no apology can be sent; you can add it later."),
    )

    def clean_currency(self) -> str:
        return clean_currency(self.cleaned_data["currency"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("sender_email"):
            cleaned["sender_name"] = cleaned.get("name", "")
        return cleaned


class BuyerAccountForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    class Meta:
        model = BuyerAccount
        fields = ["label", "tier", "state", "card_country", "ordering_place"]
        labels = {"state": _("State")}
        help_texts = {"card_country": _("Two letters, like ES.")}

    def clean_label(self) -> str:
        return " ".join(self.cleaned_data["label"].split())

    def clean_card_country(self) -> str:
        try:
            return parse_country(self.cleaned_data["card_country"])
        except BadValue:
            raise ValidationError(_("Not a country code. Write it like ES.")) from None


class AlipayForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    class Meta:
        model = AlipayVerification
        fields = ["outcome", "day", "note"]
        widgets = {"day": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}


class FirstBuyerAccountForm(forms.Form):
    label = forms.CharField(
        label=_("Name of the AliExpress account"),
        max_length=60,
        validators=[check_one_line],
        help_text=_("A name of your own; never the password."),
    )


class CustomerForm(SeenForm):
    name = forms.CharField(label=_("Name"), max_length=200, required=False, validators=[check_one_line])
    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        widget=forms.EmailInput,
        help_text=_("What you type here stays: imports no longer change it."),
    )

    def clean_email(self) -> str:
        try:
            return parse_email(self.cleaned_data["email"])
        except BadValue:
            raise ValidationError(_("Not an e-mail address.")) from None


class PromiseForm(SeenForm):
    promised_by = forms.DateField(
        label=_("Promised by"),
        required=False,
        validators=[check_promised_day],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The day the customer was told to have it by."),
    )


class CommentForm(forms.Form):
    text = forms.CharField(
        label=_("Comment"),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MOST_CHARACTERS}),
        help_text=_("For your team only. The customer never sees it."),
    )

    def clean_text(self) -> str:
        # Browsers send each line break as two characters, and count it as one.
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        if len(text) > MOST_CHARACTERS:
            raise ValidationError(
                _("A comment has at most %(most)s characters."), params={"most": MOST_CHARACTERS}
            )
        return text


class OrderFileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
        allow_empty_file=True,  # The action says in its own words that it is empty.
        max_length=1000,
    )
    for_assistants = forms.BooleanField(
        label=_("Assistants may see it"),
        required=False,
        help_text=_("Leave it off where a customer's address can be read."),
    )

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _(
            "PNG, JPEG, WebP, PDF, TXT or CSV, up to %(limit)s. Identity papers belong to a case."
        ) % {"limit": file_size(MOST_BYTES)}
        if by.is_assistant:
            # They see what they uploaded themselves.
            del self.fields["for_assistants"]


class OwnViewForm(forms.Form):
    """What a person calls a list of orders that they keep."""

    name = forms.CharField(
        max_length=MOST_LETTERS,
        validators=[check_one_line],
        error_messages={"required": _("Give the tab a name.")},
    )

    def clean_name(self) -> str:
        name = " ".join(visible(self.cleaned_data["name"]).split())
        # Joiners and accents alone show nothing.
        if not any(unicodedata.category(each)[0] in "LNPS" for each in name):
            raise ValidationError(_("Give the tab a name."))
        # The trail keeps it for ever.
        if contains_address(name):
            raise ValidationError(_("An e-mail address is no name for a tab."))
        if name.casefold() in (str(view.label).casefold() for view in VIEWS.values()):
            raise ValidationError(_("There is a tab of this name already. Choose another one."))
        return name


class MatchForm(SeenForm):
    store = forms.ModelChoiceField(Store.objects.none(), label=_("Store"))
    number = forms.CharField(label=_("Order number in the store"), max_length=64)

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["store"]
        if not isinstance(choice, forms.ModelChoiceField):
            raise TypeError
        choice.queryset = stores = Store.objects.for_team(team)
        only = list(stores[:2])
        if len(only) == 1:
            choice.initial = only[0]
            choice.widget = forms.HiddenInput()

    def clean_number(self) -> str:
        try:
            return parse_order_number(self.cleaned_data["number"])
        except BadValue:
            raise ValidationError(_("Not an order number.")) from None
