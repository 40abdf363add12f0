from __future__ import annotations

from django.urls import path

from . import views

app_name = "risk"
urlpatterns = [
    path("risk/", views.checklist, name="checklist"),
    path("risk/<slug:check_code>/confirmation/", views.confirmation, name="confirmation"),
    path("risk/confirmations/<int:pk>/withdrawal/", views.withdrawal, name="withdrawal"),
]
