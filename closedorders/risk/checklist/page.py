"""What the checklist's page shows above its rows: the score, what to fix first, the runways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from closedorders.accounts.models import Membership

from .. import drawing
from ..rules import State, Thresholds
from ..rules.base import DAY_LIMIT, WINDOW_DAYS, AccountFacts, Facts, Reading, staleness
from ..rules.runway import HORIZON_DAYS, find_runway
from ..rules.spending import RUNWAY_ACT, RUNWAY_WATCH
from .dollars import usd
from .findings import Finding
from .wording import in_days, sentence

#: Days ahead that a runway's line is drawn for; accounts whose runway is drawn.
AHEAD, MOST_RUNWAYS = 14, 3
#: Where the score is called good, and where bad. Ours.
GOOD, BAD = 80, 50


@dataclass(frozen=True, slots=True)
class Fix:
    """One thing to do about a cause, what it gains, and where it is done: a page, or the cause's own row."""

    points: int
    title: str
    text: str
    label: str
    url: str


def ring(score: int) -> SafeString:
    tone = "green" if score >= GOOD else "red" if score < BAD else "amber"
    return drawing.ring(score, title=_("Score %(score)s of 100") % {"score": score}, tone=tone)


def fix_first(findings: Sequence[Finding], member: Membership) -> list[Fix]:
    """What gains most first. Nothing for causes that are fine."""
    fixes = [_fix(finding, member) for finding in findings if finding.points]
    return sorted(fixes, key=lambda fix: -fix.points)


def _fix(finding: Finding, member: Membership) -> Fix:
    bad = [reading for reading in finding.signal.readings if reading.state is not State.OK]
    row = f"#{finding.code}"
    for reading in bad:
        if words := sentence(reading):
            label, url = _where(reading, member) or (_("See the figures"), row)
            return Fix(finding.points, finding.title, words, label, url)
    if finding.tick is not None and finding.tick.is_wanting and member.is_merchant:
        return Fix(finding.points, finding.title, finding.tick.question, _("Confirm by hand"), row)
    return Fix(finding.points, finding.title, finding.text or finding.advice, _("See the figures"), row)


def _where(reading: Reading, member: Membership) -> tuple[str, str] | None:
    """The page on which what a reading says is put right; None where it is not a page of this member's."""
    slug, account = member.team.slug, reading.numbers.get("pk")
    match reading.code:
        case "spend_act" | "spend_watch" | "spend_peak" | "runway" | "bank_not_told" if account:
            return _("Messages ready to send"), reverse("risk:notices", args=[slug, account])
        case "never_imported" | "import_stale" | "without_cost":
            return _("Import orders"), reverse("imports:imports", args=[slug])
        case "place_missing" if member.is_merchant:
            return _("Buyer accounts"), reverse("orders:buyer_accounts", args=[slug])
        case "trip_ahead" | "trip_on" | "trip_open" | "trip_back" | "account_changed":
            return _("Trips and changes"), reverse("risk:calendar", args=[slug])
        case "supplier_disputes" if supplier := reading.numbers.get("supplier_pk"):
            return _("Its orders still to come"), reverse("risk:supplier", args=[slug, supplier])
        case "funds_old" | "funds_short" | "funds_low" | "limit_old" | "limit_short" | "limit_near" if (
            member.is_merchant
        ):
            return _("Funds and limits"), reverse("risk:funds", args=[slug])
        case "outside_office" | "several_networks" | "many_in_a_day" | "through_proxy" if member.is_merchant:
            return _("Networks of the office"), reverse("risk:offices", args=[slug])
        case "unrated" if member.is_merchant:
            return _("State a rate"), reverse("team:rates", args=[slug])
    return None


@dataclass(frozen=True, slots=True)
class RunwayShown:
    """An account's days and pace. `tone`: red within three days of the limit, amber within two weeks, green where
    AliExpress was written to, grey where nobody knows.
    """

    account: AccountFacts
    drawing: SafeString
    text: str
    tone: str
    word: str
    first: date
    last: date


def runways(facts: Facts, thresholds: Thresholds) -> list[RunwayShown]:
    """Of the accounts that spend most, those that come to the limit first first."""
    far = HORIZON_DAYS + 1
    shown = sorted(facts.accounts, key=lambda each: far if (days := _days(each)) is None else days)
    return [_runway(account, facts, thresholds) for account in shown[:MOST_RUNWAYS] if any(account.spent)]


def _days(account: AccountFacts) -> int | None:
    found = find_runway(account.spent)
    return found.days_to(DAY_LIMIT) if found else None


def _runway(account: AccountFacts, facts: Facts, thresholds: Thresholds) -> RunwayShown:
    stale = staleness(facts)
    found, days = (None, None) if stale else (find_runway(account.spent), _days(account))
    past = [float(value) for value in account.spent[-WINDOW_DAYS - 1 :]]
    ahead = [found.on(day) for day in range(1, AHEAD + 1)] if found else []
    if stale:
        text = sentence(stale)
    elif found is None:
        text = _("Too few days with orders in the last two weeks to say where it goes.")
    elif days is None:
        text = _("About %(now)s a day, and %(limit)s is not in sight.") % {
            "now": usd(Decimal(round(found.now))),
            "limit": usd(DAY_LIMIT),
        }
    elif days == 0:
        text = _("About %(now)s a day: %(limit)s a day is reached already.") % {
            "now": usd(Decimal(round(found.now))),
            "limit": usd(DAY_LIMIT),
        }
    else:
        day = date_format(facts.today + timedelta(days=days), "DATE_FORMAT")
        text = _("About %(now)s a day, %(pace)s more each day: %(limit)s comes %(when)s, on %(day)s.") % {
            "now": usd(Decimal(round(found.now))),
            "pace": usd(Decimal(round(found.pace))),
            "limit": usd(DAY_LIMIT),
            "when": in_days(days),
            "day": day,
        }
    state = _runway_state(account, facts, days) if found else State.UNKNOWN
    return RunwayShown(
        account,
        drawing.runway_line(
            past,
            ahead,
            limit=float(DAY_LIMIT),
            warn=float(thresholds.spend_watch),
            title=_("Runway of “%(account)s”") % {"account": account.label},
            description=text,
        ),
        text,
        Finding.tone_of(state),
        Finding.word_of(state),
        facts.today - timedelta(days=WINDOW_DAYS),
        facts.today + timedelta(days=AHEAD),
    )


def _runway_state(account: AccountFacts, facts: Facts, days: int | None) -> State:
    """As the cause says it of the runway."""
    if days is None or days > RUNWAY_WATCH or account.is_told("aliexpress", facts.today):
        return State.OK
    return State.ACT if days <= RUNWAY_ACT else State.WATCH
