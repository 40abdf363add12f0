from __future__ import annotations

from django.urls import path

from . import views

app_name = "closures"
urlpatterns = [
    path("closures/", views.closures, name="closures"),
    path("closures/new/", views.quick_log, name="quick_log"),
    path("closures/new/<slug:log>/", views.quick_log_result, name="quick_log_result"),
    path("closures/reasons/", views.bulk_reason, name="bulk_reason"),
    path("closures/reasons/<int:pk>/undo/", views.bulk_reason_undo, name="bulk_reason_undo"),
    path("closures/<int:pk>/", views.closure, name="closure"),
    path("closures/<int:pk>/reason/", views.closure_reason, name="closure_reason"),
    path("closures/<int:pk>/outcome/", views.closure_outcome, name="closure_outcome"),
    path("closures/<int:pk>/reopening/", views.closure_reopening, name="closure_reopening"),
    path("reasons/", views.reasons, name="reasons"),
    path("reasons/new/", views.reason_creation, name="reason_creation"),
    path("reasons/<slug:code>/", views.reason, name="reason"),
    path("reasons/<slug:code>/playbook/", views.playbook, name="playbook"),
    path("reasons/<slug:code>/retirement/", views.reason_retirement, name="reason_retirement"),
]
