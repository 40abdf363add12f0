"""The audit trail in words: `{{ event|audit_verb }}`, `{{ event|audit_changes }}`."""

from __future__ import annotations

from django import template

from closedorders.accounts.models import AuditEvent
from closedorders.accounts.verbs import VERBS

register = template.Library()


@register.filter
def audit_verb(event: AuditEvent) -> str:
    return str(VERBS.get(event.verb, event.verb.replace("_", " ")))


@register.filter
def audit_changes(event: AuditEvent) -> str:
    """`name: Casa Luna → Casa Sol; time_zone: …`, at most 300 characters."""
    parts = []
    for field in sorted(event.before.keys() | event.after.keys()):
        old, new = event.before.get(field), event.after.get(field)
        if old in (None, "") and new in (None, ""):
            continue
        parts.append(f"{field}: {old} → {new}" if field in event.before else f"{field}: {new}")
    return "; ".join(parts)[:300]
