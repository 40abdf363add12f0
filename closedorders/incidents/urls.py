from __future__ import annotations

from django.urls import path

from . import views
from .drill import views as drill
from .report import views as report

app_name = "incidents"
urlpatterns = [
    path("incidents/", views.incidents, name="incidents"),
    path("incidents/<int:number>/", views.incident, name="incident"),
    path("incidents/<int:number>/cause/", views.incident_cause, name="incident_cause"),
    path("incidents/<int:number>/end/", views.incident_end, name="incident_end"),
    path("drill/", drill.drill, name="drill"),
    path("drill/start/", drill.drill_start, name="drill_start"),
    path("drill/end/", drill.drill_end, name="drill_end"),
    path("incidents/<int:number>/report/", report.report, name="incident_report"),
    path("incidents/<int:number>/report/notes/", report.report_notes, name="incident_report_notes"),
    path("incidents/<int:number>/report/pdf/", report.report_pdf, name="incident_report_pdf"),
]
