"""What a merchant enters of the money that AliExpress owes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.closures.models import Closure, Incident
from closedorders.core.refusals import Refused
from closedorders.core.stale import mark_of, refuse_if_changed

from ..models import RefundWindow

FIELDS = (
    "supplier_refund_expected",
    "supplier_refund_currency",
    "supplier_refund_announced_on",
    "supplier_refund_received",
    "supplier_refund_received_on",
)
#: At once: more than a page of the list has.
MOST = 500


def mark_of_refund(closure: Closure) -> str:
    return mark_of(*(getattr(closure, name) for name in FIELDS))


def _check_day(day: date, closure: Closure) -> None:
    if day > timezone.localdate():
        raise Refused(_("This day is still to come. Enter it when it has happened."))
    if day.year < closure.closed_at.year - 1:
        raise Refused(_("This day lies long before the order was closed. Check the year."))


@transaction.atomic
def set_supplier_refund(
    *,
    closure: Closure,
    by: Membership,
    expected: Decimal | None,
    currency: str = "",
    announced_on: date | None = None,
    received: Decimal | None = None,
    received_on: date | None = None,
    seen: str = "",
) -> None:
    """Store what AliExpress announced for one closed order and what came. `expected` None: nothing is expected."""
    allow(by, MERCHANT, team_id=closure.team_id)
    lock_team(closure.team_id)
    found = Closure.objects.select_for_update(of=("self",)).select_related("incident").get(pk=closure.pk)
    refuse_if_changed(seen, mark_of_refund(found))
    if expected is None and (received is not None or received_on is not None):
        raise Refused(_("Enter what was expected too, so that what came can be compared with it."))
    if expected is not None:
        if expected <= 0:
            raise Refused(_("A refund is more than nothing. Leave the amount blank where none is expected."))
        if not currency:
            raise Refused(_("Name the currency of the refund."))
        announced_on = announced_on or timezone.localdate()
        _check_day(announced_on, found)
    else:
        currency, announced_on = "", None
    if received_on is not None:
        _check_day(received_on, found)
        received = expected if received is None else received
        if received is not None and received < 0:
            raise Refused(_("What came cannot be less than nothing."))
    elif received is not None:
        received_on = timezone.localdate()
    values = (expected, currency, announced_on, received, received_on)
    before = {name: getattr(found, name) for name in FIELDS}
    after = dict(zip(FIELDS, values, strict=True))
    changed = [name for name in FIELDS if before[name] != after[name]]
    if not changed:
        return
    Closure.objects.filter(pk=found.pk).update(**{name: after[name] for name in changed})
    for name in changed:
        setattr(closure, name, after[name])
    record(
        by=by,
        verb="supplier_refund_set",
        thing=closure,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    if "supplier_refund_received_on" in changed:
        verb = "supplier_refunds_received" if received_on else "supplier_refunds_not_received"
        record(by=by, verb=verb, thing=found.incident, after={"orders": 1, "received_on": received_on})


def _ticked(closures: QuerySet[Closure], by: Membership) -> list[Closure]:
    """Those of the member's team, locked; refused for more than `MOST`."""
    lock_team(by.team_id)
    found = list(
        closures.filter(team=by.team_id)
        .select_for_update(of=("self",))
        .select_related("incident", "supplier_order")
        .order_by("pk")[: MOST + 1]
    )
    if len(found) > MOST:
        raise Refused(_("At most %(most)s orders at once. Do the rest after these.") % {"most": MOST})
    return found


def _record(found: Sequence[Closure], verb: str, by: Membership, **after: object) -> None:
    """One line for each incident: a list of many would bury the others."""
    of: dict[Incident, int] = {}
    for closure in found:
        of[closure.incident] = of.get(closure.incident, 0) + 1
    for incident, orders in of.items():
        record(by=by, verb=verb, thing=incident, after={"orders": orders, **after})


@transaction.atomic
def expect_supplier_refunds(*, closures: QuerySet[Closure], announced_on: date, by: Membership) -> int:
    """Expect back what each of these orders cost, announced on this day. Returns how many nothing was known of."""
    allow(by, MERCHANT, team_id=by.team_id)
    found = [
        each
        for each in _ticked(closures, by)
        if each.supplier_refund_announced_on is None
        and each.supplier_refund_received_on is None
        and each.supplier_order.cost
        and each.supplier_order.currency
    ]
    for closure in found:
        _check_day(announced_on, closure)
        closure.supplier_refund_expected = closure.supplier_order.cost
        closure.supplier_refund_currency = closure.supplier_order.currency
        closure.supplier_refund_announced_on = announced_on
    Closure.objects.bulk_update(found, FIELDS[:3], batch_size=200)
    _record(found, "supplier_refunds_expected", by, announced_on=announced_on)
    return len(found)


@transaction.atomic
def receive_supplier_refunds(*, closures: QuerySet[Closure], received_on: date, by: Membership) -> list[int]:
    """The money of these came on this day, as much as was expected. Returns the keys of those still waited for."""
    allow(by, MERCHANT, team_id=by.team_id)
    found = [
        each
        for each in _ticked(closures, by)
        if each.supplier_refund_announced_on and each.supplier_refund_received_on is None
    ]
    for closure in found:
        _check_day(received_on, closure)
        closure.supplier_refund_received = closure.supplier_refund_expected
        closure.supplier_refund_received_on = received_on
    Closure.objects.bulk_update(found, FIELDS[3:], batch_size=200)
    _record(found, "supplier_refunds_received", by, received_on=received_on)
    return [closure.pk for closure in found]


@transaction.atomic
def take_back_receipt(*, closures: QuerySet[Closure], by: Membership) -> int:
    """A mistaken tick: the money of these has not come after all. Returns how many were ticked."""
    allow(by, MERCHANT, team_id=by.team_id)
    found = [each for each in _ticked(closures, by) if each.supplier_refund_received_on]
    for closure in found:
        closure.supplier_refund_received = closure.supplier_refund_received_on = None
    Closure.objects.bulk_update(found, FIELDS[3:], batch_size=200)
    _record(found, "supplier_refunds_not_received", by)
    return len(found)


@transaction.atomic
def set_refund_window(*, team: Team, first_day: int, last_day: int, by: Membership) -> None:
    """Store between which business days AliExpress's refunds come."""
    allow(by, MERCHANT, team_id=team.pk)
    if not 0 <= first_day <= last_day or not 1 <= last_day <= 90:
        raise Refused(_("The earliest day comes before the latest one, and the latest within 90 days."))
    lock_team(team.pk)
    stored = RefundWindow.objects.filter(team=team).first() or RefundWindow(team=team)
    before = {"first_day": stored.first_day, "last_day": stored.last_day}
    after = {"first_day": first_day, "last_day": last_day}
    if before == after:
        return
    stored.first_day, stored.last_day = first_day, last_day
    stored.save()
    record(by=by, verb="refund_window_set", thing=team, before=before, after=after)
