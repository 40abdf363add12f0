from __future__ import annotations

from django.urls import path

from .views import checks, documents, expiry

app_name = "documents"
urlpatterns = [
    path("documents/", documents.documents, name="documents"),
    path("documents/new/", documents.new_document, name="new_document"),
    path("documents/preview/", documents.preview, name="preview"),
    path("documents/expiry/", expiry.expiry, name="expiry"),
    path("documents/self-test/", checks.self_test_page, name="self_test"),
    path("documents/self-test/progress/", checks.self_test_progress, name="self_test_progress"),
    path("documents/<int:pk>/", documents.document, name="document"),
    path("documents/<int:pk>/check/", checks.check, name="check"),
    path("documents/<int:pk>/boxes/", checks.boxes, name="boxes"),
    path("documents/<int:pk>/confirmation/", checks.confirmation, name="confirmation"),
    path("documents/<int:pk>/confirmation/<int:number>/", checks.confirmation_page, name="confirmation_page"),
    path("documents/<int:pk>/pages/<int:number>/", documents.page_image, name="page_image"),
    path("documents/<int:pk>/deletion/", documents.deletion, name="deletion"),
]
