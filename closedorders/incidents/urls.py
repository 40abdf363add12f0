from __future__ import annotations

from django.urls import path

from . import views
from .digest import views as digest
from .limbo import views as limbo
from .now import views as now
from .reminders import views as reminders

app_name = "incidents"
urlpatterns = [
    path("incidents/", views.incidents, name="incidents"),
    path("incidents/<int:number>/", views.incident, name="incident"),
    path("incidents/<int:number>/cause/", views.incident_cause, name="incident_cause"),
    path("incidents/<int:number>/end/", views.incident_end, name="incident_end"),
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
]
