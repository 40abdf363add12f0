"""The list of store credit and faster shipping that an offer needs."""

from __future__ import annotations

from ..models import Compensation
from ..plans.plan import Plan

ROWS_AT_ONCE = 200


def list_compensations(plan: Plan) -> int:
    """List what the offer gives each customer; those not given yet follow a changed offer. Returns how many changed.

    Runs within the transaction of `actions.prepare`, under the lock of the incident.
    """
    campaign, found = plan.campaign, plan.compensations
    theirs = [person.customer.pk for person in plan.people]
    mine = Compensation.objects.filter(incident=campaign.incident, customer__in=theirs)
    dropped, _details = mine.not_issued().exclude(kind__in=list(found.offers)).delete()
    new, changed = [], []
    for kind, wanted in found.offers.items():
        for person in found.missing(kind):
            row = found.rows.get((person.customer.pk, kind))
            if row is None:
                new.append(
                    Compensation(
                        team=campaign.team,
                        campaign=campaign,
                        incident=campaign.incident,
                        customer=person.customer,
                        kind=kind,
                        amount=wanted.amount,
                        currency=wanted.currency,
                        name=wanted.name,
                    )
                )
            else:
                row.amount, row.currency, row.name = wanted.amount, wanted.currency, wanted.name
                row.exported_at = None
                changed.append(row)
    Compensation.objects.bulk_create(new, batch_size=ROWS_AT_ONCE)
    Compensation.objects.bulk_update(
        changed, ["amount", "currency", "name", "exported_at"], batch_size=ROWS_AT_ONCE
    )
    mine.exclude(campaign=campaign).update(campaign=campaign)
    return len(new) + len(changed) + dropped
