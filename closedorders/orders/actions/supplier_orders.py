"""What people do with AliExpress orders: join one to its store order."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import DESK, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused
from closedorders.core.stale import mark_of

from ..extensions import extensions
from ..models import Store, StoreOrder, SupplierOrder
from ..numbers import store_order_numbers
from ..status import refresh_status as refresh_status


def may_move(supplier_order: SupplierOrder) -> bool:
    """Whether an AliExpress order may be joined to another store order than before."""
    built_on = Q(replaces__isnull=False) | Q(replacements__isnull=False)
    for extension in extensions():
        for condition in extension.supplier_order_blockers().values():
            built_on |= Q(condition)
    return not SupplierOrder.objects.filter(built_on, pk=supplier_order.pk).exists()


@transaction.atomic
def match_supplier_order(
    *, supplier_order: SupplierOrder, store: Store, number: str, by: Membership, seen: str = ""
) -> StoreOrder:
    """Join an AliExpress order to the store order of this number by hand. Imports leave it there.

    One that is joined to another order moves, where that is the order the person saw it at (`seen` is the `mark_of` of
    its key), and nothing is built on it: what a customer was told of a closure stays theirs.
    """
    allow(by, DESK, team_id=supplier_order.team_id)
    allow(by, DESK, team_id=store.team_id)
    order = (
        StoreOrder.objects.filter(store=store, number__in=store_order_numbers(number.strip()))
        .order_by("pk")
        .first()
    )
    if order is None:
        raise Refused(
            _("%(store)s has no order %(number)s. Import its orders first, or check the number.")
            % {"store": store, "number": number}
        )
    # As imports and closures do: whoever comes second sees the other's rows when the standing is stored anew.
    lock_team(supplier_order.team_id)
    supplier_order = SupplierOrder.objects.select_for_update().get(pk=supplier_order.pk)
    before = supplier_order.store_order
    if before is not None and before != order:
        if seen != mark_of(before.pk):
            raise Refused(_("Somebody joined it to order %(order)s meanwhile.") % {"order": before})
        if not may_move(supplier_order):
            raise Refused(_("It was closed or bought again, so it stays with its order."))
    supplier_order.store_order = order
    supplier_order.edited_fields = sorted({*supplier_order.edited_fields, "store_order"})
    supplier_order.save(update_fields=["store_order", "edited_fields", "updated_at"])
    refresh_status([order.pk, before.pk if before else None])
    record(
        by=by,
        verb="supplier_order_matched",
        thing=supplier_order,
        before={"store_order": before},
        after={"store_order": order},
    )
    return order
