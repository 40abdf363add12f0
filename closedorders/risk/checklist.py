"""The checklist as people read it: facts, rules and the newest answers, put into words."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from closedorders.accounts.models import Team
from closedorders.closures.builtin_reasons import BUILTIN
from closedorders.core.money import format_money

from . import rules
from .facts import USD, gather
from .models import Confirmation
from .rules import CLOSURES_DAYS, RULES, TICK_DAYS, Facts, State, Tick, Verdict

log = logging.getLogger(__name__)

QUESTIONS: dict[str, Promise] = {
    "card_check": gettext_lazy("The card has more on it than a day's orders, and the bank knows of them."),
    "account_change": gettext_lazy(
        "Nobody has changed the tier, card, address or password of a buyer account in the last 14 days."
    ),
    "assistant_network": gettext_lazy("Nobody who orders uses a VPN or proxy, and all work from one office."),
    "travel": gettext_lazy("Nobody orders while travelling, and nobody is about to."),
    "complaints": gettext_lazy("No dispute, complaint or bad feedback against a supplier is open."),
}
"""What a person confirms by hand, for each of `TICK_DAYS`."""


@dataclass(frozen=True, slots=True)
class HandTick:
    """The newest answer of a person that was not withdrawn, and what is asked.

    `confirmation` is None when nobody has answered. `valid`: answered and not expired. `days`: for how
    long an answer may be believed at most.
    """

    question: str
    days: int
    confirmation: Confirmation | None
    valid: bool
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a page shows of one of the seven causes, in the reader's language."""

    code: str
    state: State
    title: str
    text: str
    tick: HandTick | None
    advice: str
    source: str
    verified_on: date

    @property
    def tone(self) -> str:
        return {State.ACT: "red", State.WATCH: "amber", State.OK: "green", State.UNKNOWN: "grey"}[self.state]

    @property
    def word(self) -> str:
        return {
            State.ACT: _("Act"),
            State.WATCH: _("Watch"),
            State.OK: _("OK"),
            State.UNKNOWN: _("Unknown"),
        }[self.state]


def checklist(team: Team, *, now: datetime | None = None, facts: Facts | None = None) -> list[Finding]:
    """The seven causes in the article's order. Eight queries or fewer; one where the `facts` are given.

    A rule that breaks is logged and shown as unknown; the others are not touched by it.
    """
    now = now or timezone.now()
    facts = facts or gather(team, now=now)
    answers = {answer.check_code: answer for answer in Confirmation.objects.newest(team)}
    with timezone.override(team.zone):
        return [_find(code, facts, answers.get(code), now) for code in RULES]


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """What needs a person first: act, watch, unknown, ok; the article's order among equals."""
    order = [State.ACT, State.WATCH, State.UNKNOWN, State.OK]
    return sorted(findings, key=lambda finding: order.index(finding.state))


def red_causes(team: Team) -> list[str]:
    """The codes of the causes that call for an act, in the article's order: what a storm may come from."""
    return [finding.code for finding in checklist(team) if finding.state is State.ACT]


def _find(code: str, facts: Facts, answer: Confirmation | None, now: datetime) -> Finding:
    tick = None
    if answer is not None:
        tick = Tick(
            fine=answer.answer == Confirmation.Answer.FINE,
            age_days=(now - answer.at).days,
            expired=answer.has_expired(now),
        )
    try:
        state, verdict = rules.judge(code, facts, tick)
        text = " ".join(filter(None, [_reading(verdict), _closures(code, facts)]))
    except Exception:
        log.exception("checklist rule %s could not be judged", code)
        state, text = State.UNKNOWN, _("This cause could not be judged. The others are not affected.")
    seeded = BUILTIN[code]
    return Finding(
        code=code,
        state=state,
        title=str(seeded.name),
        text=text,
        tick=_hand_tick(code, answer, tick),
        advice=str(seeded.prevention),
        source=str(seeded.source),
        verified_on=seeded.verified_on,
    )


