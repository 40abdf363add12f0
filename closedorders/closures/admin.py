"""For operators of an installation: the reasons every team starts with. A team's own are its merchants' matter."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from .models import ClosureReason


@admin.register(ClosureReason)
class ClosureReasonAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    list_display = ["name", "code", "position", "retired_at"]
    ordering = ["position"]
    fields = ["code", "own_name", "position", "retired_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClosureReason]:
        seeded: QuerySet[ClosureReason] = super().get_queryset(request).filter(team=None)
        return seeded

    def get_readonly_fields(self, request: HttpRequest, obj: ClosureReason | None = None) -> list[str]:
        return ["code"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: ClosureReason | None = None) -> bool:
        return False  # closures point at it: retire it instead
