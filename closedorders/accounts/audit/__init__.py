"""Every write of a person leaves a line here, in the transaction of the write."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models

from ..models import AuditEvent, Membership, Team, User


def record(
    *,
    by: Membership | User | None,
    verb: str,
    thing: models.Model,
    team: Team | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Add one line to the audit trail.

    `by` is None when the product itself acted (a worker, a sweep). `verb` is a stable snake_case word pair such as
    `closures_logged`; pages translate it. Customers' e-mails, codes and document contents do not belong in
    `before`/`after`: assistants read this trail.
    """
    event = _line(by=by, verb=verb, thing=thing, team=team, before=before, after=after)
    event.save(force_insert=True)
    return event


def record_each(
    *,
    by: Membership | User | None,
    verb: str,
    changes: Iterable[tuple[models.Model, dict[str, Any], dict[str, Any]]],
    team: Team | None = None,
) -> None:
    """One line for each (thing, before, after), written together: what `record` is for one thing, for many."""
    AuditEvent.objects.bulk_create(
        [
            _line(by=by, verb=verb, thing=thing, team=team, before=before, after=after)
            for thing, before, after in changes
        ],
        batch_size=500,
    )


def _line(
    *,
    by: Membership | User | None,
    verb: str,
    thing: models.Model,
    team: Team | None,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> AuditEvent:
    if team is None:
        team = by.team if isinstance(by, Membership) else getattr(thing, "team", None)
    return AuditEvent(
        team=team,
        actor=by.user if isinstance(by, Membership) else by,
        verb=verb,
        thing=thing._meta.label_lower,
        thing_id=thing.pk,
        label=str(thing)[:200],
        before={k: _plain(v) for k, v in (before or {}).items()},
        after={k: _plain(v) for k, v in (after or {}).items()},
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, models.Model):
        return str(value)
    return value
