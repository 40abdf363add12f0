"""The closures list as its URL describes it: which view, which filters, how many rows each view has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from closedorders.accounts.models import AuditEvent, Team
from closedorders.core.paging import capped_count
from closedorders.core.text.masks import mask_addresses, mask_email
from closedorders.orders.masking import Sight
from closedorders.orders.models import Customer, SupplierOrder

from .forms import NOT_SURE
from .models import Closure, ClosureReason
from .querysets import ClosureQuerySet

VIEWS = ("open", "no_reason", "replaced", "reopened", "all")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the URL asks for. `reason` is a code, "not_sure" or blank; `incident` a number or None."""

    view: str
    reason: str
    incident: int | None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Filters:
        """Anything that makes no sense counts as not asked for."""
        view, incident = query.get("view", ""), query.get("incident", "")
        return cls(
            view=view if view in VIEWS else "open",
            reason=query.get("reason", "")[:40],
            incident=int(incident)
            if incident.isascii() and incident.isdigit() and len(incident) < 9
            else None,
        )

    def query(self, **changes: str) -> str:
        """The query string of these filters with changes, first page; a blank value takes a filter out."""
        asked = {
            "view": self.view,
            "reason": self.reason,
            "incident": "" if self.incident is None else str(self.incident),
        } | changes
        return "?" + urlencode({name: value for name, value in asked.items() if value})


def view_of(team: Team, filters: Filters, view: str) -> ClosureQuerySet:
    """The closures of one view under the filters' reason and incident."""
    closures = Closure.objects.for_team(team)
    if filters.reason == NOT_SURE:
        closures = closures.filter(reason=None)
    elif filters.reason:
        closures = closures.filter(
            reason__in=ClosureReason.objects.with_retired(team).filter(code=filters.reason)
        )
    if filters.incident is not None:
        closures = closures.filter(incident__number=filters.incident)
    match view:
        case "open":
            return closures.open()
        case "no_reason":
            return closures.without_reason()
        case "replaced":
            return closures.replaced()
        case "reopened":
            return closures.reopened()
    return closures


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    count: int
    active: bool


def tabs_for(team: Team, filters: Filters) -> list[Tab]:
    labels = {
        "open": _("Open"),
        "no_reason": _("No reason yet"),
        "replaced": _("Reordered"),
        "reopened": _("Reopened"),
        "all": _("All"),
    }
    return [
        Tab(
            labels[view],
            filters.query(view=view),
            capped_count(view_of(team, filters, view)),
            view == filters.view,
        )
        for view in VIEWS
    ]


def customer_name(customer: Customer | None) -> str:
    """How a customer is shown to everyone: never with a full e-mail, also where a file had one as the name."""
    if customer is None:
        return ""
    return mask_addresses(customer.name) or mask_email(customer.email)


OUTCOME_TONES = {
    Closure.Outcome.OPEN: "red",
    Closure.Outcome.REOPENED: "green",
    Closure.Outcome.REPLACED: "green",
    Closure.Outcome.REFUNDED: "green",
    Closure.Outcome.WRITTEN_OFF: "grey",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a closure's history, as `_timeline.html` takes it."""

    at: object
    title: str
    text: str
    who: str
    tone: str = ""


def history_of(closure: Closure, sight: Sight) -> list[Happening]:
    """What people did with a closure, newest first, at most a hundred lines, as this member may read it."""
    names = ClosureReason.objects.names(closure.team)
    outcomes = {outcome.value: str(outcome.label) for outcome in Closure.Outcome}
    events = AuditEvent.objects.about(closure).filter(team=closure.team).order_by("-at", "-pk")[:100]
    return [_happening(event, names, outcomes, sight) for event in events]


def _happening(event: AuditEvent, names: dict[str, str], outcomes: dict[str, str], sight: Sight) -> Happening:
    def reason(side: dict[str, str]) -> str:
        code = side.get("reason", "")
        return names.get(code, code) if code else _("Not sure yet")

    who = str(event.actor) if event.actor else ""
    match event.verb:
        case "closure_logged":
            return Happening(event.at, _("Logged"), reason(event.after), who, "red")
        case "closure_reason_set":
            change = _("%(before)s → %(after)s") % {
                "before": reason(event.before),
                "after": reason(event.after),
            }
            return Happening(event.at, _("Reason changed"), change, who)
        case "closure_words_set":
            words = sight.words(event.after.get("words", ""))
            return Happening(event.at, _("AliExpress's words noted"), words, who)
        case "closure_origin_set":
            origin = event.after.get("origin", "")
            label = str(Closure.Origin(origin).label) if origin in Closure.Origin else _("Not known")
            return Happening(event.at, _("Closed by"), label, who)
        case "closure_reopened":
            return Happening(event.at, _("AliExpress took the closure back"), "", who, "green")
        case "closure_outcome_set":
            outcome = event.after.get("outcome", "")
            parts = []
            if number := event.after.get("replacement", ""):
                parts.append(_("New order %(number)s") % {"number": number})
            if method := event.after.get("payment_method", ""):
                parts.append(_("paid with %(method)s") % {"method": SupplierOrder.PaidWith(method).label})
            return Happening(
                event.at,
                outcomes.get(outcome, outcome),
                " · ".join(parts),
                who,
                "" if outcome == Closure.Outcome.OPEN else "green",
            )
        case "supplier_refund_set":
            # Its amounts are not everybody's to read, and stand on the page of supplier refunds.
            return Happening(event.at, _("Supplier refund changed"), "", who)
    return Happening(event.at, _("Changed"), "", who)
