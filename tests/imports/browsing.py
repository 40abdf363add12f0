"""How tests reach the pages of imports."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from closedorders.accounts.models import Membership
from tests.cast import Cast

ClientOf = Callable[[Membership | None], Client]


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(f"imports:{name}", args=[cast.team.slug, *args])
