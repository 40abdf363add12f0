"""What the audit trail and imports remember of a person, without the person."""

from __future__ import annotations

from typing import Any

from closedorders.accounts.querysets import AuditEventQuerySet

#: Fields of orders, customers and reminders that say who it was, as imports and the trail name them.
PERSONAL = frozenset(
    {"name", "email", "phone", "buyer_name", "note", "tags", "customer_name", "customer_email"}
)
#: Things whose label in the trail is the customer's name.
_NAMED = ("orders.customer", "outreach.message", "outreach.directcontact")


def impersonal(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in PERSONAL}


def erase_from_trail(events: AuditEventQuerySet) -> None:
    """What was done, by whom and when stays (`AuditEventQuerySet.forget_person`)."""
    events.forget_person(fields=PERSONAL, named=_NAMED)
