"""Customers whom a person told what became of their orders, without a mail."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.closures.models import Closure, Incident
from closedorders.core.refusals import Refused
from closedorders.orders.models import Customer
from closedorders.orders.status import refresh_status as refresh_status

from ..audience import is_solved
from ..models import DirectContact
from ..untold import ON_ITS_WAY, by_customer, untold_closures


@transaction.atomic
def note_contact(
    *, incident: Incident, customer: Customer, how: str, note: str, by: Membership
) -> DirectContact:
    """Note that a person told the customer what became of their closed orders of this incident.

    From here on they count as told everywhere, and no apology of the incident goes to them. Refused while a mail to
    them is under way, and while an apology would not be true yet.
    """
    allow(by, MERCHANT, team_id=incident.team_id)
    # The lock that sending takes, so that no mail is approved meanwhile.
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    if not is_solved(incident):
        raise Refused(
            _(
                "The account is not unblocked yet: all that can be said now is that it takes longer. Mark it then."
            )
        )
    closures = Closure.objects.filter(incident=incident, supplier_order__store_order__customer=customer)
    rows = untold_closures(closures)
    if not rows:
        raise Refused(_("This customer has been told already. Nothing was changed."))
    if by_customer(rows)[0].word == ON_ITS_WAY:
        raise Refused(
            _("A mail to this customer is on its way. Wait until it has arrived, or cancel it first.")
        )
    contact = DirectContact.objects.create(
        team=incident.team,
        incident=incident,
        customer=customer,
        how=DirectContact.How(how),
        note=note,
        created_by=by,
    )
    contact.closures.set([row.pk for row in rows])
    refresh_status(row.order for row in rows)
    after = {"how": contact.how, "incident": incident.number} | ({"note": note} if note else {})
    record(by=by, verb="customer_told_in_person", thing=contact, after=after)
    return contact


@transaction.atomic
def undo_contact(*, contact: DirectContact, by: Membership) -> None:
    """It was marked by mistake: the customer is still to be told."""
    allow(by, MERCHANT, team_id=contact.team_id)
    Incident.objects.select_for_update(of=("self",)).get(pk=contact.incident_id)
    undone = DirectContact.objects.live().filter(pk=contact.pk).update(undone_at=timezone.now(), undone_by=by)
    if not undone:
        return
    refresh_status(contact.closures.values_list("supplier_order__store_order", flat=True))
    record(by=by, verb="customer_told_in_person_undone", thing=contact, before={"how": contact.how})
