"""Putting what the demo does at the time its story says: the product's own actions stamp everything with now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import models, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Team
from closedorders.cases.models import Case, Contact, Slot, Transition
from closedorders.closures.models import Closure, Incident
from closedorders.risk.models import Confirmation

#: What an action of the demo stamps with its own time: the rows, the way to their team, and the fields.
_STAMPED: tuple[tuple[type[models.Model], str, tuple[str, ...]], ...] = (
    (Incident, "team", ("opened_at", "ended_at")),
    (Closure, "team", ("logged_at", "outcome_at")),
    (Case, "team", ("opened_at",)),
    (Transition, "case__team", ("at",)),
    (Slot, "case__team", ("changed_at",)),
    (Contact, "case__team", ("at",)),
    (Confirmation, "team", ("at",)),
    (AuditEvent, "team", ("at",)),
)


@contextmanager
def happened_at(team: Team, moment: datetime) -> Iterator[None]:
    """Move what the block stamps with now to `moment`, which lies behind; a second later in the block stays later."""
    with transaction.atomic():
        begun = timezone.now()
        yield
        back = begun - moment
        for model, to_team, fields in _STAMPED:
            for field in fields:
                # Not by the model's own query set: the audit trail's lets nothing be changed, but this one is made up.
                rows: models.QuerySet[models.Model] = models.QuerySet(model)
                shifted = ExpressionWrapper(F(field) - back, output_field=DateTimeField())
                rows.filter(**{to_team: team, f"{field}__gte": begun}).update(**{field: shifted})
