from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused
from closedorders.orderfiles.cells import is_aliexpress_number
from closedorders.orders.actions.stubs import ensure_buyer_account, ensure_supplier_orders
from closedorders.orders.models import BuyerAccount, SupplierOrder
from closedorders.orders.status import refresh_status as refresh_status

from ..blocks import is_over
from ..decoder.reading import decode, guessed_origin
from ..logs.inserting import insert_closures, record_logged
from ..models import Closure, ClosureEvidence, ClosureReason, Incident
from ..opening import open_incident, pass_on
from .playbooks import add_playbook_steps
from .reasons import check_reason, code_of
from .storms import note_storm

MOST_NUMBERS = 500
"""How many orders are logged at once, in one quick transaction. More of them are a job: `log_jobs.start_log`."""
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
    reasons: Mapping[str, ClosureReason | None] | None = None,
    origin: str = "",
    evidence: ClosureEvidence | None = None,
    by_itself: bool = False,
    most: int | None = None,
) -> LogResult:
    """Note that AliExpress closed these orders, in the incident of `buyer_account` that takes closures or a new one.

    An incident that is over its block takes no more: what AliExpress closes after that is a new event.

    A `buyer_account` given as text is its label: the account of that name is made if there is none, unless the log is
    refused or has no number to log.
    Unknown numbers become stubs; orders with a closure that was not reopened are not logged twice, also when two people
    log them at the same moment. `reason` None means "not sure yet", `closed_at` None means now. `words` are
    AliExpress's own. `reasons` are those of single numbers, where they differ from `reason`. A blank `origin` is
    guessed for each order from the words, or from how the import that brought it words its end. `evidence` is attached
    to all. `by_itself`: an import found them, and no person asked for it. More numbers than `most`, `MOST_NUMBERS`
    where it is None, are refused. What the reason's playbook says
    to do now is put on the incident. About twenty queries, however many numbers.
    """
    allow(by, DESK, team_id=team.pk)
    now = timezone.now()
    closed_at = closed_at or now
    numbers = list(dict.fromkeys(numbers))
    most = MOST_NUMBERS if most is None else most
    if len(numbers) > most:
        raise Refused(
            _("%(count)s numbers at once are too many: log at most %(most)s at a time.")
            % {"count": len(numbers), "most": most}
        )
    if closed_at > now + CLOCK_SKEW:
        raise Refused(_("The orders cannot have been closed in the future. Correct the time and save again."))
    of_numbers = {number: (reasons or {}).get(number, reason) for number in numbers}
    for each in {reason, *of_numbers.values()}:
        check_reason(each, team)
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
        .filter(supplier_order__pk__any_of={order.pk for order in orders.values()})
        .with_order()
        .order_by("pk")
    )
    closed = {closure.supplier_order_id for closure in already}
    fresh = [order for order in orders.values() if order.pk not in closed]
    if not fresh:
        return LogResult(incident=None, already=already, invalid=invalid)
    given = {of_numbers[order.number] for order in fresh}
    cause = next(iter(given)) if len(given) == 1 else None
    incident = _incident_for(team=team, buyer_account=buyer_account, reason=cause, by=by, now=now)
    origins = _origins(fresh, words) if not origin else {}
    logged = insert_closures(
        Closure(
            team_id=team.pk,
            incident=incident,
            closed_at=closed_at,
            logged_at=now,
            logged_by_id=by.pk,
            source=source,
            words=words,
        ),
        orders=fresh,
        reasons=[of_numbers[order.number] for order in fresh],
        origins=[origin or origins[order.pk] for order in fresh],
    )
    SupplierOrder.objects.filter(pk__any_of={order.pk for order in fresh}).update(closure_logged=True)
    refresh_status(order.store_order_id for order in fresh)
    record_logged(logged, by=by, codes=[code_of(of_numbers[order.number]) for order in fresh])
    record(
        by=by,
        verb="closures_logged",
        thing=incident,
        after={"orders": len(logged), "reason": code_of(cause), "closed_at": closed_at},
    )
    if evidence is not None:
        evidence.closures.add(*logged)
    note_storm(
        incident=incident, team=team, closed_at=closed_at, words=_said(fresh, words), by_itself=by_itself
    )
    for each in sorted(filter(None, given), key=lambda known: (known.position, known.pk)):
        add_playbook_steps(incident=incident, reason=each, by=by)
    return LogResult(
        incident=incident,
        logged=logged,
        already=already,
        stubs=[order.number for order in fresh if order.is_stub],
        invalid=invalid,
        elsewhere=[order for order in fresh if order.buyer_account_id != buyer_account.pk],
    )


def _origins(orders: Sequence[SupplierOrder], words: str) -> dict[int, str]:
    """What closed each order: by AliExpress's words for all, else by how an import words the order's end."""
    of_all = guessed_origin(decode(words))
    by_status = {status: guessed_origin(decode(status)) for status in {order.status for order in orders}}
    return {order.pk: of_all or by_status[order.status] for order in orders}


def _said(orders: Sequence[SupplierOrder], words: str) -> str:
    """All that AliExpress said of these orders, each text once."""
    return "\n".join(filter(None, [words, *sorted({order.status for order in orders})[:50]]))


def _incident_for(
    *, team: Team, buyer_account: BuyerAccount, reason: ClosureReason | None, by: Membership, now: datetime
) -> Incident:
    """The account's incident that takes closures, or a new one. The team's row is locked by the caller."""
    taking = Incident.objects.taking_closures().filter(buyer_account=buyer_account)
    incident = taking.annotate(over_block=is_over()).select_for_update(of=("self",)).first()
    earlier: Incident | None = None
    if incident is not None and incident.over_block:  # type: ignore[attr-defined]  # annotated above
        earlier, incident = incident, None
        pass_on(earlier, now=now)
    if incident is None:
        incident = open_incident(
            team=team, buyer_account=buyer_account, cause=reason, by=by, now=now, follows=earlier
        )
    elif incident.cause_id is None and reason is not None:
        incident.cause = reason
        incident.save(update_fields=["cause"])
        record(by=by, verb="incident_cause_set", thing=incident, after={"cause": reason.code})
    incident.team = team
    return incident
