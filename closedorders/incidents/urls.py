from __future__ import annotations

from django.urls import path

from . import views, whole

app_name = "incidents"
urlpatterns = [
    path("incidents/", views.incidents, name="incidents"),
    path("incidents/<int:number>/", views.incident, name="incident"),
    path("incidents/<int:number>/cause/", views.incident_cause, name="incident_cause"),
    path("incidents/<int:number>/end/", whole.incident_end, name="incident_end"),
    path("incidents/<int:number>/reopening/", whole.incident_reopening, name="incident_reopening"),
    path("incidents/<int:number>/split/", whole.incident_split, name="incident_split"),
    path("incidents/<int:number>/merger/", whole.incident_merger, name="incident_merger"),
    path("incidents/<int:number>/no-verification/", whole.no_verification, name="no_verification"),
    path(
        "incidents/<int:number>/no-verification/withdrawal/",
        whole.no_verification_withdrawal,
        name="no_verification_withdrawal",
    ),
]
