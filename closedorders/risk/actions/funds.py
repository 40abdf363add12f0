"""What somebody read at the bank or at PayPal, and from where the team works: what only people know."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.people.work_sessions import network_of
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount

from ..models import Funds, OfficeNetwork

MOST_OFFICES = 20


@transaction.atomic
def state_funds(
    *,
    account: BuyerAccount,
    method: str,
    currency: str,
    stated_on: date,
    by: Membership,
    available: Decimal | None = None,
    limit_a_day: Decimal | None = None,
    payments_a_day: int | None = None,
) -> Funds:
    """Store what there is to pay an account's orders with on a day. The newest statement of a method counts."""
    allow(by, MERCHANT, team_id=account.team_id)
    if stated_on > timezone.localdate(timezone=account.team.zone):
        raise Refused(_("This day is still to come. Enter it when it has happened."))
    if available is None and limit_a_day is None and payments_a_day is None:
        raise Refused(
            _("Enter at least one of what is available, the limit of a day, and the payments of a day.")
        )
    method = Funds.Method(method).value
    funds = Funds.objects.create(
        team=account.team,
        buyer_account=account,
        method=method,
        currency=currency,
        available=available,
        limit_a_day=limit_a_day,
        payments_a_day=payments_a_day,
        stated_on=stated_on,
        by=by,
    )
    record(by=by, verb="funds_stated", thing=funds, after={"stated_on": stated_on})
    return funds


@transaction.atomic
def withdraw_funds(*, funds: Funds, by: Membership) -> None:
    """Take a statement back: the one before it counts again. A second call changes nothing."""
    allow(by, MERCHANT, team_id=funds.team_id)
    if Funds.objects.filter(pk=funds.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        record(by=by, verb="funds_withdrawn", thing=funds, before={"stated_on": funds.stated_on})


@transaction.atomic
def declare_office(*, team: Team, address: str, label: str, by: Membership) -> OfficeNetwork:
    """Declare the network of an address as one from which the team works."""
    allow(by, MERCHANT, team_id=team.pk)
    lock_team(team.pk)
    network = network_of(address.partition("/")[0].strip())
    if not network:
        raise Refused(_("Not an address. Write it like 203.0.113.7 or choose one from the list."))
    live = OfficeNetwork.objects.filter(team=team, withdrawn_at=None)
    if live.filter(network=network).exists():
        raise Refused(_("This network is declared already."))
    if live.count() >= MOST_OFFICES:
        raise Refused(_("%(count)s networks are the most that can be declared.") % {"count": MOST_OFFICES})
    office = OfficeNetwork.objects.create(team=team, network=network, label=label.strip(), by=by)
    record(by=by, verb="office_declared", thing=office, after={"network": network})
    return office


@transaction.atomic
def withdraw_office(*, office: OfficeNetwork, by: Membership) -> None:
    """The team does not work from this network any more. A second call changes nothing."""
    allow(by, MERCHANT, team_id=office.team_id)
    if OfficeNetwork.objects.filter(pk=office.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        record(by=by, verb="office_withdrawn", thing=office, before={"network": office.network})
