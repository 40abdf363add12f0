"""What people type at a store order: the customer, the promised day."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import DESK, MERCHANT, allow
from closedorders.core.refusals import Refused
from closedorders.core.stale import mark_of, refuse_if_changed

from ..models import Customer, StoreOrder
from ..status import refresh_status as refresh_status


@transaction.atomic
def change_customer(*, customer: Customer, name: str, email: str, by: Membership, seen: str = "") -> None:
    """Save what a person typed about a customer. Imports leave these fields alone from now on.

    `seen` is the `mark_of` what the person had before their eyes; refused when it is no longer that.
    """
    allow(by, MERCHANT, team_id=customer.store.team_id)
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    refuse_if_changed(seen, mark_of(customer.name, customer.email))
    typed = {"name": name, "email": email.lower()}
    changed = [each for each, value in typed.items() if getattr(customer, each) != value]
    if not changed:
        return
    before = {"name": customer.name} if "name" in changed else {}
    for each in changed:
        setattr(customer, each, typed[each])
    customer.edited_fields = sorted({*customer.edited_fields, *changed})
    customer.save(update_fields=[*changed, "edited_fields"])
    # Assistants read the trail: that the address changed, not what it is.
    after = {"name": name} if "name" in changed else {}
    if "email" in changed:
        after["email"] = "•••"
        # A mail may have gone to the new address already: then this customer has been told.
        refresh_status(customer.orders.values_list("pk", flat=True))
    record(by=by, verb="customer_changed", thing=customer, team=by.team, before=before, after=after)


BEFORE_THE_ORDER = gettext_lazy("This day is before the order was placed.")


@transaction.atomic
def promise_order_by(*, order: StoreOrder, day: date | None, by: Membership, seen: str = "") -> None:
    """The day the customer was told to have it by. `seen` as in `change_customer`."""
    allow(by, DESK, team_id=order.team_id)
    order = StoreOrder.objects.select_for_update(of=("self",)).select_related("team").get(pk=order.pk)
    refuse_if_changed(seen, mark_of(order.promised_by))
    if order.promised_by == day:
        return
    if day is not None and order.is_younger_than(day):
        raise Refused(str(BEFORE_THE_ORDER))
    before, order.promised_by = order.promised_by, day
    order.save(update_fields=["promised_by", "updated_at"])
    record(
        by=by, verb="order_promised", thing=order, before={"promised_by": before}, after={"promised_by": day}
    )
