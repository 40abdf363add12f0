from __future__ import annotations

from django.urls import path

from . import views

app_name = "dashboard"
urlpatterns = [
    path("", views.today, name="today"),
    path("set-up/hiding/", views.set_up_hiding, name="set_up_hiding"),
]
