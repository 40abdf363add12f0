"""The checklist as people read it: facts, rules and the newest answers, put into words."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from closedorders.accounts.models import Team
from closedorders.closures.builtin_reasons import BUILTIN

from .. import rules
from ..facts import gather
from ..models import Confirmation, Dismissal, TeamThreshold
from ..rules import RULES, TICK_DAYS, Facts, Signal, State, Thresholds, Tick
from ..rules.base import CLOSURES_DAYS, worst
from .evidence import evidence
from .wording import sentence

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

    @property
    def is_wanting(self) -> bool:
        """An answer would help: there is none to believe, or it says that all is not fine."""
        return (
            not self.valid
            or self.confirmation is None
            or self.confirmation.answer != Confirmation.Answer.FINE
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """What a page shows of one of the seven causes, in the reader's language. `points`: what fixing it gains.

    `dismissal`: the merchant's word that this is no problem, while it lasts.
    """

    code: str
    state: State
    title: str
    text: str
    tick: HandTick | None
    advice: str
    source: str
    verified_on: date
    signal: Signal
    evidence: list[tuple[str, str]]
    dismissal: Dismissal | None = None

    @property
    def points(self) -> int:
        return 0 if self.dismissal else rules.points_lost(self.code, self.state)

    @property
    def needs_somebody(self) -> bool:
        return self.state is not State.OK and self.dismissal is None

    @property
    def tone(self) -> str:
        return self.tone_of(self.state)

    @staticmethod
    def tone_of(state: State) -> str:
        return {State.ACT: "red", State.WATCH: "amber", State.OK: "green", State.UNKNOWN: "grey"}[state]

    @property
    def word(self) -> str:
        return self.word_of(self.state)

    @staticmethod
    def word_of(state: State) -> str:
        return {
            State.ACT: _("Act"),
            State.WATCH: _("Watch"),
            State.OK: _("OK"),
            State.UNKNOWN: _("Unknown"),
        }[state]


def checklist(team: Team, *, now: datetime | None = None, facts: Facts | None = None) -> list[Finding]:
    """The seven causes in the article's order. Three queries where the `facts` are given.

    A rule that breaks is logged and shown as unknown; the others are not touched by it.
    """
    now = now or timezone.now()
    facts = facts or gather(team, now=now)
    thresholds = thresholds_of(team)
    answers = {answer.check_code: answer for answer in Confirmation.objects.newest(team)}
    today = timezone.localdate(now, team.zone)
    dismissed = Dismissal.objects.filter(team=team, until__gte=today, at__lte=now, withdrawn_at=None)
    dismissals = {each.check_code: each for each in dismissed.select_related("by__user").order_by("pk")}
    with timezone.override(team.zone):
        found = [_find(code, facts, thresholds, answers.get(code), now) for code in RULES]
    return [_with_dismissal(finding, dismissals.get(finding.code)) for finding in found]


def _with_dismissal(finding: Finding, dismissal: Dismissal | None) -> Finding:
    """One that got worse, or is fine by now, is dismissed no more."""
    if (
        dismissal is None
        or finding.state is State.OK
        or worst([finding.state, State(dismissal.state)]) != dismissal.state
    ):
        return finding
    return replace(finding, dismissal=dismissal)


def thresholds_of(team: Team) -> Thresholds:
    """The team's own, and for the rest those that everybody starts with."""
    return Thresholds(**dict(TeamThreshold.objects.filter(team=team).values_list("name", "value")))


def score_of(findings: Sequence[Finding]) -> int:
    return 100 - sum(finding.points for finding in findings)


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """What needs a person first: act, watch, unknown, ok, what is dismissed; the article's order among equals."""
    order = [State.ACT, State.WATCH, State.UNKNOWN, State.OK]
    return sorted(findings, key=lambda each: (each.dismissal is not None, order.index(each.state)))


def red_causes(team: Team) -> list[str]:
    """The codes of the causes that call for an act, in the article's order: what a storm may come from."""
    return [finding.code for finding in checklist(team) if finding.state is State.ACT]


def _find(
    code: str, facts: Facts, thresholds: Thresholds, answer: Confirmation | None, now: datetime
) -> Finding:
    tick = None
    if answer is not None:
        tick = Tick(
            fine=answer.answer == Confirmation.Answer.FINE,
            age_days=(timezone.localdate(now) - timezone.localdate(answer.at)).days,
            expired=answer.has_expired(now),
        )
    try:
        state, signal = rules.judge(code, facts, tick, thresholds)
        said = dict.fromkeys([*map(sentence, signal.readings), _closures(code, facts)])
        text = " ".join(filter(None, said))
        figures = evidence(code, facts)
    except Exception:
        log.exception("checklist rule %s could not be judged", code)
        state, signal, figures = State.UNKNOWN, Signal(State.UNKNOWN, ()), []
        text = _("This cause could not be judged. The others are not affected.")
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
        signal=signal,
        evidence=figures,
    )


def _hand_tick(code: str, answer: Confirmation | None, tick: Tick | None) -> HandTick | None:
    if code not in TICK_DAYS:
        return None
    if answer is None or tick is None:
        text = _("Not confirmed yet.")
    elif tick.expired:
        text = ngettext(
            "Answered %(days)s day ago: answer again.",
            "Answered %(days)s days ago: answer again.",
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
