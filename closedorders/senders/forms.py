from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from closedorders.core.text.domains import ascii_domain
from closedorders.orders.forms import check_one_line

from .models import MailServer, SenderCheck

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_ADDRESS = re.compile(r"[0-9a-f:.]+:[0-9a-f:.]*")


def server_name(typed: str) -> str:
    """The server's name as the DNS knows it, or its address. Raises `ValidationError`."""
    host = typed.strip().rstrip(".").lower()
    if _ADDRESS.fullmatch(host):
        return host
    try:
        host = ascii_domain(host)
    except UnicodeError:
        host = ""
    if not host or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise ValidationError(_("Write only the name of the server, e.g. smtp.your-shop.com."))
    return host


class MailServerForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    """The mail server of a store. The stored password is never shown: blank keeps it."""

    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=587)
    password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model: type[Model] = MailServer
        fields = ["host", "port", "security", "username"]
        help_texts = {"host": _("As your mail service names it, e.g. smtp.your-shop.com.")}
        widgets = {"username": forms.TextInput(attrs={"autocomplete": "off"})}

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


class SelectorForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    """Under which name the DKIM key of the store's domain is in the DNS."""

    class Meta:
        model = SenderCheck
        fields = ["dkim_selector"]
        help_texts = {
            "dkim_selector": _("Your mail service names it, e.g. selector1. Blank: the usual ones are tried.")
        }

    def clean_dkim_selector(self) -> str:
        selector: str = self.cleaned_data["dkim_selector"].strip().lower()
        selector = selector.removesuffix(".").partition("._domainkey")[0]
        if selector and not all(_LABEL.fullmatch(label) for label in selector.split(".")):
            raise ValidationError(_("A selector is a short name of letters and digits, e.g. selector1."))
        return selector
