from __future__ import annotations

from django.urls import path

from .moves import MOVES
from .views import (
    afterwards,
    case,
    cases,
    chat,
    contacts,
    documents,
    moves,
    pack,
    review,
    statistics,
    verification,
)

app_name = "cases"
urlpatterns = [
    path("cases/", cases.cases, name="cases"),
    path("cases/statistics/", statistics.statistics, name="statistics"),
    path("cases/<int:pk>/", case.case, name="case"),
    path("cases/<int:pk>/verification/", verification.verification, name="verification"),
    path("cases/<int:pk>/answer-due/", verification.answer_due, name="answer_due"),
    path("cases/<int:pk>/chat/", chat.chat, name="chat"),
    path("incidents/<int:number>/case/", cases.case_opening, name="case_opening"),
    path("cases/<int:pk>/documents/", documents.documents, name="documents"),
    path("cases/<int:pk>/documents/<int:slot_pk>/", documents.document, name="document"),
    path("cases/<int:pk>/documents/<int:slot_pk>/decision/", documents.decision, name="decision"),
    path("cases/<int:pk>/documents/<int:slot_pk>/file/", documents.slot_file, name="slot_file"),
    path("cases/<int:pk>/documents/<int:slot_pk>/pages/<int:number>/", documents.slot_page, name="slot_page"),
    path("cases/<int:pk>/documents/<int:slot_pk>/entry/", review.slot_entry, name="slot_entry"),
    path("cases/<int:pk>/documents/<int:slot_pk>/review/", review.slot_review, name="slot_review"),
    path("cases/<int:pk>/documents/<int:slot_pk>/review/start/", review.review_start, name="review_start"),
    path("cases/<int:pk>/request/", review.asking_again, name="asking_again"),
    path("cases/<int:pk>/pack/", pack.pack, name="pack"),
    path("cases/<int:pk>/cleanups/", afterwards.cleanups, name="cleanups"),
    path("review/", review.review_queue, name="review_queue"),
    path("cases/<int:pk>/contacts/", contacts.contacts, name="contacts"),
    path("cases/<int:pk>/contacts/<int:contact_pk>/follow-up/", contacts.follow_up, name="follow_up"),
    path("cases/<int:pk>/contacts/<int:contact_pk>/snooze/", contacts.snooze, name="snooze"),
    path("cases/<int:pk>/contacts/<int:contact_pk>/outcome/", chat.outcome, name="outcome"),
    path("cases/<int:pk>/cleanups/<slug:place>/", afterwards.cleanup, name="cleanup"),
    path("cases/<int:pk>/move-undo/", moves.move_undo, name="move_undo"),
    path("cases/<int:pk>/step-back/", moves.step_back, name="step_back"),
    *[
        path(f"cases/<int:pk>/{name}/", moves.move_page(name), name=name.replace("-", "_"))
        for name in sorted({move.name for move in MOVES})
    ],
]
