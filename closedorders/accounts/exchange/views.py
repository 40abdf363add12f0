"""The rates that a team has stated, for figures over several currencies."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from closedorders.core.http.attempts import attempt
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.money import is_currency

from ..access import MERCHANT, TeamRequest, team_page
from ..models import ExchangeRate
from .actions import remove_rate, state_rate

MAX_LISTED = 100


class RateForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    class Meta:
        model = ExchangeRate
        fields = ["currency", "rate", "stated_on", "source"]
        widgets = {
            "currency": forms.TextInput(attrs={"maxlength": 3, "autocapitalize": "characters"}),
            "stated_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, home: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].required = True
        self.fields["rate"].label = _("One unit of it in %(home)s") % {"home": home}
        self.fields["rate"].help_text = _("For example 0.92.")
        self.fields["rate"].validators.append(
            MinValueValidator(0.00000001, gettext_lazy("A rate is more than zero."))
        )
        self.fields["stated_on"].initial = timezone.localdate

    def clean_currency(self) -> str:
        code: str = self.cleaned_data["currency"].strip().upper()
        if not is_currency(code):
            raise ValidationError(
                _("%(code)s is not a currency code. Write it like EUR or USD."), params={"code": code}
            )
        return code

    def clean_stated_on(self) -> date:
        day: date = self.cleaned_data["stated_on"]
        if day > timezone.localdate():
            raise ValidationError(_("The day of a rate cannot be in the future."))
        return day


@team_page(MERCHANT)
@get_and_post
def rates(request: TeamRequest) -> HttpResponse:
    team = request.team
    initial = {"currency": request.GET.get("currency", "")[:3]}
    form = RateForm(request.POST or None, home=team.currency, initial=initial)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form, "currency"):
            made = state_rate(team=team, by=request.membership, **form.cleaned_data)
            messages.success(request, _("The rate of %(currency)s is saved.") % {"currency": made.currency})
            return redirect("team:rates", team=team.slug)
    # A rate that was stated for another home currency is not used: it is listed, so that it can be stated anew.
    listed = list(ExchangeRate.objects.filter(team=team)[:MAX_LISTED])
    return render(request, "accounts/rates.html", {"form": form, "rates": listed})


@team_page(MERCHANT)
@post_only
def rate_removal(request: TeamRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ExchangeRate.objects.filter(team=request.team), pk=pk)
    remove_rate(rate=found, by=request.membership)
    messages.success(request, _("The rate of %(currency)s is removed.") % {"currency": found.currency})
    return redirect("team:rates", team=request.team.slug)
