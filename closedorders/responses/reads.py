"""What other pages say of customers' answers."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count, Q

from closedorders.closures.models import Incident

from .models import Reply


class Replies(NamedTuple):
    """Answers about an incident: how many, how many that nobody dealt with, and how many customers wrote them."""

    total: int
    waiting: int
    people: int


def replies_of(incident: Incident) -> Replies:
    """One query."""
    found = Reply.objects.about(incident).aggregate(
        total=Count("pk"),
        waiting=Count("pk", filter=Q(read_at=None)),
        people=Count("customer", distinct=True),
    )
    return Replies(**found)
