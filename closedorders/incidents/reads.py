"""What is known of incidents, read in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, Sum

from closedorders.accounts.models import Team
from closedorders.cases.models import Case
from closedorders.cases.moves import OVER_BLOCK
from closedorders.cases.reads import CaseSummary, case_summaries
from closedorders.closures.blocks import ACCOUNT_LEVEL
from closedorders.closures.models import Closure, Incident, NoVerification
from closedorders.core.money import Total
from closedorders.orders.models import StoreOrder
from closedorders.outreach.message_states import NEEDS_PERSON, TOLD
from closedorders.outreach.models import Campaign, DirectContact, Kind, Message, Refund
from closedorders.outreach.untold import NOT_TOLD, UNREACHABLE, untold_customers

from .next_step import Situation


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident, its situation, and its case."""

    incident: Incident
    situation: Situation
    case: CaseSummary | None
    case_row: Case | None
    campaign: Campaign | None
    first_closed_at: datetime
    no_verification: NoVerification | None = None


@dataclass(frozen=True, slots=True)
class IncidentCounts:
    """What an incident's closures, messages and refunds add up to. Plain values: they can be stored as JSON."""

    not_reopened: int = 0
    still_open: int = 0
    without_reason: int = 0
    unmatched: int = 0
    needs_case: bool = False
    first_closed_at: datetime | None = None
    not_told: int = 0
    to_write: int = 0
    unreachable: int = 0
    told_to_wait: int = 0
    told: int = 0
    to_decide: int = 0
    in_local_mailbox: int = 0
    refunds_to_issue: int = 0


def count_incidents(team: Team, incidents: Collection[Incident]) -> dict[int, IncidentCounts]:
    """By incident. Seven queries, however many incidents and closures there are."""
    if not incidents:
        return {}
    not_reopened = Q(reopened_at=None)
    found: dict[int, dict[str, Any]] = {incident.pk: defaultdict(int) for incident in incidents}
    closures: Iterable[Any] = (
        Closure.objects.filter(incident__in=incidents)
        .order_by()
        .values("incident_id", "reason_id", "reason__code")
        .annotate(
            first=Min("closed_at"),
            not_reopened=Count("pk", filter=not_reopened),
            still_open=Count("pk", filter=not_reopened & Q(outcome="open")),
            unmatched=Count("pk", filter=not_reopened & Q(supplier_order__store_order=None)),
        )
    )
    for row in closures:
        counts = found[row["incident_id"]]
        for name in ("not_reopened", "still_open", "unmatched"):
            counts[name] += row[name]
        first = counts.get("first_closed_at")
        counts["first_closed_at"] = row["first"] if first is None else min(first, row["first"])
        if row["not_reopened"]:
            reason: int | None = row["reason_id"]
            if reason is None:
                counts["without_reason"] += row["not_reopened"]
            counts["needs_case"] = counts.get("needs_case", False) or needs_case(row["reason__code"])
    for each in untold_customers(team, incidents):
        counts = found[each.incident]
        counts["not_told"] += 1
        counts["to_write"] += each.word == NOT_TOLD
        counts["unreachable"] += each.word == UNREACHABLE
        counts["told_to_wait"] += each.told_to_wait
    contacts = DirectContact.objects.live()
    messages: Iterable[Any] = (
        Message.objects.filter(incident__in=incidents, kind=Kind.RESOLUTION)
        .order_by()
        .values("incident_id")
        .annotate(
            # Who was written to about further closures is told once.
            told=Count("customer", filter=Q(state__in=TOLD), distinct=True),
            in_local_mailbox=Count("pk", filter=Q(state="local")),
            to_decide=Count(
                "pk",
                filter=Q(state__in=NEEDS_PERSON, campaign__state__in=["sending", "paused", "finished"])
                # Whoever was told by a person needs that mail no more.
                & ~Q(Exists(contacts.filter(incident=OuterRef("incident"), customer=OuterRef("customer")))),
            ),
        )
    )
    for told in messages:
        found[told["incident_id"]].update(
            {name: told[name] for name in ("told", "to_decide", "in_local_mailbox")}
        )
    by_mail = Message.objects.filter(
        incident=OuterRef("incident"), customer=OuterRef("customer"), kind=Kind.RESOLUTION, state__in=TOLD
    )
    in_person = contacts.filter(~Exists(by_mail), incident__in=incidents).order_by()
    for pk, people in in_person.values_list("incident_id").annotate(Count("customer", distinct=True)):
        found[pk]["told"] += people
    refunds = (
        Refund.objects.filter(incident__in=incidents, state="approved")
        .order_by()
        .values_list("incident_id")
        .annotate(count=Count("pk"))
    )
    for pk, count in refunds:
        found[pk]["refunds_to_issue"] = count
    return {pk: IncidentCounts(**counts) for pk, counts in found.items()}


def incident_view(incident: Incident, *, role: str) -> IncidentView:
    """Everything the next step of `role` depends on."""
    return incident_views([incident], count_incidents(incident.team, [incident]), role=role)[0]


