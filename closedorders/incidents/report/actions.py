from __future__ import annotations

from django.db import transaction

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.closures.models import Incident
from closedorders.core.stale import mark_of, refuse_if_changed


def report_mark(incident: Incident) -> str:
    return mark_of(incident.customers_asked, incident.lessons)


@transaction.atomic
def note_report(
    *, incident: Incident, customers_asked: int | None, lessons: str, seen: str = "", by: Membership
) -> None:
    """Store what only the merchant knows of the incident, ended or not."""
    allow(by, MERCHANT, team_id=incident.team_id)
    stored = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    refuse_if_changed(seen, report_mark(stored))
    new = {"customers_asked": customers_asked, "lessons": "\n".join(lessons.strip().splitlines())}
    before = {name: getattr(stored, name) for name in new if getattr(stored, name) != new[name]}
    if not before:
        return
    for name in before:
        setattr(incident, name, new[name])
    incident.save(update_fields=list(before))
    record(
        by=by,
        verb="report_noted",
        thing=incident,
        before=before,
        after={name: new[name] for name in before},
    )
