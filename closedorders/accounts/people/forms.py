from __future__ import annotations

import secrets
from typing import Any

from allauth.account.fields import EmailField
from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from closedorders.core.task_queue.enqueue import enqueue_on_commit as ring

from ..forms import time_zone_choices
from ..models import Role, User
from ..tasks import send_password_reset
from . import password_resets


def checked_password(form: forms.Form, user: User) -> str:
    password: str = form.cleaned_data.get("password", "")
    if password:
        try:
            password_validation.validate_password(password, user)
        except forms.ValidationError as error:
            form.add_error("password", error)
    return password


class FirstMerchantForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=150)
    email = forms.EmailField(label=_("E-mail"), max_length=254, help_text=_("You sign in with it."))
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least ten characters, not only digits, not a common one."),
    )
    team_name = forms.CharField(label=_("Name of your business"), max_length=100)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices, initial="Europe/Madrid")
    setup_code = forms.CharField(
        label=_("Setup code"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("The value of SETUP_CODE on the server: only its owner knows it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.SETUP_CODE:
            del self.fields["setup_code"]

    def clean_setup_code(self) -> str:
        given: str = self.cleaned_data["setup_code"]
        if not secrets.compare_digest(given.encode(), settings.SETUP_CODE.encode()):
            raise forms.ValidationError(_("This is not the setup code of this site."))
        return given

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        data.pop("setup_code", None)
        checked_password(self, User(email=data.get("email", ""), name=data.get("name", "")))
        return data


class JoinForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=150)
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least ten characters, not only digits, not a common one."),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        super().clean()
        checked_password(self, User(email=self.email, name=self.cleaned_data.get("name", "")))
        return self.cleaned_data


class PasswordResetForm(forms.Form):
    """What allauth's page for a new password asks. It looks nobody up: the task does, after the answer."""

    email = EmailField(required=True, max_length=254)

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Store the request and start its task; the address, as allauth's own form returns it."""
        email: str = self.cleaned_data["email"]
        stored = password_resets.note_request(email=email, language=get_language() or settings.LANGUAGE_CODE)
        if stored is not None:
            ring(send_password_reset, stored.pk)
        return email


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.ASSISTANT)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
