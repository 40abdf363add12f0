"""Logging more closures than fit into one quick transaction: a job of a worker, with progress."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused
from closedorders.core.task_queue.enqueue import enqueue_on_commit
from closedorders.orders.actions.stubs import ensure_buyer_account
from closedorders.orders.models import BuyerAccount, SupplierOrder

from .. import tasks
from ..models import Closure, ClosureEvidence, ClosureLog, ClosureReason
from .log import CLOCK_SKEW
from .reasons import check_reason

MOST_IN_JOB = 10_000
#: A number, the buyer account it is logged for (None: `buyer_account` of the log), and its reason.
Row = tuple[str, BuyerAccount | None, ClosureReason | None]


@transaction.atomic
def start_log(
    *,
    team: Team,
    rows: Sequence[Row],
    buyer_account: BuyerAccount | str | None,
    by: Membership,
    closed_at: datetime | None = None,
    words: str = "",
    origin: str = "",
    source: str = Closure.Source.PASTED,
    evidence: ClosureEvidence | None = None,
    by_itself: bool = False,
) -> ClosureLog:
    """Ask a worker to log these closures, `MOST_IN_JOB` at most. Nothing is logged yet.

    `buyer_account` is that of rows without one of their own; given as text it is made, as `log_closures` does.
    """
    allow(by, DESK, team_id=team.pk)
    now = timezone.now()
    closed_at = closed_at or now
    if len(rows) > MOST_IN_JOB:
        raise Refused(
            _("%(count)s numbers are too many: log at most %(most)s at a time.")
            % {"count": len(rows), "most": MOST_IN_JOB}
        )
    if closed_at > now + CLOCK_SKEW:
        raise Refused(_("The orders cannot have been closed in the future. Correct the time and save again."))
    for reason in {reason for _number, _account, reason in rows}:
        check_reason(reason, team)
    lock_team(team.pk)
    if isinstance(buyer_account, str):
        buyer_account = ensure_buyer_account(team=team, label=buyer_account, by=by)
    accounts = {account for _number, account, _reason in rows if account is not None}
    for account in accounts | ({buyer_account} if buyer_account else set()):
        if account.team_id != team.pk:
            raise Refused(_("This buyer account belongs to another team."))
    if buyer_account is None and any(account is None for _number, account, _reason in rows):
        raise Refused(_("Choose the AliExpress account of the orders of which no import knows it."))
    log = ClosureLog.objects.create(
        team=team,
        by=by,
        buyer_account=buyer_account,
        rows=[
            [number, account.pk if account else None, reason.pk if reason else None]
            for number, account, reason in rows
        ],
        closed_at=closed_at,
        words=words,
        origin=origin,
        source=source,
        evidence=evidence,
        by_itself=by_itself,
        progress_total=len(rows),
        created_at=now,
    )
    record(by=by, verb="closure_log_started", thing=log, after={"orders": len(rows)})
    enqueue_on_commit(tasks.run_log, log.pk)
    return log


def log_all_unlogged(
    *,
    team: Team,
    by: Membership,
    reason: ClosureReason | None,
    buyer_account: BuyerAccount | str | None = None,
    newest: int | None = None,
) -> ClosureLog:
    """Log every order that imports word as closed and nobody has logged, each for the account that placed it.

    `newest` is the key of the newest order that the person saw: those of a later import are left for the next time.
    `buyer_account` is for orders of which no import knows the account.
    """
    allow(by, DESK, team_id=team.pk)
    found = SupplierOrder.objects.for_team(team).looks_closed().select_related("buyer_account").order_by("pk")
    if newest is not None:
        found = found.filter(pk__lte=newest)
    orders = found.only("number", "buyer_account")[:MOST_IN_JOB]
    rows: list[Row] = [(order.number, order.buyer_account, reason) for order in orders]
    if not rows:
        raise Refused(_("All of these orders are logged by now."))
    return start_log(team=team, rows=rows, buyer_account=buyer_account, by=by, source=Closure.Source.IMPORTED)
