"""Order pages, as tests ask for them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.imports.models import Import
from closedorders.orders.models import Store, StoreOrder
from tests.cast import Cast


def name_person(membership: Membership, name: str) -> None:
    membership.user.name = name
    membership.user.save()


def page_url(order: StoreOrder) -> str:
    return reverse("orders:order", args=[order.team.slug, order.pk])


def make_import(cast: Cast, store: Store, name: str = "orders.csv", **fields: Any) -> Import:
    defaults = {"size": 1, "sha256": "0" * 64, "state": "committed", "finished_at": timezone.now()}
    return Import.objects.create(
        team=cast.team, store=store, uploaded_by=cast.merchant, file_name=name, **(defaults | fields)
    )


def titles(answer: Any) -> list[str]:
    return [event["title"] for event in answer.context["timeline"].events]
