"""What people do with stores and buyer accounts."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, MERCHANT, allow
from closedorders.core.refusals import Refused
from closedorders.orderfiles.cells.cards_in_notes import numbers_like_cards, with_masked_cards

from ..models import AlipayVerification, BuyerAccount, Store, SupplierOrder
from ..status import refresh_status as refresh_status


@transaction.atomic
def add_store(*, team: Team, by: Membership, **fields: Any) -> Store:
    """A new shop of the team. Refused when one of this name is there already."""
    allow(by, DESK if not team.stores.exists() else MERCHANT, team_id=team.pk)
    try:
        with transaction.atomic():
            store = Store.objects.create(team=team, **fields)
    except IntegrityError:
        raise Refused(_("There is a store of this name already.")) from None
    record(by=by, verb="store_added", thing=store, after=fields)
    return store


@transaction.atomic
def change_store(*, store: Store, by: Membership, **fields: Any) -> None:
    """Save whichever of the fields differ from what is stored."""
    allow(by, MERCHANT, team_id=store.team_id)
    _change(Store.objects.select_for_update().get(pk=store.pk), "store_changed", by, fields)


@transaction.atomic
def add_buyer_account(*, team: Team, by: Membership, **fields: Any) -> BuyerAccount:
    """A new AliExpress account of the team. Refused when one of this label is there already."""
    allow(by, DESK if not team.buyer_accounts.exists() else MERCHANT, team_id=team.pk)
    try:
        with transaction.atomic():
            account = BuyerAccount.objects.create(team=team, **fields)
    except IntegrityError:
        raise Refused(_("There is a buyer account of this name already.")) from None
    record(by=by, verb="buyer_account_added", thing=account, after=fields)
    return account


@transaction.atomic
def change_buyer_account(*, account: BuyerAccount, by: Membership, **fields: Any) -> None:
    """Save whichever of the fields differ from what is stored."""
    allow(by, MERCHANT, team_id=account.team_id)
    account = BuyerAccount.objects.select_for_update().get(pk=account.pk)
    _change(account, "buyer_account_changed", by, fields)


@transaction.atomic
def note_alipay_verification(
    *, account: BuyerAccount, outcome: str, day: date, by: Membership, note: str = ""
) -> AlipayVerification:
    """Note what came of asking for the account's verification with Alipay, on a day that is not in the future."""
    allow(by, MERCHANT, team_id=account.team_id)
    if outcome not in AlipayVerification.Outcome.values:
        raise Refused(_("Choose what came of it."))
    if day > timezone.localdate(timezone=by.team.zone):
        raise Refused(_("The day cannot be in the future."))
    account = BuyerAccount.objects.select_for_update().get(pk=account.pk)
    orders = SupplierOrder.objects.filter(team=account.team_id, number__in=numbers_like_cards(note))
    note = with_masked_cards(note, orders=set(orders.values_list("number", flat=True)))
    made = AlipayVerification.objects.create(account=account, outcome=outcome, day=day, note=note, by=by)
    before = account.alipay_verified_on
    account.alipay_verified_on = day if outcome == AlipayVerification.Outcome.VERIFIED else None
    account.save(update_fields=["alipay_verified_on"])
    record(
        by=by,
        verb="alipay_verified",
        thing=account,
        before={"alipay_verified_on": before},
        after={"alipay_outcome": outcome, "alipay_verified_on": account.alipay_verified_on},
    )
    return made


def _change(row: Store | BuyerAccount, verb: str, by: Membership, fields: dict[str, Any]) -> None:
    before = {name: getattr(row, name) for name, value in fields.items() if getattr(row, name) != value}
    if not before:
        return
    for name in before:
        setattr(row, name, fields[name])
    try:
        with transaction.atomic():
            row.save(update_fields=list(before))
    except IntegrityError:
        raise Refused(_("This name is taken by another one.")) from None
    record(by=by, verb=verb, thing=row, before=before, after={name: fields[name] for name in before})
