from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from django.test import Client
from django.urls import reverse

from closedorders.accounts.models import Membership
from closedorders.closures.models import Closure
from tests.cast import Cast
from tests.factories import (
    make_customer,
    make_incident,
    make_store,
    make_store_order,
    make_supplier_order,
    reason,
)

SignIn = Callable[[Membership | None], Client]
NUMBERS = [f"{8_201_447_122_030_000 + n}" for n in range(40)]


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(f"closures:{name}", args=[cast.team.slug, *args])


def words(response: object) -> str:
    """What a page says, tags left out."""
    content: bytes = response.content  # type: ignore[attr-defined]  # the test client's answers have no public type
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", content.decode())))


def closed_order(cast: Cast, email: str = "ana@mail.example", **customer: str) -> Closure:
    store = make_store(cast.team)
    buyer = make_customer(store, email=email, **customer)
    order = make_supplier_order(cast.team, make_store_order(store, buyer))
    incident = make_incident(cast.team, cast.assistant, [order], reason=reason())
    return incident.closures.get()


def paste(**changes: str) -> dict[str, str]:
    return {"numbers": "\n".join(NUMBERS), "reason": "fraud_review", "closed_at": "", "words": ""} | changes
