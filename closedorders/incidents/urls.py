from __future__ import annotations

from django.urls import path

from . import views

app_name = "incidents"
urlpatterns = [
    path("incidents/", views.incidents, name="incidents"),
    path("incidents/<int:number>/", views.incident, name="incident"),
    path("incidents/<int:number>/cause/", views.incident_cause, name="incident_cause"),
    path("incidents/<int:number>/end/", views.incident_end, name="incident_end"),
]
