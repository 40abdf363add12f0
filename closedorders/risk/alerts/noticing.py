"""Finds what got worse between two looks at the checklist, and notes it with all it sends out of the house."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone, translation

from closedorders.accounts.models import Membership, Role, Team
from closedorders.core.task_queue.enqueue import enqueue_on_commit

from ..checklist.findings import Finding, checklist
from ..models import Alert, AlertDelivery, AlertSettings, Dismissal, RiskSnapshot, Way
from ..models.alerts import usual_ways
from ..rules import Facts, State
from ..rules.base import worst
from .quiet import end_of_away

#: A cause that goes to and fro is one alert a day and level. Ours.
AGAIN_AFTER = timedelta(hours=20)
#: Merchants of a team that get mail; more are a mistake.
MOST_RECIPIENTS = 50


def notice_worse(
    team: Team,
    findings: Sequence[Finding],
    facts: Facts,
    before: RiskSnapshot | None,
    now: datetime,
) -> list[Alert]:
    """Note an alert for each cause that is worse than in the snapshot `before`, at the levels the team chose.

    Of a first look only what calls for an act. Call it inside the transaction that stores the next snapshot, under the
    team's lock: so each worsening is seen once.
    """
    was: Mapping[str, str] = {**before.states, **_no_longer_dismissed(team, before, now)} if before else {}
    ways = ways_of(team)
    worse = [
        finding
        for finding in findings
        if finding.needs_somebody
        and ways.get(finding.state.value)
        and (before is not None or finding.state is State.ACT)
        and _is_worse(finding.state, State(was.get(finding.code, State.OK)))
    ]
    if not worse:
        return []
    lately = set(
        Alert.objects.filter(team=team, at__gt=now - AGAIN_AFTER, at__lte=now).values_list(
            "check_code", "state"
        )
    )
    worse = [finding for finding in worse if (finding.code, finding.state.value) not in lately]
    texts = _texts(team, {finding.code for finding in worse}, facts, now) if worse else {}
    return [
        note_alert(
            team,
            check_code=finding.code,
            was=was.get(finding.code, State.OK.value),
            state=finding.state.value,
            texts=texts[finding.code],
            ways=ways[finding.state.value],
            now=now,
        )
        for finding in worse
    ]


def _no_longer_dismissed(team: Team, before: RiskSnapshot, now: datetime) -> dict[str, str]:
    """Causes whose dismissal ended since `before`: they come back as if they had been fine until then. One query."""
    today = timezone.localdate(now, team.zone)
    ended = Dismissal.objects.filter(
        team=team, withdrawn_at=None, until__gte=before.day, until__lt=today, at__lt=before.taken_at
    )
    return dict.fromkeys(ended.values_list("check_code", flat=True), State.OK.value)


def _is_worse(state: State, before: State) -> bool:
    return state is not before and worst([state, before]) is state


def ways_of(team: Team) -> dict[str, list[str]]:
    """By level, as the team chose them."""
    stored = AlertSettings.objects.filter(team=team).values_list("ways", flat=True).first()
    return usual_ways() | (stored or {})


def _texts(team: Team, codes: set[str], facts: Facts, now: datetime) -> dict[str, dict[str, str]]:
    """By cause and language, what the checklist says: stored, for tomorrow its figures are others."""
    found: dict[str, dict[str, str]] = {code: {} for code in codes}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for finding in checklist(team, now=now, facts=facts):
                if finding.code in codes:
                    found[finding.code][language] = finding.text or finding.advice
    return found


def note_alert(
    team: Team,
    *,
    check_code: str,
    was: str,
    state: str,
    texts: Mapping[str, str],
    ways: Iterable[str],
    now: datetime,
    only_to: Membership | None = None,
) -> Alert:
    """Store the alert and what is to be sent. While the team is away that waits for the day after."""
    # Tasks import this module.
    from ..tasks import send_alert

    alert = Alert.objects.create(
        team=team,
        check_code=check_code,
        was=was,
        state=state,
        texts=dict(texts),
        on_today=Way.TODAY in ways and bool(check_code),
        at=now,
    )
    until = end_of_away(team, now) if check_code else None
    deliveries = []
    if Way.EMAIL in ways:
        people = [only_to] if only_to else _merchants(team)
        deliveries += [AlertDelivery(alert=alert, way=Way.EMAIL, member=member) for member in people]
    if Way.WEBHOOK in ways and AlertSettings.objects.filter(team=team).exclude(webhook_host="").exists():
        deliveries.append(AlertDelivery(alert=alert, way=Way.WEBHOOK))
    for delivery in deliveries:
        delivery.not_before = until or now
        delivery.save()
        if until is None:
            enqueue_on_commit(send_alert, delivery.pk)
    return alert


def _merchants(team: Team) -> list[Membership]:
    live = Membership.objects.live().filter(team=team, role=Role.MERCHANT, user__is_active=True)
    return list(live.order_by("pk")[:MOST_RECIPIENTS])


def unseen(team: Team, findings: Sequence[Finding]) -> list[Alert]:
    """Alerts of the last week for Today that nobody has ticked, newest first, while their cause is still as bad.

    One query, and one more where there is any. None while the team is away.
    """
    now = timezone.now()
    by_code = {finding.code: finding for finding in findings}
    found = Alert.objects.filter(
        team=team, on_today=True, seen_at=None, at__gt=now - timedelta(days=7)
    ).order_by("-pk")[:20]
    shown: dict[str, Alert] = {}
    rows = list(found)
    if not rows or end_of_away(team, now) is not None:
        return []
    for alert in rows:
        finding = by_code.get(alert.check_code)
        if finding and finding.needs_somebody and not _is_worse(State(alert.state), finding.state):
            shown.setdefault(alert.check_code, alert)
    return list(shown.values())
