from __future__ import annotations

from django.urls import path

from .views import documents

app_name = "documents"
urlpatterns = [
    path("documents/", documents.documents, name="documents"),
    path("documents/new/", documents.new_document, name="new_document"),
    path("documents/preview/", documents.preview, name="preview"),
    path("documents/<int:pk>/", documents.document, name="document"),
    path("documents/<int:pk>/pages/<int:number>/", documents.page_image, name="page_image"),
    path("documents/<int:pk>/deletion/", documents.deletion, name="deletion"),
]
