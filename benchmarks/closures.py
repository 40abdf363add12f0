"""Logging many closures, as a worker does it, against one COPY of as many rows into the same table."""

from __future__ import annotations

import io
import statistics
from time import perf_counter

from django.db import connection

from closedorders.accounts.models import Membership, Role, Team, User
from closedorders.closures.actions import start_log
from closedorders.closures.logs.running import run_log
from closedorders.closures.models import Closure, ClosureReason
from closedorders.orders.models import BuyerAccount, SupplierOrder

from . import databases
from .figures import Figure

_FIRST = 8_201_447_122_000_000


def figures(made: databases.Databases, *, numbers: int = 10_000, times: int = 5) -> list[Figure]:
    """The orders are known already, as after an import, and belong to no store order yet."""
    ours, plain = [], []
    for _ in range(times):
        name = made.make("closures")
        databases.use(name)
        ours.append(_log(numbers))
        plain.append(_copy())
        made.drop(name)
    return [
        Figure(
            f"Logging {numbers:,} closures, against one COPY of as many rows",
            statistics.median(ours),
            statistics.median(plain),
            4,
            "s",
            "PostgreSQL",
        )
    ]


def _log(numbers: int) -> float:
    """Seconds from the paste that is read to the last closure, with the audit trail and the status of orders."""
    team = Team.objects.create(slug="bench", name="Bench", language="en")
    user = User.objects.create_user("merchant@bench.example", None, name="Merchant")
    merchant = Membership.objects.create(team=team, user=user, role=Role.MERCHANT)
    account = BuyerAccount.objects.create(team=team, label="Main")
    reason = ClosureReason.objects.get(team=None, code="fraud_review")
    all_numbers = [str(_FIRST + at) for at in range(numbers)]
    SupplierOrder.objects.bulk_create(
        [
            SupplierOrder(
                team=team, number=number, buyer_account=account, status="Closed", status_code="closed"
            )
            for number in all_numbers
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    start = perf_counter()
    log = start_log(
        team=team, rows=[(number, account, reason) for number in all_numbers], buyer_account=None, by=merchant
    )
    run_log(log.pk)
    seconds = perf_counter() - start
    if Closure.objects.count() != numbers:
        raise RuntimeError(f"{Closure.objects.count()} closures of {numbers} were logged.")
    return seconds


def _copy() -> float:
    """Seconds to COPY the rows that were logged into their own table, with its indexes and foreign keys."""
    table = Closure._meta.db_table
    rows = io.StringIO()
    with connection.cursor() as cursor:
        raw = cursor.cursor
        raw.copy_expert(f"COPY {table} TO STDOUT", rows)
        cursor.execute(f"TRUNCATE {table} CASCADE")
        rows.seek(0)
        start = perf_counter()
        raw.copy_expert(f"COPY {table} FROM STDIN", rows)
        return perf_counter() - start
