"""What the pages of this app show, read in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.models import Team
from closedorders.cases.models import Case
from closedorders.cases.reads import CaseSummary, case_summary
from closedorders.closures.builtin_reasons import BUILTIN
from closedorders.closures.models import Closure, ClosureReason, Incident
from closedorders.closures.querysets import ClosureQuerySet
from closedorders.core.money import Total, totals
from closedorders.orders.models import Import, StoreOrder
from closedorders.outreach.audience import not_told
from closedorders.outreach.models import Campaign, Kind, Message, Refund

from .next_step import Situation

# A chart with more kinds of bars than this is not read any more: the rest is summed up as "Other".
SERIES = 5
# Orders whose amounts are added up at most; beyond, the figure says that it is a part.
VALUE_CAP = 5_000

UNSETTLED = [Message.State.FAILED, Message.State.UNCERTAIN, Message.State.BOUNCED]


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident, where it stands, and its case."""

    incident: Incident
    situation: Situation
    case: CaseSummary | None
    case_row: Case | None
    campaign: Campaign | None
    first_closed_at: datetime


def look_at(incident: Incident, *, role: str) -> IncidentView:
    """Everything the next step of `role` depends on. Bounded: about ten queries whatever the number of closures."""
    closures = Closure.objects.filter(incident=incident)
    counts = closures.aggregate(
        first=Min("closed_at"),
        standing=Count("pk", filter=Q(reopened_at=None)),
        open=Count("pk", filter=Q(reopened_at=None, outcome="open")),
        without_reason=Count("pk", filter=Q(reopened_at=None, reason=None)),
        unmatched=Count("pk", filter=Q(reopened_at=None, supplier_order__store_order=None)),
    )
    codes = set(
        closures.filter(reopened_at=None).order_by().values_list("reason__code", flat=True).distinct()[:100]
    )
    case_row = Case.objects.for_team(incident.team).filter(incident=incident).first()
    case = case_summary(case_row, role=role) if case_row else None
    campaigns = list(
        Campaign.objects.for_team(incident.team)
        .filter(incident=incident, kind=Kind.RESOLUTION)
        .exclude(state="cancelled")
        .order_by("-pk")[:50]
    )
    states = {campaign.state for campaign in campaigns}
    waiting = not_told(incident.team, incident=incident)
    messages = Message.objects.filter(incident=incident, kind=Kind.RESOLUTION).aggregate(
        told=Count("pk", filter=Q(state__in=["sent", "delivered"])),
        left_out=Count("pk", filter=Q(state="skipped", campaign__state="finished")),
        settle=Count(
            "pk", filter=Q(state__in=UNSETTLED, campaign__state__in=["sending", "paused", "finished"])
        ),
    )
    situation = Situation(
        ended=incident.ended_at is not None,
        closures_standing=counts["standing"],
        closures_open=counts["open"],
        without_reason=counts["without_reason"],
        unmatched=counts["unmatched"],
        needs_case=any(needs_case(code) for code in codes),
        case=case_row.state if case_row else "",
        # Whom a finished campaign had to leave out cannot be told by preparing another one.
        customers_not_told=max(0, waiting.count - messages["left_out"]),
        customers_left_out=messages["left_out"],
        customers_told=messages["told"],
        draft="draft" in states,
        sending="sending" in states,
        paused="paused" in states,
        messages_to_settle=messages["settle"],
        refunds_to_issue=Refund.objects.filter(incident=incident, state="approved").count(),
    )
    order = {"paused": 0, "sending": 1, "draft": 2, "finished": 3}
    campaign = min(campaigns, key=lambda c: order.get(c.state, 9), default=None)
    return IncidentView(incident, situation, case, case_row, campaign, counts["first"] or incident.opened_at)


def needs_case(code: str | None) -> bool:
    """Whether a closure with this reason means that AliExpress doubts the account. Not sure yet counts as yes."""
    return code is None or code not in BUILTIN or BUILTIN[code].account_level


def value_at_risk(team: Team, incident: Incident | None = None) -> tuple[list[Total], int, int]:
    """What customers paid for orders behind open closures: totals per currency, number of orders, of countries.

    A store order counts once, however many of its AliExpress orders were closed.
    """
    orders = StoreOrder.objects.for_team(team).filter(
        pk__in=_open(team, incident).values("supplier_order__store_order")
    )
    rows = list(orders.order_by("pk").values_list("total", "currency", "ship_country")[:VALUE_CAP])
    countries = {country for _total, _currency, country in rows if country}
    return totals((total, currency) for total, currency, _country in rows), len(rows), len(countries)


def _open(team: Team, incident: Incident | None = None) -> ClosureQuerySet:
    closures = Closure.objects.for_team(team).open()
    return closures.filter(incident=incident) if incident else closures


@dataclass(frozen=True, slots=True)
class OpenClosures:
    count: int
    last_day: int
    oldest_at: datetime | None


def open_closures(team: Team) -> OpenClosures:
    found = _open(team).aggregate(
        count=Count("pk"),
        last_day=Count("pk", filter=Q(closed_at__gte=timezone.now() - timedelta(hours=24))),
        oldest=Min("closed_at"),
    )
    return OpenClosures(found["count"], found["last_day"], found["oldest"])


@dataclass(frozen=True, slots=True)
class ClosureChart:
    """Closures of the last days: by day and reason for the bars, by reason for the list. Days oldest first."""

    days: list[date]
    series: list[tuple[str, list[int]]]
    reasons: list[tuple[str, int, str]]
    total: int


def closure_chart(team: Team, *, days: int = 30) -> ClosureChart:
    """Standing and reopened closures alike: what happened on those days does not change."""
    today = timezone.localdate()
    span = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    start = timezone.make_aware(datetime.combine(span[0], datetime.min.time()))
    rows = (
        Closure.objects.for_team(team)
        .filter(closed_at__gte=start)
        .annotate(day=TruncDate("closed_at"))
        .order_by()
        .values_list("day", "reason")
        .annotate(count=Count("pk"))
    )
    by_reason: dict[int | None, dict[date, int]] = {}
    for day, reason, count in rows:
        by_reason.setdefault(reason, {})[day] = count
    reasons = {r.pk: r for r in ClosureReason.objects.filter(pk__in=[pk for pk in by_reason if pk])}
    ordered = sorted(by_reason, key=lambda pk: -sum(by_reason[pk].values()))
    named = [
        (
            reasons[pk].name if pk else _("Not sure yet"),
            [by_reason[pk].get(day, 0) for day in span],
            reasons[pk].code if pk else "",
        )
        for pk in ordered
    ]
    series = [(name, values) for name, values, _code in named[:SERIES]]
    rest = [values for _name, values, _code in named[SERIES:]]
    if rest:
        series.append((_("Other"), [sum(column) for column in zip(*rest, strict=True)]))
    return ClosureChart(
        days=span,
        series=series,
        reasons=[(name, sum(values), code) for name, values, code in named],
        total=sum(sum(values) for _name, values, _code in named),
    )


def last_import(team: Team) -> Import | None:
    return Import.objects.filter(team=team, state="committed").order_by("-pk").first()
