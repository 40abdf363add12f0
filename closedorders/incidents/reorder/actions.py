"""Making a reorder plan, and working through it: one order at a time, each by one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.closures.actions import set_outcome
from closedorders.closures.models import Closure, Incident
from closedorders.core.refusals import Refused
from closedorders.core.text.formatting import count
from closedorders.orders.models import StoreOrder, SupplierOrder

from .models import ReorderBatch, ReorderLine, ReorderPlan
from .planning import BY_PROMISE, EPACKET, FASTER, Batch, Duty, Limits, Order, lasts_too_long, plan_batches

#: How long whoever claims an order has it.
CLAIM = timedelta(minutes=20)
#: A mistyped number can be taken back for this long.
UNDO_FOR = timedelta(minutes=10)
#: The most orders of one plan.
MOST_ORDERS = 2_000
# Of the free orders, how many one claim tries: each is lost to another person at most.
_TRIES = 20
SHIPPING_CHOICES = (BY_PROMISE, EPACKET, FASTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What the merchant chose for a plan. `gift` is noted on every order; blank for none."""

    limits: Limits
    route: str
    starts_on: date
    shipping: str = BY_PROMISE
    gift: str = ""
    duty: Duty | None = None


@transaction.atomic
def make_plan(*, incident: Incident, options: PlanOptions, by: Membership) -> ReorderPlan:
    """Plan the incident's open closures anew. Who has an order of the plan before has it in this one too."""
    allow(by, MERCHANT, team_id=incident.team_id)
    if options.shipping not in SHIPPING_CHOICES:
        raise Refused(_("Choose how the orders are shipped."))
    route = SupplierOrder.PaidWith(options.route)
    lock_team(incident.team_id)
    orders, closures = _open_orders(incident)
    if not orders:
        raise Refused(_("No order of this incident is open: there is nothing to reorder."))
    if len(orders) > MOST_ORDERS:
        raise Refused(
            _("A plan has at most %(most)s orders. Set the outcome of some of them first.")
            % {"most": count(MOST_ORDERS)}
        )
    batches = plan_batches(
        orders, options.limits, starts_on=options.starts_on, duty=options.duty, shipping=options.shipping
    )
    if lasts_too_long(batches):
        raise Refused(_("With these limits it would take more than a year. Allow more orders a day."))
    now = timezone.now()
    claims = {
        line.closure_id: line
        for line in ReorderLine.objects.filter(
            plan__incident=incident, plan__retired_at=None, claimed_until__gt=now
        )
    }
    ReorderPlan.objects.current().filter(incident=incident).update(retired_at=now)
    limits, duty = options.limits, options.duty
    plan = ReorderPlan.objects.create(
        team_id=incident.team_id,
        incident=incident,
        made_by=by,
        made_at=now,
        currency=limits.currency,
        per_batch=limits.per_batch,
        orders_per_day=limits.orders_per_day,
        per_day=limits.per_day,
        duty_per_item=duty.per_item if duty else None,
        duty_currency=duty.currency if duty else "",
        duty_since=duty.since if duty else None,
        duty_up_to=duty.up_to if duty else None,
    )
    _store_batches(plan, batches, closures, route=route, gift=options.gift, claims=claims)
    record(
        by=by, verb="reorder_planned", thing=incident, after={"orders": len(orders), "batches": len(batches)}
    )
    return plan


def _open_orders(incident: Incident) -> tuple[list[Order], dict[int, Closure]]:
    """What the plan is made of, `MOST_ORDERS` and one at most, with their closures by key."""
    rows = Closure.objects.filter(incident=incident).open()
    rows = rows.select_related("supplier_order__store_order").order_by("pk")[: MOST_ORDERS + 1]
    closures = {closure.pk: closure for closure in rows}
    sales = {closure.supplier_order.store_order_id for closure in closures.values()}
    parts = dict(
        SupplierOrder.objects.filter(store_order__in=sales - {None}, replaces=None)
        .order_by()
        .values_list("store_order")
        .annotate(parts=Count("pk"))
    )
    return [_order(closure, parts) for closure in closures.values()], closures


def _order(closure: Closure, parts: dict[int, int]) -> Order:
    bought = closure.supplier_order
    sale: StoreOrder | None = bought.store_order
    # A sale that was bought in several AliExpress orders has its products in several parcels, one each as a rule.
    items = len(sale.lines) if sale and parts.get(sale.pk, 1) == 1 else 1
    return Order(
        key=closure.pk,
        promised_by=sale.promised_by if sale else None,
        value=(sale.total if sale else None) or Decimal(0),
        cost=bought.cost,
        currency=bought.currency if bought.cost is not None else "",
        country=sale.ship_country if sale else "",
        items=max(items, 1),
    )


