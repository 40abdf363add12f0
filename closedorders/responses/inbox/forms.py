from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from closedorders.orders.forms import check_one_line
from closedorders.senders.forms import server_name

from .models import ReplyMailbox


class ReplyMailboxForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    """The mailbox to which customers answer. The stored password is never shown: blank keeps it."""

    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=993)
    password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = ReplyMailbox
        fields = ["host", "port", "security", "username", "folder"]
        help_texts = {
            "host": _("As your mail service names it, e.g. imap.your-shop.com."),
            "folder": _("INBOX is the usual one."),
        }
        widgets = {"username": forms.TextInput(attrs={"autocomplete": "off"})}

    field_order = ["host", "port", "security", "username", "password", "folder"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.wrapped_key:
            self.fields["password"].help_text = _("A password is stored. Blank keeps it.")

    def clean_host(self) -> str:
        return server_name(self.cleaned_data["host"])

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        check_one_line(name)
        return name

    def clean_folder(self) -> str:
        name: str = self.cleaned_data["folder"].strip()
        if not name.isascii() or not name.isprintable():
            raise ValidationError(_("Only plain letters, digits and signs, e.g. INBOX/Shop."))
        return name
