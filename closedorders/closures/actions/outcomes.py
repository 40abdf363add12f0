from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused
from closedorders.orderfiles.cells import is_aliexpress_number
from closedorders.orders.actions.stubs import ensure_supplier_orders
from closedorders.orders.models import SupplierOrder
from closedorders.orders.status import refresh_status as refresh_status

from ..models import Closure

MONEY_OUTCOMES = {Closure.Outcome.REFUNDED, Closure.Outcome.WRITTEN_OFF}
"""Outcomes that are about money: a merchant's to say, not an assistant's."""


@transaction.atomic
def set_words(*, closure: Closure, words: str, by: Membership) -> None:
    """Store AliExpress's exact words."""
    allow(by, DESK, team_id=closure.team_id)
    words = words.strip()
    before = Closure.objects.select_for_update().get(pk=closure.pk).words
    if words == before:
        return
    closure.words = words
    closure.save(update_fields=["words"])
    record(by=by, verb="closure_words_set", thing=closure, before={"words": before}, after={"words": words})


@transaction.atomic
def set_origin(*, closure: Closure, origin: str, by: Membership) -> None:
    """Store who or what closed the order, a value of `Closure.Origin`; blank where nobody knows."""
    allow(by, DESK, team_id=closure.team_id)
    origin = Closure.Origin(origin).value if origin else ""
    before = Closure.objects.select_for_update().get(pk=closure.pk).origin
    if origin == before:
        return
    closure.origin = origin
    closure.save(update_fields=["origin"])
    record(
        by=by, verb="closure_origin_set", thing=closure, before={"origin": before}, after={"origin": origin}
    )


@transaction.atomic
def reopen_closure(*, closure: Closure, by: Membership) -> None:
    """AliExpress took the closure back: the order lives again, and the closure stays as history."""
    allow(by, DESK, team_id=closure.team_id)
    lock_team(closure.team_id)
    now = timezone.now()
    before = (
        Closure.objects.select_for_update(of=("self",)).select_related("supplier_order").get(pk=closure.pk)
    )
    if before.reopened_at is not None:
        return
    closure.reopened_at = closure.outcome_at = now
    closure.outcome, closure.outcome_by = Closure.Outcome.REOPENED, by
    closure.save(update_fields=["reopened_at", "outcome", "outcome_at", "outcome_by"])
    refresh_status([before.supplier_order.store_order_id])
    record(
        by=by,
        verb="closure_reopened",
        thing=closure,
        before={"outcome": before.outcome},
        after={"outcome": closure.outcome},
    )


@transaction.atomic
def set_outcome(
    *,
    closure: Closure,
    outcome: str,
    by: Membership,
    replacement: str = "",
    payment_method: str | None = None,
) -> None:
    """How the closure was made good: open, reordered, refunded or written off.

    `replacement` is the AliExpress number of the order that was placed instead; it is linked to the closed one and
    to the same store order. An outcome that changes removes the link to a mistyped replacement.
    `payment_method`, of `SupplierOrder.PaidWith`, is how that order was paid: blank takes back what a person said of
    it, None leaves it alone.
    """
    allow(by, DESK, team_id=closure.team_id)
    team = closure.team
    outcome = Closure.Outcome(outcome)
    if outcome == Closure.Outcome.REOPENED:
        raise Refused(_("Say that AliExpress took the closure back with the button for it."))
    if outcome in MONEY_OUTCOMES and by.is_assistant:
        raise Refused(_("Refunds and losses are for a merchant of your team to enter."))
    lock_team(team.pk)
    now = timezone.now()
    before = (
        Closure.objects.select_for_update(of=("self",)).select_related("supplier_order").get(pk=closure.pk)
    )
    if before.reopened_at is not None:
        raise Refused(_("AliExpress took this closure back: there is nothing left to make good."))
    if before.outcome in MONEY_OUTCOMES and by.is_assistant:
        raise Refused(_("A merchant has settled this order. Ask them to change it."))
    old_order = before.supplier_order
    old_numbers = list(old_order.replacements.values_list("number", flat=True))
    new_numbers = [replacement] if replacement else []
    if outcome != Closure.Outcome.REPLACED:
        new_numbers = []
    elif not replacement:
        new_numbers = old_numbers
    was: dict[str, Any] = {"outcome": before.outcome}
    became: dict[str, Any] = {"outcome": outcome.value}
    if new_numbers != old_numbers:
        was["replacement"], became["replacement"] = ", ".join(old_numbers), ", ".join(new_numbers)
        for order in old_order.replacements.all():
            _unlink_replacement(order)
        if new_numbers:
            _link_replacement(closed=old_order, number=replacement, team=team, by=by)
    if was != became:
        closure.outcome = outcome
        closure.outcome_at = None if outcome == Closure.Outcome.OPEN else now
        closure.outcome_by = None if outcome == Closure.Outcome.OPEN else by
        closure.save(update_fields=["outcome", "outcome_at", "outcome_by"])
        refresh_status([old_order.store_order_id])
    new = old_order.replacements.order_by("pk").first()
    if new and payment_method is not None:
        paid = _note_payment(new, payment_method)
        if paid != new.payment_method:
            was["payment_method"], became["payment_method"] = paid, new.payment_method
    if was != became:
        record(by=by, verb="closure_outcome_set", thing=closure, before=was, after=became)


def _unlink_replacement(order: SupplierOrder) -> None:
    """Let the order replace nothing, and forget how it was paid unless a file has it."""
    order.replaces = None
    _note_payment(order, "")
    order.save(update_fields=["replaces", "updated_at"])


def _note_payment(order: SupplierOrder, method: str) -> str:
    """Store how a person says that it was paid, which no import changes; the earlier value."""
    before = order.payment_method
    typed = "payment_method" in order.edited_fields
    if method == before or not (method or typed):
        return before
    order.payment_method = SupplierOrder.PaidWith(method).value if method else ""
    others = {each for each in order.edited_fields if each != "payment_method"}
    order.edited_fields = sorted(others | {"payment_method"} if method else others)
    order.save(update_fields=["payment_method", "edited_fields", "updated_at"])
    return before


def _link_replacement(*, closed: SupplierOrder, number: str, team: Team, by: Membership) -> None:
    if not is_aliexpress_number(number):
        raise Refused(_("An AliExpress order number has 8 to 20 digits and nothing else."))
    if number == closed.number:
        raise Refused(_("This is the closed order's own number. Enter the number of the new order."))
    new = ensure_supplier_orders(team=team, numbers=[number], buyer_account=closed.buyer_account, by=by)[
        number
    ]
    if new.replaces_id not in (None, closed.pk):
        raise Refused(_("Order %(number)s already stands in for another closed order.") % {"number": number})
    # Following the chain from the closed order back to the first one must not meet the new one.
    seen, earlier = {closed.pk}, closed.replaces
    while earlier is not None and earlier.pk not in seen:
        if earlier.pk == new.pk:
            raise Refused(
                _("Order %(number)s came before this one: it cannot stand in for it.") % {"number": number}
            )
        seen.add(earlier.pk)
        earlier = earlier.replaces
    if new.store_order_id is not None and closed.store_order_id not in (None, new.store_order_id):
        raise Refused(
            _("Order %(number)s was bought for another order of your store. Check the number.")
            % {"number": number}
        )
    new.replaces = closed
    if new.store_order_id is None:
        new.store_order = closed.store_order
    new.save(update_fields=["replaces", "store_order", "updated_at"])
