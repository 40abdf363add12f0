from __future__ import annotations

from django.urls import path

from . import views
from .audit import page
from .exchange import views as exchange
from .people import views as people

app_name = "team"
urlpatterns = [
    path("people/", people.people, name="people"),
    path("people/<int:pk>/role/", people.person_role, name="person_role"),
    path("people/<int:pk>/removal/", people.person_removal, name="person_removal"),
    path("invitations/<int:pk>/removal/", people.invitation_removal, name="invitation_removal"),
    path("settings/", views.team_settings, name="settings"),
    path("settings/rates/", exchange.rates, name="rates"),
    path("settings/rates/<int:pk>/removal/", exchange.rate_removal, name="rate_removal"),
    path("audit/", page.audit, name="audit"),
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<str:key>/", views.mail, name="mail"),
]