def _hand_tick(code: str, answer: Confirmation | None, tick: Tick | None) -> HandTick | None:
    if code not in TICK_DAYS:
        return None
    if answer is None or tick is None:
        text = _("Not confirmed yet.")
    elif tick.expired:
        text = ngettext(
            "Confirmed %(days)s day ago: confirm again.",
            "Confirmed %(days)s days ago: confirm again.",
            tick.age_days,
        ) % {"days": tick.age_days}
    else:
        # It expires at midnight: the day before is the last one it is believed on.
        last = timezone.localtime(answer.expires_at - timedelta(seconds=1))
        until = date_format(last, "DATE_FORMAT")
        words = _("Fine, said %(person)s; valid until %(day)s.")
        if not tick.fine:
            words = _("Not fine, said %(person)s; valid until %(day)s.")
        text = words % {"person": answer.by.user, "day": until}
    return HandTick(
        question=str(QUESTIONS[code]),
        days=TICK_DAYS[code],
        confirmation=answer,
        valid=tick is not None and not tick.expired,
        text=text,
    )


def _closures(code: str, facts: Facts) -> str:
    count = facts.closures.get(code, 0)
    if not count:
        return ""
    return ngettext(
        "%(count)s order was closed for this reason in the last %(days)s days.",
        "%(count)s orders were closed for this reason in the last %(days)s days.",
        count,
    ) % {"count": count, "days": CLOSURES_DAYS}


def _reading(verdict: Verdict) -> str:
    """The sentence of a verdict, with its numbers."""
    numbers = verdict.numbers
    match verdict.reading:
        case "":
            return ""
        case "never_imported":
            return _("Nothing has been imported yet. Import your orders and this fills itself in.")
        case "import_stale":
            return ngettext(
                "The last import is %(days)s day old. Import again to know.",
                "The last import is %(days)s days old. Import again to know.",
                numbers["days"],
            ) % {"days": numbers["days"]}
        case "place_missing":
            return _("Fill in the card's country and the usual place of ordering of: %(accounts)s.") % {
                "accounts": ", ".join(numbers["accounts"])
            }
        case "no_destinations":
            return _("No order of the last 30 days has both a buyer account and a destination.")
        case "many_countries" | "few_countries":
            return _(
                "%(abroad)s of %(orders)s orders of the last 30 days (%(percent)s %%) went to another country "
                "than the card's; %(countries)s countries in all."
            ) % dict(numbers)
        case "batch_large" | "batch_small":
            if numbers["hour"] is None:
                return _("At most %(day)s orders of one account in a day of the last 30 days.") % dict(
                    numbers
                )
            return _(
                "At most %(hour)s orders of one account within an hour and %(day)s in a day of the last 30 days."
            ) % dict(numbers)
        case "no_sign_ins":
            return _("Nobody who orders has signed in here in the last 7 days.")
        case "one_network" | "several_networks":
            return (
                ngettext(
                    "Those who order signed in here from %(networks)s network in the last 7 days.",
                    "Those who order signed in here from %(networks)s networks in the last 7 days.",
                    numbers["networks"],
                )
                % {"networks": numbers["networks"]}
                + " "
                + _("This sees sign-ins to Closed Orders only, not those to AliExpress.")
            )
    return _spending(verdict)


def _spending(verdict: Verdict) -> str:
    numbers = verdict.numbers
    limit = format_money(numbers["limit"], USD)
    parts = [
        _("The most that one account has spent today: %(today)s of %(limit)s (%(percent)s %%).")
        % {"today": format_money(numbers["today"], USD), "limit": limit, "percent": numbers["percent"]}
    ]
    if numbers["peak_on"]:
        parts.append(
            _("Highest day of one account in the last 30: %(peak)s on %(day)s.")
            % {
                "peak": format_money(numbers["peak"], USD),
                "day": date_format(numbers["peak_on"], "MONTH_DAY_FORMAT"),
            }
        )
    match verdict.reading:
        case "spend_near_limit":
            parts.append(_("Stop ordering from this account until AliExpress has answered you."))
        case "spend_write_first" | "spend_peak_near_limit":
            parts.append(_("Write to AliExpress before you go on."))
    if numbers["currencies"]:
        parts.append(
            _("Orders in %(currencies)s are not counted: amounts are never converted.")
            % {
                "currencies": ", ".join(
                    currency or _("an unnamed currency") for currency in numbers["currencies"]
                )
            }
        )
    if numbers["without_cost"]:
        parts.append(
            ngettext(
                "%(count)s order has no known cost and is not counted.",
                "%(count)s orders have no known cost and are not counted.",
                numbers["without_cost"],
            )
            % {"count": numbers["without_cost"]}
        )
    return " ".join(parts)
