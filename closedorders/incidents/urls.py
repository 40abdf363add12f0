from __future__ import annotations

from django.urls import path

from . import views, whole
from .digest import views as digest
from .drill import views as drill
from .limbo import views as limbo
from .now import views as now
from .reminders import views as reminders
from .reorder import views as reorder
from .report import views as report

app_name = "incidents"
urlpatterns = [
    path("incidents/", views.incidents, name="incidents"),
    path("incidents/<int:number>/", views.incident, name="incident"),
    path("incidents/<int:number>/cause/", views.incident_cause, name="incident_cause"),
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
    path("now/", now.now, name="now"),
    path("supplier-refunds/", limbo.supplier_refunds, name="supplier_refunds"),
    path("supplier-refunds/<int:pk>/", limbo.supplier_refund, name="supplier_refund"),
    path("supplier-refunds/window/", limbo.refund_window, name="refund_window"),
    path("reminders/", reminders.reminders, name="reminders"),
    path("reminders/new/", reminders.reminder_creation, name="reminder_creation"),
    path("reminders/<int:pk>/done/", reminders.reminder_done, name="reminder_done"),
    path("reminders/<int:pk>/cancellation/", reminders.reminder_cancellation, name="reminder_cancellation"),
    path("reminders/<int:pk>/reopening/", reminders.reminder_reopening, name="reminder_reopening"),
    path("reminders/<int:pk>/snooze/", reminders.reminder_snooze, name="reminder_snooze"),
    path("digest/", digest.digest, name="digest"),
    path("drill/", drill.drill, name="drill"),
    path("drill/start/", drill.drill_start, name="drill_start"),
    path("drill/end/", drill.drill_end, name="drill_end"),
    path("incidents/<int:number>/report/", report.report, name="incident_report"),
    path("incidents/<int:number>/report/notes/", report.report_notes, name="incident_report_notes"),
    path("incidents/<int:number>/report/pdf/", report.report_pdf, name="incident_report_pdf"),
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
