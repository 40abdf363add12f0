from __future__ import annotations

from closedorders.accounts.models import AuditEvent
from closedorders.incidents.actions import end_incident, set_cause
from tests.cast import Cast
from tests.factories import make_incident, make_supplier_order, reason


def test_an_incident_ends_once_and_its_cause_can_be_named(cast: Cast) -> None:
    incident = make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team)])
    set_cause(incident=incident, cause=reason("travel"), by=cast.merchant)
    end_incident(incident=incident, by=cast.merchant)
    end_incident(incident=incident, by=cast.merchant)
    incident.refresh_from_db()
    assert incident.cause == reason("travel")
    assert incident.ended_by == cast.merchant
    assert AuditEvent.objects.filter(verb="incident_ended").count() == 1
