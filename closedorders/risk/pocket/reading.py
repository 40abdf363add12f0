"""The Pocket credit of a team's accounts, and the days it should be enough for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from closedorders.accounts.models import Team
from closedorders.orders.models import BuyerAccount

from ..models import PocketEntry
from ..totals import daily_totals
from .planning import NOTHING, Lot, Plan, Use, expires_soon, held_on, left_of, lost_at_this_pace, plan

DAYS = 90
"""Over which an average day and the busiest day are counted; days without orders count as nothing spent."""
MOST_ENTRIES = 2_000
"""Noted for one account and currency; `note_pocket_entry` refuses more."""
MOST_ACCOUNTS = 50


@dataclass(frozen=True, slots=True)
class LotLeft:
    """A deposit, what is left of it, and what of that will be lost at the pace of the last days."""

    lot: Lot
    left: Decimal
    lost: Decimal
    expired: bool
    soon: bool


@dataclass(frozen=True, slots=True)
class PocketOf:
    """The credit of one account in one currency. `other_spending`: currencies it spends in and has no credit of."""

    account: BuyerAccount
    currency: str
    plan: Plan
    lots: list[LotLeft]
    other_spending: list[str]

    @property
    def lost(self) -> Decimal:
        return sum((lot.lost for lot in self.lots), NOTHING)


def pockets(team: Team) -> list[PocketOf]:
    """One for each account and currency in which it spent lately or has credit. Five queries, however many."""
    today = timezone.localdate(timezone=team.zone)
    accounts = {account.pk: account for account in BuyerAccount.objects.for_team(team)[:MOST_ACCOUNTS]}
    spent = _spent(team, today)
    entries: dict[tuple[int, str], list[PocketEntry]] = defaultdict(list)
    noted = PocketEntry.objects.filter(team=team, buyer_account__in=accounts, withdrawn_at=None)
    for entry in noted.order_by("happened_on", "pk"):
        entries[entry.buyer_account_id, entry.currency].append(entry)
    found = []
    for pk, currency in sorted({*spent, *entries} - {key for key in spent if key[0] not in accounts}):
        days = spent.get((pk, currency), [])
        lots, uses = split(entries.get((pk, currency), []))
        left, _unpaid = left_of(lots, uses)
        average = sum(days, NOTHING) / DAYS
        lost = lost_at_this_pace(lots, left, average=average, today=today)
        found.append(
            PocketOf(
                account=accounts[pk],
                currency=currency,
                plan=plan(average=average, peak=max(days, default=NOTHING), held=held_on(lots, left, today)),
                lots=[
                    LotLeft(
                        lot=lot,
                        left=left[lot.pk],
                        lost=lost.get(lot.pk, NOTHING),
                        expired=lot.expires_on < today,
                        soon=expires_soon(lot, today),
                    )
                    for lot in lots
                    if left[lot.pk]
                ],
                other_spending=sorted(
                    other
                    for (account, other), amounts in spent.items()
                    if account == pk and other != currency
                )
                if not days
                else [],
            )
        )
    return found


def split(entries: list[PocketEntry]) -> tuple[list[Lot], list[Use]]:
    """Deposits and uses of one account and currency. One deposit may be new, without a key."""
    lots = [
        Lot(entry.pk or 0, entry.happened_on, entry.expires_on or entry.happened_on, entry.amount)
        for entry in entries
        if entry.kind == PocketEntry.Kind.DEPOSIT
    ]
    uses = [Use(entry.happened_on, entry.amount) for entry in entries if entry.kind == PocketEntry.Kind.USE]
    return lots, uses


def _spent(team: Team, today: date) -> dict[tuple[int, str], list[Decimal]]:
    """By account and currency, what was spent on each of the last days with orders. Today is not over yet."""
    found: dict[tuple[int, str], list[Decimal]] = defaultdict(list)
    for total in daily_totals(team, today - timedelta(days=DAYS), today - timedelta(days=1)):
        if total.account is not None and total.currency and total.spent > 0:
            found[total.account, total.currency].append(total.spent)
    return found
