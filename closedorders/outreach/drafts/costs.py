"""What the offer of a draft costs: by kind, in all, for each customer, and as a part of what the orders leave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.exchange.figures import home_figure
from closedorders.accounts.models import ExchangeRate
from closedorders.closures.models import Closure
from closedorders.core.money import Total, amounts_in_words, in_home_currency, quantize, totals
from closedorders.core.text.formatting import count as format_count

from ..compensations.plans import CREDIT
from ..models import Kind
from ..plans.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """`amounts` in words, and of how many things that is."""

    label: str
    amounts: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`whole` in words; `exactly` are its parts where it was converted. `share` is "" where it cannot be known."""

    lines: list[CostLine]
    whole: str
    exactly: str
    each: str
    share: str
    why_no_share: str


def whole_cost(plan: Plan) -> list[Total]:
    """What the offer costs for certain, per currency. A code costs nothing until it is used."""
    return totals(
        (total.amount, total.currency)
        for total in (*plan.refund_totals, *(total for _label, total in _fixed(plan)))
    )


def cost_of(plan: Plan) -> Cost:
    """Two queries beside those of the plan."""
    whole = whole_cost(plan)
    figure = home_figure(plan.campaign.team, whole)
    people = len(plan.people)
    each = [
        Total(quantize(total.amount / people, total.currency), total.currency, people)
        for total in whole
        if people
    ]
    share, why_not = _share(plan, whole)
    return Cost(
        lines=_lines(plan),
        whole=figure.value,
        exactly=figure.parts,
        each=amounts_in_words(each),
        share=share,
        why_no_share=why_not,
    )


def _fixed(plan: Plan) -> Iterable[tuple[str, Total]]:
    """What costs the same for everybody, with its name."""
    campaign, currency = plan.campaign, plan.campaign.store.currency
    parcels = sum(len(person.orders) for person in plan.people)
    if campaign.kind != Kind.RESOLUTION:
        return
    found = (
        (_("Gifts"), campaign.gift_cost if campaign.gift else Decimal(0), parcels),
        (_("Faster shipping"), campaign.upgrade_cost if campaign.shipping_upgrade else Decimal(0), parcels),
        (_("Store credit"), campaign.store_credit, len(plan.compensations.to_get(CREDIT))),
    )
    for label, amount, number in found:
        if amount > 0 and number:
            yield label, Total(amount * number, currency, number)


def _lines(plan: Plan) -> list[CostLine]:
    lines = []
    if plan.refund_totals:
        number = sum(total.count for total in plan.refund_totals)
        words = ngettext("%(number)s order", "%(number)s orders", number)
        note = words % {"number": format_count(number)}
        lines.append(CostLine(label=_("Refunds"), amounts=amounts_in_words(plan.refund_totals), note=note))
    for label, total in _fixed(plan):
        lines.append(CostLine(label=label, amounts=str(total), note=f"× {format_count(total.count)}"))
    if plan.offers_code:
        sales = totals(
            (order.total * plan.campaign.code_percent / 100, order.currency)
            for person in plan.to_get_code
            for order in person.orders
            if order.total is not None
        )
        note = _("only if everybody uses theirs for as much again: not part of the sum")
        lines.append(CostLine(label=_("Discount codes"), amounts=amounts_in_words(sales), note=note))
    return lines


def _share(plan: Plan, whole: list[Total]) -> tuple[str, str]:
    """The cost in per cent of what the orders leave, or why nobody can know it."""
    orders = {order.pk: order for person in plan.people for order in person.orders}
    if not whole or not orders:
        return "", ""
    bought = (
        Closure.objects.filter(
            incident=plan.campaign.incident_id, supplier_order__store_order__store=plan.campaign.store_id
        )
        .values_list("supplier_order__store_order", "supplier_order__cost", "supplier_order__currency")
        .order_by()
    )
    costs = [(cost, currency) for order, cost, currency in bought if order in orders]
    unknown = sum(cost is None for cost, _currency in costs)
    unknown += sum(order.total is None for order in orders.values())
    if unknown:
        words = ngettext(
            "not known: %(number)s order has no price or no AliExpress cost",
            "not known: %(number)s orders have no price or no AliExpress cost",
            unknown,
        )
        return "", words % {"number": format_count(unknown)}
    home = plan.campaign.team.currency
    rates = dict(
        ExchangeRate.objects.filter(team=plan.campaign.team, home=home).values_list("currency", "rate")
    )
    sums = (whole, totals((order.total, order.currency) for order in orders.values()), totals(costs))
    cost, sold, paid = (in_home_currency(each, home, rates) for each in sums)
    if cost is None or sold is None or paid is None:
        return "", _("not known: a rate is missing for one of the currencies")
    if sold <= paid:
        return "", _("these orders leave nothing")
    return _("%(share)s%% of what these orders leave") % {"share": int(100 * cost / (sold - paid))}, ""
