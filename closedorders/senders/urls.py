from __future__ import annotations

from django.urls import path

from . import views
from .pace import views as pace

app_name = "senders"
urlpatterns = [
    path("stores/<int:pk>/sending/", views.sending, name="sending"),
    path("stores/<int:pk>/sending/lines/", views.lines, name="lines"),
    path("stores/<int:pk>/sending/server/", views.mail_server, name="mail_server"),
    path("stores/<int:pk>/sending/server/removal/", views.mail_server_removal, name="mail_server_removal"),
    path("stores/<int:pk>/sending/selector/", views.selector, name="selector"),
    path("stores/<int:pk>/sending/rules/", pace.rules, name="rules"),
    path("stores/<int:pk>/sending/check/", views.check, name="check"),
    path("stores/<int:pk>/sending/replies/", views.reply_test, name="reply_test"),
]
