"""Many closures and their lines in the audit trail, inserted at once past the ORM: COPY on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import repeat

from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.imports.merge.bulk_insert import insert_columns, moment_to_insert, next_keys

from ..models import Closure


def insert_closures(closures: Sequence[Closure]) -> None:
    """Insert these new closures, which get their keys; what they have in common is read from the first one.

    In common: team, incident, moments, who logged them, source and words. The team's row is locked by the caller.
    """
    if not closures:
        return
    for closure, pk in zip(closures, next_keys(Closure, len(closures)), strict=True):
        closure.pk = pk
        closure._state.adding = False
    first = closures[0]
    insert_columns(
        Closure,
        {
            "id": [each.pk for each in closures],
            "team_id": repeat(first.team_id),
            "supplier_order_id": [each.supplier_order_id for each in closures],
            "incident_id": repeat(first.incident_id),
            "reason_id": [each.reason_id for each in closures],
            "closed_at": repeat(moment_to_insert(first.closed_at)),
            "logged_at": repeat(moment_to_insert(first.logged_at)),
            "logged_by_id": repeat(first.logged_by_id),
            "source": repeat(first.source),
            "words": repeat(first.words),
            "origin": [each.origin for each in closures],
            "supplier_refund_currency": repeat(first.supplier_refund_currency),
            "outcome": repeat(first.outcome),
        },
    )


def record_logged(closures: Sequence[Closure], *, by: Membership, codes: Sequence[str]) -> None:
    """One line in the audit trail for each of these closures of one incident; `codes` are those of their reasons."""
    if not closures:
        return
    number = closures[0].incident.number
    after = {code: json.dumps({"reason": code, "incident": number}) for code in set(codes)}
    insert_columns(
        AuditEvent,
        {
            "id": next_keys(AuditEvent, len(closures)),
            "team_id": repeat(closures[0].team_id),
            "actor_id": repeat(by.user_id),
            "at": repeat(moment_to_insert(timezone.now())),
            "verb": repeat("closure_logged"),
            "thing": repeat(Closure._meta.label_lower),
            "thing_id": [closure.pk for closure in closures],
            "label": [str(closure)[:200] for closure in closures],
            "before": repeat("{}"),
            "after": [after[code] for code in codes],
        },
    )
