"""The audit trail in words: `{{ event|audit_verb }}`, `{{ event|audit_changes }}`."""

from __future__ import annotations

from django import template

from closedorders.accounts.audit.verbs import VERBS
from closedorders.accounts.audit.words import TeamWords, changes
from closedorders.accounts.models import AuditEvent

register = template.Library()


@register.filter
def audit_verb(event: AuditEvent) -> str:
    return str(VERBS.get(event.verb, event.verb.replace("_", " ")))


@register.filter
def audit_changes(event: AuditEvent, own: TeamWords | None = None) -> str:
    """`Name: Casa Luna → Casa Sol; Time zone: …`, at most 500 characters: one change of the longest values is whole."""
    return "; ".join(changes(event, own))[:500]
