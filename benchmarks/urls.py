"""The product's URLs, and beside them the pages it is measured against."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.utils import timezone

from closedorders.accounts.models import Team
from closedorders.orders.listing.tabs import VIEWS
from closedorders.orders.models import StoreOrder

from .vault.figures import plain_picture

ROWS = 50
_NEWEST = Coalesce("placed_at", "created_at").desc()


def bare(request: HttpRequest, team: int) -> HttpResponse:
    """One indexed query, 50 rows, a plain template; signed in, behind the middleware of every page."""
    orders = StoreOrder.objects.filter(team=team).order_by(_NEWEST, "-pk")
    return render(request, "bare.html", {"orders": orders.select_related("customer")[:ROWS]})


class StoreOrderAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    list_display = ("number", "customer", "total", "placed_at", "financial_status")
    list_select_related = ("customer",)
    list_per_page = ROWS


class _Views(admin.SimpleListFilter):
    title = "view"
    parameter_name = "view"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (name, str(view.label))
            for name, view in VIEWS.items()
            if name != "all" and not view.of_aliexpress
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        return queryset.in_view(chosen, today=timezone.localdate()) if chosen else queryset


class DeskAdmin(StoreOrderAdmin):
    """The admin set up to show what the list shows: one team's orders as the list sorts them, its views with counts."""

    ordering = (_NEWEST,)
    list_filter = (_Views,)
    show_facets = admin.ShowFacets.ALWAYS

    def get_queryset(self, request: HttpRequest) -> QuerySet[StoreOrder]:
        return super().get_queryset(request).filter(team=Team.objects.get())


bench_admin, bench_desk = admin.AdminSite(name="bench_admin"), admin.AdminSite(name="bench_desk")
bench_admin.register(StoreOrder, StoreOrderAdmin)
bench_desk.register(StoreOrder, DeskAdmin)

urlpatterns = [
    path("bare/<int:team>/", bare),
    path("bench-admin/", bench_admin.urls),
    path("bench-desk/", bench_desk.urls),
    path("bench-plain-picture/", plain_picture),
    path("", include("closedorders.urls")),
]
