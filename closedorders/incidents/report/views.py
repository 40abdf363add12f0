"""The report of an incident: a page to read and print, the same as a PDF, and what the merchant adds to it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from closedorders.accounts.access import MERCHANT, TeamRequest, team_page
from closedorders.closures.models import Incident
from closedorders.core.files.pdf import write_pdf
from closedorders.core.http.attempts import attempt
from closedorders.core.http.downloads import as_download
from closedorders.core.http.methods import post_only
from closedorders.responses.reads import replies_of

from .actions import note_report, report_mark
from .forms import ReportForm
from .reads import read_facts
from .sheet import missing, sheet_of


def _incident(request: TeamRequest, number: int) -> Incident:
    return get_object_or_404(
        Incident.objects.for_team(request.team).select_related("opened_by__user", "ended_by__user"),
        number=number,
    )


@team_page(MERCHANT)
def report(request: TeamRequest, number: int) -> HttpResponse:
    return _report_page(request, _incident(request, number))


def _report_page(request: TeamRequest, incident: Incident, form: ReportForm | None = None) -> HttpResponse:
    facts = read_facts(incident)
    form = form or ReportForm(
        initial={
            "customers_asked": incident.customers_asked,
            "lessons": incident.lessons,
            "seen": report_mark(incident),
        }
    )
    context = {
        "incident": incident,
        "sheet": sheet_of(facts),
        "missing": missing(facts),
        "draft": incident.ended_at is None,
        "form": form,
        "replies": replies_of(incident),
    }
    return render(request, "incidents/report/report.html", context, status=422 if form.errors else 200)


@team_page(MERCHANT)
def report_pdf(request: TeamRequest, number: int) -> HttpResponse:
    incident = _incident(request, number)
    facts = read_facts(incident)
    content = write_pdf(sheet_of(facts))
    name = (
        f"incident-{incident.number}-draft.pdf"
        if incident.ended_at is None
        else f"incident-{incident.number}.pdf"
    )
    return as_download(HttpResponse(content, content_type="application/pdf"), name)


@team_page(MERCHANT)
@post_only
def report_notes(request: TeamRequest, number: int) -> HttpResponse:
    incident = _incident(request, number)
    form = ReportForm(request.POST)
    if form.is_valid():
        with attempt(request, form):
            note_report(incident=incident, by=request.membership, **form.cleaned_data)
            messages.success(request, _("Saved in the report."))
            return redirect("incidents:incident_report", team=request.team.slug, number=incident.number)
        # What was typed stays; the values stored meanwhile stand in the report itself. Saved again, it replaces them.
        incident.refresh_from_db()
        typed = request.POST.copy()
        typed["seen"] = report_mark(incident)
        refused, form = form, ReportForm(typed)
        for error in refused.non_field_errors():
            form.add_error(None, error)
    return _report_page(request, incident, form)
