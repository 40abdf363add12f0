from __future__ import annotations

from django.urls import path

from .views import columns, imports, kinds

app_name = "imports"
urlpatterns = [
    path("imports/", imports.imports, name="imports"),
    path("imports/samples/<slug:name>.csv", kinds.sample_file, name="sample_file"),
    path("imports/<int:pk>/", imports.import_page, name="import"),
    path("imports/<int:pk>/progress/", imports.import_progress, name="import_progress"),
    path("imports/<int:pk>/saving/", imports.import_saving, name="import_saving"),
    path("imports/<int:pk>/cancellation/", imports.import_cancellation, name="import_cancellation"),
    path("imports/<int:pk>/undo/", imports.import_undo, name="import_undo"),
    path("imports/<int:pk>/answers/", imports.import_answers, name="import_answers"),
    path("imports/<int:pk>/columns/", columns.import_columns, name="import_columns"),
    path(
        "imports/<int:pk>/columns/forgetting/",
        columns.import_columns_forgetting,
        name="import_columns_forgetting",
    ),
    path("imports/<int:pk>/bad-rows.csv", imports.bad_rows, name="bad_rows"),
]