def _store_batches(
    plan: ReorderPlan,
    batches: list[Batch],
    closures: dict[int, Closure],
    *,
    route: str,
    gift: str,
    claims: dict[int, ReorderLine],
) -> None:
    stored = ReorderBatch.objects.bulk_create(
        [
            ReorderBatch(
                plan=plan,
                number=batch.number,
                day=batch.day,
                route=route,
                currency=batch.currency,
                over_limit=batch.over,
            )
            for batch in batches
        ],
        batch_size=500,
    )
    lines: list[ReorderLine] = []
    for row, batch in zip(stored, batches, strict=True):
        for line in batch.lines:
            claim = claims.get(line.order.key)
            lines.append(
                ReorderLine(
                    plan=plan,
                    batch=row,
                    closure=closures[line.order.key],
                    place=len(lines) + 1,
                    cost=line.order.cost,
                    currency=line.order.currency,
                    items=line.order.items,
                    duty=line.duty,
                    shipping=line.shipping,
                    gift=gift,
                    claimed_by_id=claim.claimed_by_id if claim else None,
                    claimed_until=claim.claimed_until if claim else None,
                )
            )
    ReorderLine.objects.bulk_create(lines, batch_size=500)


@transaction.atomic
def set_route(*, batch: ReorderBatch, route: str, by: Membership) -> None:
    """Pay this batch another way."""
    allow(by, MERCHANT, team_id=batch.plan.team_id)
    batch = (
        ReorderBatch.objects.select_for_update(of=("self",)).select_related("plan__incident").get(pk=batch.pk)
    )
    before, route = batch.route, SupplierOrder.PaidWith(route).value
    if before == route:
        return
    batch.route = route
    batch.save(update_fields=["route"])
    record(
        by=by,
        verb="reorder_route_set",
        thing=batch.plan.incident,
        before={"batch": batch.number, "payment_method": before},
        after={"batch": batch.number, "payment_method": route},
    )


@transaction.atomic
def change_line(*, line: ReorderLine, shipping: str, gift: str, items: int, by: Membership) -> None:
    """Ship it another way, add or leave out the gift, count its product lines for the duty."""
    allow(by, MERCHANT, team_id=line.plan.team_id)
    line = _locked(line)
    before = {"shipping": line.shipping, "gift": line.gift, "items": line.items}
    line.shipping, line.gift, line.items = ReorderLine.Shipping(shipping).value, gift.strip(), items
    after = {"shipping": line.shipping, "gift": line.gift, "items": line.items}
    if before == after:
        return
    if line.duty is not None and line.plan.duty_per_item is not None:
        line.duty = line.plan.duty_per_item * items
    line.save(update_fields=["shipping", "gift", "items", "duty"])
    record(by=by, verb="reorder_line_changed", thing=line.closure, before=before, after=after)


def _locked(line: ReorderLine) -> ReorderLine:
    rows = ReorderLine.objects.select_for_update(of=("self",)).select_related(
        "plan__incident", "batch", "closure__supplier_order", "closure__team", "claimed_by__user"
    )
    return rows.get(pk=line.pk)


@transaction.atomic
def claim_next(*, plan: ReorderPlan, by: Membership) -> ReorderLine:
    """Give this person the first free order of the plan for `CLAIM`; the one they have, where they have one.

    Two people never get the same order: each claim is an update that only a free order answers.
    """
    allow(by, DESK, team_id=plan.team_id)
    # Locked, so that a double click claims once, and two people do not exceed the day's limits together.
    plan = (
        ReorderPlan.objects.select_for_update(no_key=True, of=("self",))
        .select_related("team")
        .get(pk=plan.pk)
    )
    now = timezone.now()
    lines = plan.lines.waiting()
    mine = lines.claimed(now).filter(claimed_by=by).in_turn().first()
    if mine is not None:
        return mine
    today = timezone.localdate(now, plan.team.zone)
    for line in lines.free(now).filter(batch__day__lte=today).in_turn()[:_TRIES]:
        _refuse_above_limits(plan, line, now)
        if claim_if_free(line, by, now):
            record(by=by, verb="reorder_claimed", thing=line.closure)
            return line
    raise Refused(_nothing_free(plan, now, today))


def claim_if_free(line: ReorderLine, by: Membership, now: datetime) -> bool:
    """Claim this line if it is still free; whether it was."""
    # Of its own columns only: a database that waited for another claim asks the row again, but no other table.
    free = ReorderLine.objects.filter(pk=line.pk).free(now)
    return bool(free.update(claimed_by=by, claimed_until=now + CLAIM, done_by=None, done_at=None))


def _refuse_above_limits(plan: ReorderPlan, line: ReorderLine, now: datetime) -> None:
    """Refuse what would exceed the limits of a day: yesterday's rest does not come on top of today's."""
    if plan.orders_per_day is None and plan.per_day is None:
        return
    orders, amount = used_today(plan, now)
    if plan.orders_per_day is not None and orders >= plan.orders_per_day:
        raise Refused(
            _("Today's limit of %(limit)s orders is reached. Go on tomorrow.")
            % {"limit": count(plan.orders_per_day)}
        )
    cost = line.cost if line.cost is not None and line.currency == plan.currency else Decimal(0)
    if plan.per_day is not None and orders and amount + cost > plan.per_day:
        raise Refused(_("Today's limit for the amount is reached. Go on tomorrow."))


