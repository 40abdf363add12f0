from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from closedorders.accounts.models import Membership
from closedorders.outreach.models import Campaign

SignIn = Callable[[Membership | None], Client]


def url_of(name: str, campaign: Campaign, *args: object) -> str:
    return reverse(f"outreach:{name}", args=[campaign.team.slug, campaign.pk, *args])


def text_of(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return str(content.decode())


def said_on(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])
