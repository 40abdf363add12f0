"""The product's URLs, and beside them the two pages it is measured against."""

from __future__ import annotations

from django.contrib import admin
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

from closedorders.orders.models import StoreOrder

ROWS = 50


def bare(request: HttpRequest, team: int) -> HttpResponse:
    """One indexed query, 50 rows, a plain template; signed in, behind the middleware of every page."""
    newest = Coalesce("placed_at", "created_at").desc()
    orders = StoreOrder.objects.filter(team=team).order_by(newest, "-pk")
    return render(request, "bare.html", {"orders": orders.select_related("customer")[:ROWS]})


class StoreOrderAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    list_display = ("number", "customer", "total", "placed_at", "financial_status")
    list_select_related = ("customer",)
    list_per_page = ROWS


bench_admin = admin.AdminSite(name="bench_admin")
bench_admin.register(StoreOrder, StoreOrderAdmin)

urlpatterns = [
    path("bare/<int:team>/", bare),
    path("bench-admin/", bench_admin.urls),
    path("", include("closedorders.urls")),
]
