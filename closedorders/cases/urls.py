from __future__ import annotations

from django.urls import path

from . import moves, views

app_name = "cases"
urlpatterns = [
    path("cases/", views.cases, name="cases"),
    path("cases/<int:pk>/", views.case, name="case"),
    path("incidents/<int:number>/case/", views.case_opening, name="case_opening"),
    path("cases/<int:pk>/documents/", views.documents, name="documents"),
    path("cases/<int:pk>/documents/<int:slot_pk>/", views.document, name="document"),
    path("cases/<int:pk>/documents/<int:slot_pk>/decision/", views.decision, name="decision"),
    path("cases/<int:pk>/contacts/", views.contacts, name="contacts"),
    path("cases/<int:pk>/contacts/<int:contact_pk>/follow-up/", views.follow_up, name="follow_up"),
    path("cases/<int:pk>/contacts/<int:contact_pk>/snooze/", views.snooze, name="snooze"),
    path("cases/<int:pk>/cleanups/<slug:place>/", views.cleanup, name="cleanup"),
    path("cases/<int:pk>/alipay/", views.alipay, name="alipay"),
    *[
        path(f"cases/<int:pk>/{name}/", views.move_page(name), name=name.replace("-", "_"))
        for name in sorted({move.name for move in moves.MOVES})
    ],
]
