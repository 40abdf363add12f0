from __future__ import annotations

from django.urls import path

from .views import closure, listing, quick_log, reasons

app_name = "closures"
urlpatterns = [
    path("closures/", listing.closures, name="closures"),
    path("closures/new/", quick_log.quick_log, name="quick_log"),
    path("closures/new/<slug:log>/", quick_log.quick_log_result, name="quick_log_result"),
    path("closures/reasons/", listing.bulk_reason, name="bulk_reason"),
    path("closures/reasons/<int:pk>/undo/", listing.bulk_reason_undo, name="bulk_reason_undo"),
    path("closures/<int:pk>/", closure.closure, name="closure"),
    path("closures/<int:pk>/reason/", closure.closure_reason, name="closure_reason"),
    path("closures/<int:pk>/outcome/", closure.closure_outcome, name="closure_outcome"),
    path("closures/<int:pk>/reopening/", closure.closure_reopening, name="closure_reopening"),
    path("closures/<int:pk>/removal/", closure.closure_removal, name="closure_removal"),
    path("reasons/", reasons.reasons, name="reasons"),
    path("reasons/new/", reasons.reason_creation, name="reason_creation"),
    path("reasons/<slug:code>/", reasons.reason, name="reason"),
    path("reasons/<slug:code>/playbook/", reasons.playbook, name="playbook"),
    path("reasons/<slug:code>/retirement/", reasons.reason_retirement, name="reason_retirement"),
]
