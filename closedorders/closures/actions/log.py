from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record, record_each
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused
from closedorders.orderfiles.cells import is_aliexpress_number
from closedorders.orders.actions.stubs import ensure_buyer_account, ensure_supplier_orders
from closedorders.orders.models import BuyerAccount, SupplierOrder
from closedorders.orders.status import refresh_status as refresh_status

from ..models import Closure, ClosureReason, Incident
from .reasons import check_reason, code_of

MOST_NUMBERS = 500
"""How many orders are logged at once: more than anybody pastes, few enough for one quick transaction."""
# A person's clock may run ahead of the server's.
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class LogResult:
    """What became of the numbers.

    `incident`: where the logged closures went; None when nothing was logged. `already`: closures logged before.
    `stubs`: numbers of orders known by nothing else yet. `invalid`: no AliExpress numbers. `elsewhere`: orders that
    an import knows from another buyer account than the one chosen; they were logged all the same.
    """

    incident: Incident | None
    logged: list[Closure] = field(default_factory=list)
    already: list[Closure] = field(default_factory=list)
    stubs: list[str] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)
    elsewhere: list[SupplierOrder] = field(default_factory=list)


@transaction.atomic
def log_closures(
    *,
    team: Team,
    numbers: Sequence[str],
    reason: ClosureReason | None,
    buyer_account: BuyerAccount | str,
    by: Membership,
    closed_at: datetime | None = None,
    words: str = "",
    source: str = Closure.Source.PASTED,
) -> LogResult:
    """Note that AliExpress closed these orders, in the open incident of `buyer_account` or a new one.

    A `buyer_account` given as text is its label: the account of that name is made if there is none, unless the log is
    refused or has no number to log.
    Unknown numbers become stubs; orders with a closure that was not reopened are not logged twice, also when two people
    log them at the same moment. `reason` None means "not sure yet", `closed_at` None means now. `words` are
    AliExpress's own. About a dozen queries, however many numbers.
    """
    allow(by, DESK, team_id=team.pk)
    now = timezone.now()
    closed_at = closed_at or now
    numbers = list(dict.fromkeys(numbers))
    if len(numbers) > MOST_NUMBERS:
        raise Refused(
            _("%(count)s numbers at once are too many: log at most %(most)s at a time.")
            % {"count": len(numbers), "most": MOST_NUMBERS}
        )
    if closed_at > now + CLOCK_SKEW:
        raise Refused(_("The orders cannot have been closed in the future. Correct the time and save again."))
    check_reason(reason, team)
    if not isinstance(buyer_account, str) and buyer_account.team_id != team.pk:
        raise Refused(_("This buyer account belongs to another team."))
    valid = [number for number in numbers if is_aliexpress_number(number)]
    invalid = [number for number in numbers if not is_aliexpress_number(number)]
    if not valid:
        return LogResult(incident=None, invalid=invalid)
    # One log of a team at a time: whoever waits here sees what the other one logged, and incidents count up.
    lock_team(team.pk)
    if isinstance(buyer_account, str):
        buyer_account = ensure_buyer_account(team=team, label=buyer_account, by=by)
    orders = ensure_supplier_orders(team=team, numbers=valid, buyer_account=buyer_account, by=by)
    already = list(
        Closure.objects.for_team(team)
        .not_reopened()
        .filter(supplier_order__in=[order.pk for order in orders.values()])
        .with_order()
        .order_by("pk")
    )
    closed = {closure.supplier_order_id for closure in already}
    fresh = [order for order in orders.values() if order.pk not in closed]
    if not fresh:
        return LogResult(incident=None, already=already, invalid=invalid)
    incident = _incident_for(team=team, buyer_account=buyer_account, reason=reason, by=by, now=now)
    logged = Closure.objects.bulk_create(
        [
            Closure(
                team=team,
                supplier_order=order,
                incident=incident,
                reason=reason,
                closed_at=closed_at,
                logged_at=now,
                logged_by=by,
                source=source,
                words=words,
            )
            for order in fresh
        ],
        batch_size=500,
    )
    SupplierOrder.objects.filter(pk__in=[order.pk for order in fresh]).update(closure_logged=True)
    refresh_status(order.store_order_id for order in fresh)
    record_each(
        by=by,
        verb="closure_logged",
        changes=[
            (closure, {}, {"reason": code_of(reason), "incident": incident.number}) for closure in logged
        ],
    )
    record(
        by=by,
        verb="closures_logged",
        thing=incident,
        after={"orders": len(logged), "reason": code_of(reason), "closed_at": closed_at},
    )
    return LogResult(
        incident=incident,
        logged=logged,
        already=already,
        stubs=[order.number for order in fresh if order.is_stub],
        invalid=invalid,
        elsewhere=[order for order in fresh if order.buyer_account_id != buyer_account.pk],
    )


def _incident_for(
    *, team: Team, buyer_account: BuyerAccount, reason: ClosureReason | None, by: Membership, now: datetime
) -> Incident:
    """The account's open incident, or a new one. The team's row is locked by the caller."""
    incident = Incident.objects.open().filter(buyer_account=buyer_account).select_for_update().first()
    if incident is None:
        last = Incident.objects.filter(team=team).aggregate(last=Max("number"))["last"] or 0
        incident = Incident.objects.create(
            team=team,
            number=last + 1,
            buyer_account=buyer_account,
            cause=reason,
            owner=by if by.is_merchant else None,
            opened_at=now,
            opened_by=by,
        )
        record(by=by, verb="incident_opened", thing=incident, after={"cause": code_of(reason)})
    elif incident.cause_id is None and reason is not None:
        incident.cause = reason
        incident.save(update_fields=["cause"])
        record(by=by, verb="incident_cause_set", thing=incident, after={"cause": reason.code})
    return incident
