from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from closedorders.accounts.models import Membership, Role

MOST_PEOPLE = 200

#: Where a snooze leads: a code -> its words. `snoozed_until` knows the times.
SNOOZES = [("hours", _("in 3 hours")), ("tomorrow", _("tomorrow at 9:00")), ("week", _("in a week"))]


def snoozed_until(code: str, now: datetime) -> datetime:
    """The time that a choice of `SNOOZES` means, in the active time zone."""
    if code == "hours":
        return now + timedelta(hours=3)
    days = 1 if code == "tomorrow" else 7
    local = timezone.localtime(now)
    morning = datetime(local.year, local.month, local.day, 9) + timedelta(days=days)  # noqa: DTZ001 - made aware below
    return timezone.make_aware(morning)


def _moment(**options: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(widget=widget, **options)


def people_to_remind(by: Membership, *, of_order: bool) -> list[Membership]:
    """Members who may see the thing, `by` first."""
    members = Membership.objects.live().filter(team=by.team_id).select_related("user").exclude(pk=by.pk)
    if of_order:
        members = members.exclude(role=Role.REVIEWER)
    return [by, *members.order_by("pk")[:MOST_PEOPLE]]


class ReminderForm(forms.Form):
    note = forms.CharField(label=_("What to do"), max_length=300)
    due_at = _moment(label=_("Follow up on"), help_text=_("In the team's time zone."))
    person = forms.ChoiceField(label=_("Who"))

    def __init__(self, *args: Any, by: Membership, of_order: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = people_to_remind(by, of_order=of_order)
        self._people = {str(member.pk): member for member in people}
        field = self.fields["person"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [
            (key, gettext("Me") if member.pk == by.pk else str(member.user))
            for key, member in self._people.items()
        ]
        self.initial.setdefault("person", str(by.pk))
        self.initial.setdefault("due_at", snoozed_until("tomorrow", timezone.now()))

    def clean_person(self) -> Membership:
        return self._people[self.cleaned_data["person"]]

    def clean_due_at(self) -> datetime:
        moment: datetime = self.cleaned_data["due_at"]
        if moment <= timezone.now():
            raise forms.ValidationError(gettext("Choose a time that is still to come."))
        return moment


class SnoozeForm(forms.Form):
    """One of the usual times, or any other."""

    until = forms.ChoiceField(choices=SNOOZES, required=False)
    at = _moment(required=False)

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if data.get("until"):
            data["moment"] = snoozed_until(data["until"], timezone.now())
        elif data.get("at"):
            data["moment"] = data["at"]
        elif not self.errors:
            raise forms.ValidationError(gettext("Choose a time that is still to come."))
        return data
