from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused
from closedorders.core.stale import mark_of, refuse_if_changed

from .extensions import extensions
from .models import BuyerAccount, Customer, Store, StoreOrder, SupplierOrder
from .numbers import store_order_numbers
from .order_cells import COLUMNS
from .own_views import MOST_OWN_VIEWS, PREFERENCE, OwnView, own_views
from .standing import refresh_standing

# --- Stores and buyer accounts ---


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


# --- Orders ---


@transaction.atomic
def choose_order_columns(*, by: Membership, columns: Sequence[str]) -> None:
    """Keep which columns of the orders list this person sees; none means the usual ones."""
    allow(by, DESK, team_id=by.team_id)
    fresh = Membership.objects.select_for_update().get(pk=by.pk)
    chosen = [name for name in COLUMNS if name in columns]
    before = fresh.preferences.get("order_columns")
    if before == (chosen or None):
        return
    fresh.preferences = {**fresh.preferences, "order_columns": chosen or None}
    fresh.save(update_fields=["preferences"])
    by.preferences = fresh.preferences
    record(
        by=by, verb="order_columns_chosen", thing=fresh, before={"columns": before}, after={"columns": chosen}
    )


@transaction.atomic
def keep_order_view(*, by: Membership, name: str, query: dict[str, str]) -> None:
    """Keep a list of orders as a tab of this person's own. `query` is `Listing.lasting`.

    Refused where it would list what a tab lists already, for a name that another one has, and past the limit.
    """
    allow(by, DESK, team_id=by.team_id)
    fresh = Membership.objects.select_for_update().get(pk=by.pk)
    views = own_views(fresh)
    if not set(query) - {"view"}:
        raise Refused(_("Choose a filter first: without one, this list is a tab already."))
    for view in views:
        if view.query == query:
            raise Refused(_("This list is a tab of yours already: “%(name)s”.") % {"name": view.name})
        if view.name.casefold() == name.casefold():
            raise Refused(
                _("You have a tab of this name already. Choose another name, or remove that one first.")
            )
    if len(views) >= MOST_OWN_VIEWS:
        raise Refused(
            _("You have %(most)s tabs of your own, and there is room for no more. Remove one first.")
            % {"most": MOST_OWN_VIEWS}
        )
    _keep_views(fresh, by, [*views, OwnView(name, query)])
    record(by=by, verb="order_view_kept", thing=fresh, after={"name": name, **query})


@transaction.atomic
def drop_order_view(*, by: Membership, view: OwnView) -> None:
    """Take a tab of one's own away; nothing happens where it is gone already, or is another list by now."""
    allow(by, DESK, team_id=by.team_id)
    fresh = Membership.objects.select_for_update().get(pk=by.pk)
    views = own_views(fresh)
    if view not in views:
        return
    _keep_views(fresh, by, [each for each in views if each != view])
    record(by=by, verb="order_view_dropped", thing=fresh, before={"name": view.name, **view.query})


def _keep_views(fresh: Membership, by: Membership, views: Sequence[OwnView]) -> None:
    fresh.preferences = {**fresh.preferences, PREFERENCE: [asdict(view) for view in views]}
    fresh.save(update_fields=["preferences"])
    by.preferences = fresh.preferences


def note_order_export(*, by: Membership, asked: Mapping[str, str]) -> None:
    """Customers leave the house in a file: who took which."""
    allow(by, DESK, team_id=by.team_id)
    # What was searched for may be an address: assistants read the trail.
    after = {name: value for name, value in asked.items() if name != "q"}
    record(by=by, verb="orders_exported", thing=by.team, after=after)


@transaction.atomic
def change_customer(*, customer: Customer, name: str, email: str, by: Membership, seen: str = "") -> None:
    """Save what a person typed about a customer. Imports leave these fields alone from now on.

    `seen` is the `mark_of` what the person had before their eyes; refused when it is no longer that.
    """
    allow(by, MERCHANT, team_id=customer.store.team_id)
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    refuse_if_changed(seen, customer.name, customer.email)
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
        refresh_standing(customer.orders.values_list("pk", flat=True))
    record(by=by, verb="customer_changed", thing=customer, team=by.team, before=before, after=after)


BEFORE_THE_ORDER = gettext_lazy("This day is before the order was placed.")


@transaction.atomic
def promise_order_by(*, order: StoreOrder, day: date | None, by: Membership, seen: str = "") -> None:
    """The day the customer was told to have it by. `seen` as in `change_customer`."""
    allow(by, DESK, team_id=order.team_id)
    order = StoreOrder.objects.select_for_update(of=("self",)).select_related("team").get(pk=order.pk)
    refuse_if_changed(seen, order.promised_by)
    if order.promised_by == day:
        return
    if day is not None and order.is_younger_than(day):
        raise Refused(str(BEFORE_THE_ORDER))
    before, order.promised_by = order.promised_by, day
    order.save(update_fields=["promised_by", "updated_at"])
    record(
        by=by, verb="order_promised", thing=order, before={"promised_by": before}, after={"promised_by": day}
    )


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
    refresh_standing([order.pk, before.pk if before else None])
    record(
        by=by,
        verb="supplier_order_matched",
        thing=supplier_order,
        before={"store_order": before},
        after={"store_order": order},
    )
    return order
