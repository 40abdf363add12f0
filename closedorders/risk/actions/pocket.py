"""Pocket credit that was bought or used: what only people know."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.money import format_money
from closedorders.core.refusals import Refused
from closedorders.orders.models import BuyerAccount

from ..models import PocketEntry
from ..pocket.planning import expiry_of, left_of
from ..pocket.reading import MOST_ENTRIES, split


@transaction.atomic
def note_pocket_entry(
    *,
    account: BuyerAccount,
    kind: str,
    amount: Decimal,
    currency: str,
    happened_on: date,
    by: Membership,
    expires_on: date | None = None,
) -> PocketEntry:
    """Note a deposit or a use. A deposit without `expires_on` is good for three years.

    Refused where more would be used than there was on that day, or on a later one.
    """
    allow(by, MERCHANT, team_id=account.team_id)
    if happened_on > timezone.localdate(timezone=account.team.zone):
        raise Refused(_("This day is still to come. Enter it when it has happened."))
    kind = PocketEntry.Kind(kind).value
    if kind == PocketEntry.Kind.DEPOSIT:
        expires_on = expires_on or expiry_of(happened_on)
        if expires_on < happened_on:
            raise Refused(_("Credit is good until a day after it was bought."))
    else:
        expires_on = None
    # One at a time: two people who note uses must not use more than there is.
    lock_team(account.team_id)
    entry = PocketEntry(
        team=account.team,
        buyer_account=account,
        kind=kind,
        amount=amount,
        currency=currency,
        happened_on=happened_on,
        expires_on=expires_on,
        by=by,
    )
    entries = _entries(entry)
    if len(entries) >= MOST_ENTRIES:
        raise Refused(
            _("%(count)s entries of one account are the most that are kept.") % {"count": MOST_ENTRIES}
        )
    _refuse_unpaid([*entries, entry], entry)
    entry.save()
    record(
        by=by,
        verb="pocket_noted",
        thing=entry,
        after={
            "pocket": kind,
            "amount": amount,
            "currency": currency,
            "happened_on": happened_on,
            **({"expires_on": expires_on} if expires_on else {}),
        },
    )
    return entry


@transaction.atomic
def withdraw_pocket_entry(*, entry: PocketEntry, by: Membership) -> None:
    """Take back what was noted by mistake. A deposit that was used stays, until its use is taken back.

    A second call changes nothing.
    """
    allow(by, MERCHANT, team_id=entry.team_id)
    lock_team(entry.team_id)
    others = [each for each in _entries(entry) if each.pk != entry.pk]
    if entry.kind == PocketEntry.Kind.DEPOSIT:
        _refuse_unpaid(others, entry)
    if PocketEntry.objects.filter(pk=entry.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        record(
            by=by,
            verb="pocket_withdrawn",
            thing=entry,
            before={"pocket": entry.kind, "amount": entry.amount, "currency": entry.currency},
        )


def _entries(entry: PocketEntry) -> list[PocketEntry]:
    same = PocketEntry.objects.filter(
        team=entry.team_id, buyer_account=entry.buyer_account_id, currency=entry.currency, withdrawn_at=None
    )
    return list(same.order_by("happened_on", "pk")[:MOST_ENTRIES])


def _refuse_unpaid(entries: list[PocketEntry], entry: PocketEntry) -> None:
    _left, unpaid = left_of(*split(entries))
    if unpaid:
        raise Refused(
            _(
                "There was less credit: %(amount)s of what was used would not be paid. Correct the day or the amount."
            )
            % {"amount": format_money(unpaid, entry.currency)}
        )
