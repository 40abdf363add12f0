from __future__ import annotations

from django.urls import path

from . import views
from .reorder import views as reorder

app_name = "incidents"
urlpatterns = [
    path("incidents/", views.incidents, name="incidents"),
    path("incidents/<int:number>/", views.incident, name="incident"),
    path("incidents/<int:number>/cause/", views.incident_cause, name="incident_cause"),
    path("incidents/<int:number>/end/", views.incident_end, name="incident_end"),
    path("incidents/<int:number>/reorder/", reorder.reorder, name="reorder"),
    path("incidents/<int:number>/reorder/batches/<int:batch>/", reorder.reorder_batch, name="reorder_batch"),
    path(
        "incidents/<int:number>/reorder/batches/<int:batch>/route/",
        reorder.reorder_route,
        name="reorder_route",
    ),
    path("incidents/<int:number>/reorder/sheet/", reorder.reorder_sheet, name="reorder_sheet"),
    path("incidents/<int:number>/reorder/next/", reorder.reorder_next, name="reorder_next"),
    path("incidents/<int:number>/reorder/<int:closure>/", reorder.reorder_line, name="reorder_line"),
    path(
        "incidents/<int:number>/reorder/<int:closure>/number/", reorder.reorder_number, name="reorder_number"
    ),
    path(
        "incidents/<int:number>/reorder/<int:closure>/release/",
        reorder.reorder_release,
        name="reorder_release",
    ),
    path("incidents/<int:number>/reorder/<int:closure>/undo/", reorder.reorder_undo, name="reorder_undo"),
]