def incident_views(
    incidents: Sequence[Incident], counts: Mapping[int, IncidentCounts], *, role: str
) -> list[IncidentView]:
    """Incidents of one team with what was counted of them. Ten queries, however many they are."""
    if not incidents:
        return []
    of = {incident.pk: incident for incident in incidents}
    # Of several cases the one that is not over its block counts, else the newest.
    of_incidents = Case.objects.filter(incident__in=incidents).order_by("pk")
    cases = {
        case.incident_id: case for case in sorted(of_incidents, key=lambda case: case.state not in OVER_BLOCK)
    }
    over_block = set(Incident.objects.over_block().filter(pk__in=of).values_list("pk", flat=True))
    said = NoVerification.objects.filter(incident__in=incidents, withdrawn_at=None).select_related("by__user")
    no_verification = {each.incident_id: each for each in said}
    campaigns: dict[int, list[Campaign]] = defaultdict(list)
    of_these = Campaign.objects.filter(incident__in=incidents, kind=Kind.RESOLUTION).exclude(
        state="cancelled"
    )
    for campaign in of_these.only(
        "incident", "team", "state", "no_server_since", "waits_until", "waits_for", "starts_at"
    ).order_by("-pk")[: 50 * len(incidents)]:
        campaigns[campaign.incident_id].append(campaign)
    known: list[Case | Campaign] = [*cases.values(), *chain.from_iterable(campaigns.values())]
    for thing in known:
        # Known already: nothing of them is read again.
        thing.incident = of[thing.incident_id]
        thing.team = thing.incident.team
    summaries = {each.case.pk: each for each in case_summaries(list(cases.values()), role=role)}
    return [
        _view(
            incident,
            counts.get(incident.pk, IncidentCounts()),
            cases.get(incident.pk),
            summaries,
            campaigns[incident.pk],
            over_block=incident.pk in over_block,
            no_verification=no_verification.get(incident.pk),
        )
        for incident in incidents
    ]


def _view(
    incident: Incident,
    counts: IncidentCounts,
    case_row: Case | None,
    summaries: Mapping[int, CaseSummary],
    campaigns: Sequence[Campaign],
    *,
    over_block: bool,
    no_verification: NoVerification | None,
) -> IncidentView:
    states = {campaign.state for campaign in campaigns}
    # In a fire drill a mail in the local mailbox is as good as one that arrived.
    drilled = counts.in_local_mailbox if incident.team.is_drill else 0
    situation = Situation(
        ended=incident.ended_at is not None,
        closures_not_reopened=counts.not_reopened,
        closures_open=counts.still_open,
        without_reason=counts.without_reason,
        unmatched=counts.unmatched,
        needs_case=counts.needs_case,
        case=case_row.state if case_row else "",
        over_block=over_block,
        no_verification=over_block and case_row is None,
        customers_untold=max(0, counts.not_told - drilled),
        customers_not_told=max(0, counts.to_write - drilled),
        customers_unreachable=counts.unreachable,
        customers_told=counts.told + drilled,
        customers_told_to_wait=counts.told_to_wait,
        draft="draft" in states,
        sending=not states.isdisjoint({"sending", "approving"}),
        paused="paused" in states,
        messages_to_decide=counts.to_decide,
        in_local_mailbox=counts.in_local_mailbox - drilled,
        refunds_to_issue=counts.refunds_to_issue,
    )
    order = {"paused": 0, "sending": 1, "approving": 1, "draft": 2, "finished": 3}
    campaign = min(campaigns, key=lambda c: order.get(c.state, 9), default=None)
    case = summaries[case_row.pk] if case_row else None
    return IncidentView(
        incident,
        situation,
        case,
        case_row,
        campaign,
        counts.first_closed_at or incident.opened_at,
        no_verification,
    )


def needs_case(code: str | None) -> bool:
    """Whether a closure with this reason means that AliExpress doubts the account. Not sure yet counts as yes.

    Of a team's own reasons nobody knows it but the merchant, who decides.
    """
    return code is None or code in ACCOUNT_LEVEL


def value_at_risk(team: Team, incident: Incident | None = None) -> tuple[list[Total], int, int]:
    """What customers paid for orders behind open closures: totals per currency, number of orders, of countries.

    A store order counts once, however many of its AliExpress orders were closed.
    """
    closures = Closure.objects.for_team(team).open()
    if incident:
        closures = closures.filter(incident=incident)
    groups = (
        StoreOrder.objects.for_team(team)
        .filter(pk__in=closures.values("supplier_order__store_order"))
        .order_by()
        .values_list("currency", "ship_country")
        .annotate(amount=Sum("total"), known=Count("total"), orders=Count("pk"))
    )
    sums: dict[str, tuple[Decimal, int]] = {}
    orders, countries = 0, set()
    for currency, country, amount, known, count in groups:
        orders += count
        countries.add(country)
        if known:
            before, of_before = sums.get(currency, (Decimal(0), 0))
            sums[currency] = before + amount, of_before + known
    found = [Total(amount, currency, known) for currency, (amount, known) in sums.items()]
    return sorted(found, key=lambda t: (-t.count, t.currency)), orders, len(countries - {""})
