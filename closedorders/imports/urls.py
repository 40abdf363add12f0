from __future__ import annotations

from django.urls import path

from .views import columns, import_page, imports, kinds, undo

app_name = "imports"
urlpatterns = [
    path("imports/", imports.imports, name="imports"),
    path("imports/samples/<slug:name>.csv", kinds.sample_file, name="sample_file"),
    path("imports/<int:pk>/", import_page.import_page, name="import"),
    path("imports/<int:pk>/progress/", import_page.import_progress, name="import_progress"),
    path("imports/<int:pk>/saving/", import_page.import_saving, name="import_saving"),
    path("imports/<int:pk>/cancellation/", import_page.import_cancellation, name="import_cancellation"),
    path("imports/<int:pk>/undo/", undo.import_undo, name="import_undo"),
    path("imports/<int:pk>/store/", import_page.import_store, name="import_store"),
    path("imports/<int:pk>/answers/", import_page.import_answers, name="import_answers"),
    path("imports/<int:pk>/columns/", columns.import_columns, name="import_columns"),
    path(
        "imports/<int:pk>/columns/forgetting/",
        columns.import_columns_forgetting,
        name="import_columns_forgetting",
    ),
    path("imports/<int:pk>/bad-rows.csv", import_page.bad_rows, name="bad_rows"),
]
