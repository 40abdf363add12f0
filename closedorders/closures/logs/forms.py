from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Team
from closedorders.orders.models import BuyerAccount

from ..forms import NOT_SURE, ReasonForm

#: By kind and not by ending: phones offer their camera then.
_PICTURES = "image/png,image/jpeg,image/webp"


class UnloggedForm(ReasonForm):
    """One reason for all orders that look closed, and the account of those of which no import knows it."""

    account = forms.ModelChoiceField(
        label=_("Buyer account"), queryset=BuyerAccount.objects.none(), empty_label=None, required=False
    )
    new_account = forms.CharField(
        label=_("Buyer account"),
        max_length=60,
        required=False,
        help_text=_("A name of your own for the AliExpress account, such as “Main”; never its password."),
    )
    # The newest order the person has seen: those of a later import are not logged unseen.
    newest = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, team: Team, ask_account: bool, **kwargs: Any) -> None:
        super().__init__(*args, team=team, auto_id="unlogged_%s", **kwargs)
        self.fields["reason"].initial = NOT_SURE
        self.fields["reason"].label = _("Reason for all")
        accounts = BuyerAccount.objects.filter(team=team)
        if not ask_account or not accounts.exists():
            del self.fields["account"]
        else:
            field = cast("forms.ModelChoiceField[BuyerAccount]", self.fields["account"])
            field.queryset = accounts
        if not ask_account or "account" in self.fields:
            del self.fields["new_account"]

    def chosen_account(self) -> BuyerAccount | str | None:
        return self.cleaned_data.get("account") or self.cleaned_data.get("new_account", "").strip() or None


class EvidenceForm(forms.Form):
    """A screenshot, by choosing, dropping, pasting or taking it."""

    screenshot = forms.FileField(
        label=_("Screenshot"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": _PICTURES, "data-paste-image": True}),
        help_text=_(
            "PNG, JPEG or WebP, up to 10 MB. On a phone you can take a photo; elsewhere paste or drop it."
        ),
    )
    for_assistants = forms.BooleanField(
        label=_("Assistants may see the screenshot"),
        required=False,
        help_text=_("Only where it shows no customer's address."),
    )

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if by.is_assistant:
            del self.fields["for_assistants"]