def used_today(plan: ReorderPlan, now: datetime) -> tuple[int, Decimal]:
    """Orders of this incident placed today or in somebody's hands, and what they cost in the plan's currency."""
    today = timezone.localdate(now, plan.team.zone)
    midnight = datetime.combine(today, time.min, tzinfo=plan.team.zone)
    lines = ReorderLine.objects.filter(plan__incident=plan.incident_id)
    orders, amount = 0, Decimal(0)
    for found in (lines.filter(done_at__gte=midnight), plan.lines.waiting().claimed(now)):
        orders += found.count()
        amount += found.filter(currency=plan.currency).aggregate(cost=Sum("cost"))["cost"] or 0
    return orders, amount


def _nothing_free(plan: ReorderPlan, now: datetime, today: date) -> str:
    waiting = plan.lines.waiting()
    if not waiting.exists():
        return _("Every order of this plan is placed.")
    if waiting.claimed(now).filter(batch__day__lte=today).exists():
        return _(
            "Others have the orders that are left for today. One comes free when its 20 minutes are over."
        )
    return _("Nothing is left for today. The next batch is for another day.")


@transaction.atomic
def release_line(*, line: ReorderLine, by: Membership) -> None:
    """Give an order back before its time is over. A merchant may free anybody's."""
    allow(by, DESK, team_id=line.plan.team_id)
    line = _locked(line)
    if not line.is_claimed_at(timezone.now()):
        return
    if line.claimed_by_id != by.pk and not by.is_merchant:
        raise Refused(_("%(person)s has this order.") % {"person": _person(line)})
    line.claimed_by = line.claimed_until = None
    line.save(update_fields=["claimed_by", "claimed_until"])
    record(by=by, verb="reorder_released", thing=line.closure)


def _person(line: ReorderLine) -> str:
    return str(line.claimed_by.user) if line.claimed_by else ""


@transaction.atomic
def enter_number(*, line: ReorderLine, number: str, by: Membership) -> None:
    """The order was placed: mark its closure as reordered with the new number and the batch's payment route."""
    allow(by, DESK, team_id=line.plan.team_id)
    lock_team(line.plan.team_id)
    line = _locked(line)
    now = timezone.now()
    if line.closure.reopened_at is not None:
        raise Refused(
            _(
                "AliExpress took this closure back: its order lives. If you placed it again, cancel one of the two."
            )
        )
    if line.closure.outcome != Closure.Outcome.OPEN:
        raise Refused(
            _("This order has an outcome already: %(outcome)s. If you placed it too, cancel one of the two.")
            % {"outcome": line.closure.get_outcome_display().lower()}
        )
    if line.is_claimed_at(now) and line.claimed_by_id != by.pk:
        raise Refused(
            _(
                "Your 20 minutes were over and %(person)s has this order now. If you placed it already, tell them, "
                "and enter the number on the closure's page."
            )
            % {"person": _person(line)}
        )
    set_outcome(
        closure=line.closure,
        outcome=Closure.Outcome.REPLACED,
        by=by,
        replacement=number,
        payment_method=line.batch.route,
    )
    line.done_by, line.done_at = by, now
    line.claimed_by = line.claimed_until = None
    line.save(update_fields=["done_by", "done_at", "claimed_by", "claimed_until"])


@transaction.atomic
def undo_number(*, line: ReorderLine, by: Membership) -> None:
    """The number was mistyped: the order is to be placed again, and whoever entered it has it for `CLAIM`."""
    allow(by, DESK, team_id=line.plan.team_id)
    lock_team(line.plan.team_id)
    line = _locked(line)
    now = timezone.now()
    if line.done_at is None or line.closure.outcome != Closure.Outcome.REPLACED:
        raise Refused(_("There is nothing to undo here."))
    if line.done_by_id != by.pk and not by.is_merchant:
        raise Refused(_("Only who did this, or a merchant of your team, can undo it."))
    if now - line.done_at > UNDO_FOR:
        raise Refused(
            _("This is more than ten minutes old. Change the number on the closure's page instead.")
        )
    set_outcome(closure=line.closure, outcome=Closure.Outcome.OPEN, by=by)
    line.done_by = line.done_at = None
    line.claimed_by, line.claimed_until = by, now + CLAIM
    line.save(update_fields=["done_by", "done_at", "claimed_by", "claimed_until"])


def last_plan(team: Team) -> ReorderPlan | None:
    """The plan whose limits and duty a new one begins with."""
    return ReorderPlan.objects.for_team(team).order_by("-pk").first()
