from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from closedorders.accounts.access import EVERYONE, TeamRequest, team_page
from closedorders.core.http.attempts import attempt, form_is_valid
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.notices import success_with_undo
from closedorders.core.paging import capped_count, page_of
from closedorders.orders.masking import Sight
from closedorders.orders.models import StoreOrder, SupplierOrder

from ..models import Reminder
from . import actions
from .forms import ReminderForm, SnoozeForm
from .reads import KINDS, kind_of, seen, subject_of


@team_page(*EVERYONE)
def reminders(request: TeamRequest) -> HttpResponse:
    """Every reminder of the team that this member may see."""
    of_team, now = Reminder.objects.visible_to(request.membership), timezone.now()
    views = {
        "due": (_("Due"), of_team.due(now)),
        "later": (_("Later"), of_team.later(now)),
        "mine": (_("Mine"), of_team.open().of_person(request.membership)),
        "over": (_("Done"), of_team.over()),
    }
    view = request.GET.get("view", "due")
    view = view if view in views else "due"
    over = view == "over"
    page = page_of(request, views[view][1].with_subject(), by="" if over else "due_at", ascending=not over)
    tabs = [
        {"label": label, "url": f"?view={name}", "count": capped_count(rows), "active": name == view}
        for name, (label, rows) in views.items()
    ]
    context = {"tabs": tabs, "view": view, "page": page, "reminders": seen(page.rows, request.membership)}
    return render(request, "incidents/reminders/reminders.html", context)


@team_page(*EVERYONE)
@get_and_post
def reminder_creation(request: TeamRequest) -> HttpResponse:
    """Asks for a time, a note and a person. The address names the thing: `?incident=7`, by key."""
    kind = next((name for name in KINDS if name in request.GET), "")
    subject = subject_of(request.team, kind, request.GET.get(kind, ""), request.membership)
    if subject is None:
        raise Http404
    subject.team = request.team
    form = ReminderForm(
        request.POST or None,
        by=request.membership,
        of_order=isinstance(subject, StoreOrder | SupplierOrder),
    )
    if request.method == "POST" and form.is_valid():
        with attempt(request, form):
            reminder = actions.add_reminder(subject=subject, by=request.membership, **form.cleaned_data)
            when = date_format(timezone.localtime(reminder.due_at), "DATETIME_FORMAT")
            messages.success(request, _("Noted. It comes back on Today on %(when)s.") % {"when": when})
            return redirect(url_of(subject))
    context = {
        "form": form,
        "subject": Sight.of(request.membership).words(str(subject)),
        "subject_url": url_of(subject),
    }
    return render(request, "incidents/reminders/reminder_creation.html", context)


def creation_url(subject: Any, slug: str) -> str:
    query = urlencode({kind_of(subject): subject.pk})
    return f"{reverse('incidents:reminder_creation', args=[slug])}?{query}"


def url_of(subject: Any) -> str:
    return Reminder(team=subject.team, **{KINDS[kind_of(subject)]: subject}).subject_url


def _reminder(request: TeamRequest, pk: int) -> Reminder:
    return get_object_or_404(Reminder.objects.visible_to(request.membership).with_subject(), pk=pk)


def _back(request: TeamRequest) -> HttpResponseRedirect:
    """Where the button was pressed; the list of reminders for any other address."""
    target = request.POST.get("next", "")
    if not target.startswith("/") or not url_has_allowed_host_and_scheme(target, {request.get_host()}):
        target = reverse("incidents:reminders", args=[request.team.slug])
    return HttpResponseRedirect(target)


def _undo_url(request: TeamRequest, reminder: Reminder) -> str:
    return reverse("incidents:reminder_reopening", args=[request.team.slug, reminder.pk])


@team_page(*EVERYONE)
@post_only
def reminder_done(request: TeamRequest, pk: int) -> HttpResponse:
    reminder = _reminder(request, pk)
    with attempt(request):
        actions.finish_reminder(reminder=reminder, by=request.membership)
        success_with_undo(request, _("Done."), undo_url=_undo_url(request, reminder))
    return _back(request)


@team_page(*EVERYONE)
@post_only
def reminder_cancellation(request: TeamRequest, pk: int) -> HttpResponse:
    reminder = _reminder(request, pk)
    with attempt(request):
        actions.cancel_reminder(reminder=reminder, by=request.membership)
        success_with_undo(request, _("The reminder is cancelled."), undo_url=_undo_url(request, reminder))
    return _back(request)


@team_page(*EVERYONE)
@post_only
def reminder_reopening(request: TeamRequest, pk: int) -> HttpResponse:
    reminder = _reminder(request, pk)
    with attempt(request):
        actions.reopen_reminder(reminder=reminder, by=request.membership)
        messages.success(request, _("The reminder is open again."))
    return _back(request)


@team_page(*EVERYONE)
@post_only
def reminder_snooze(request: TeamRequest, pk: int) -> HttpResponse:
    reminder = _reminder(request, pk)
    form = SnoozeForm(request.POST)
    if form_is_valid(request, form):
        until = form.cleaned_data["moment"]
        with attempt(request):
            actions.snooze_reminder(reminder=reminder, until=until, by=request.membership)
            when = date_format(timezone.localtime(until), "DATETIME_FORMAT")
            messages.success(request, _("It comes back on %(when)s.") % {"when": when})
    return _back(request)
