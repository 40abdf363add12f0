from __future__ import annotations

from django.urls import path

from . import views

app_name = "team"
urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/<int:pk>/role/", views.person_role, name="person_role"),
    path("people/<int:pk>/removal/", views.person_removal, name="person_removal"),
    path("invitations/<int:pk>/removal/", views.invitation_removal, name="invitation_removal"),
    path("settings/", views.team_settings, name="settings"),
    path("audit/", views.audit, name="audit"),
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<str:key>/", views.mail, name="mail"),
]
