"""The words for a customer whom no mail reaches: for a marketplace's chat, or to read from on the phone."""

from __future__ import annotations

from dataclasses import dataclass

from closedorders.closures.models import Incident
from closedorders.orders.models import Customer, Store

from ..audience import Person, is_solved
from ..models import Campaign, Kind, Refund
from ..plans.plan import Plan
from .builtin import builtin_template
from .placeholders import render

_OF_CODES = ("code", "code_percent", "code_expires")
_OF_REFUNDS = ("refund", "refund_percent", "refund_base")


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectText:
    """`offers`: whether it names a code or a refund. `is_apology`: it is a note to wait while nothing is solved."""

    person: Person
    body: str
    offers: bool
    is_apology: bool


def direct_text(incident: Incident, store: Store, customer: Customer) -> DirectText | None:
    """The text for this customer in their language; None for whom the incident did not hit.

    The words are those of the newest campaign, or of the store's template, where each of their placeholders has a true
    value; otherwise the built-in ones. Only a code that is in the shop and refunds that were approved are promised.
    """
    solved = is_solved(incident)
    kind = Kind.RESOLUTION if solved else Kind.HOLDING
    campaigns = Campaign.objects.filter(incident=incident, store=store, kind=kind).exclude(state="cancelled")
    campaign = campaigns.select_related("store", "incident").order_by("-pk").first() or Campaign(
        team=incident.team, incident=incident, store=store, kind=kind, code_percent=0, refund_percent=0
    )
    plan = Plan(campaign)
    people = [*plan.audience.included, *(left.person for left in plan.audience.excluded)]
    person = next((each for each in people if each.customer.pk == customer.pk), None)
    if person is None:
        return None
    # Only a mail has its reader's page.
    values = plan.values(person) | {"page": None}
    code = plan.code_of(person)
    has_code = code is not None and code.loaded_at is not None
    has_refund = bool(values["refund"]) and all(
        plan.refunds[order.pk].state in {Refund.State.APPROVED, Refund.State.ISSUED}
        for order in person.orders
    )
    if not has_code:
        values |= dict.fromkeys(_OF_CODES)
    if not has_refund:
        values |= dict.fromkeys(_OF_REFUNDS)
    words = plan.words_for(person)
    rendered = render(words.body, values)
    if words.origin == "builtin" or rendered.missing:
        builtin = builtin_template(
            kind="resolution" if solved else "holding",
            language=person.language,
            variant="explained" if words.reason else "brief",
            code=has_code,
            refund=has_refund and bool(values["refund_percent"]),
            gift=bool(campaign.gift),
            by_mail=False,
        )
        rendered = render(builtin.body, values)
    return DirectText(
        person=person,
        body=rendered.text.strip(),
        offers=solved and (has_code or has_refund),
        is_apology=solved,
    )
