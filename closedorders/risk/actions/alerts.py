"""Which alerts go which ways, the webhook, a test, and that somebody has seen one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.http.webhook import BadUrl, split
from closedorders.core.refusals import Refused

from ..alerts.noticing import note_alert, ways_of
from ..alerts.sealing import seal_webhook
from ..models import Alert, AlertSettings, Way
from ..models.alerts import usual_ways

#: Between two tests: nobody makes a load generator of it.
TEST_EVERY = timedelta(minutes=1)


@transaction.atomic
def choose_alert_ways(*, team: Team, ways: Mapping[str, Sequence[str]], by: Membership) -> None:
    """Store which ways the alerts of each level go."""
    allow(by, MERCHANT, team_id=team.pk)
    lock_team(team.pk)
    before = ways_of(team)
    after = {level: [way for way in Way.values if way in ways.get(level, ())] for level in usual_ways()}
    if after == before:
        return
    settings, _new = AlertSettings.objects.update_or_create(team=team, defaults={"ways": after})
    changed = [level for level in after if after[level] != before[level]]
    record(
        by=by,
        verb="alert_ways_chosen",
        thing=settings,
        before={f"alerts_{level}": before[level] for level in changed},
        after={f"alerts_{level}": after[level] for level in changed},
    )


@transaction.atomic
def set_alert_webhook(*, team: Team, url: str, by: Membership) -> None:
    """Store the address that alerts are posted to; "" removes it."""
    allow(by, MERCHANT, team_id=team.pk)
    lock_team(team.pk)
    try:
        host = (split(url).hostname or "") if url else ""
    except BadUrl:
        raise Refused(_("Write a whole https:// address, as Slack or your chat gives it.")) from None
    settings = AlertSettings.objects.filter(team=team).first() or AlertSettings(team=team)
    before = settings.webhook_host
    seal_webhook(settings, url)
    settings.save()
    record(
        by=by,
        verb="alert_webhook_set" if url else "alert_webhook_removed",
        thing=settings,
        before={"webhook_host": before},
        after={"webhook_host": host},
    )


@transaction.atomic
def send_test_alert(*, team: Team, by: Membership) -> Alert:
    """Send a test all the ways out of the house that a level goes; by mail to `by` only."""
    allow(by, MERCHANT, team_id=team.pk)
    lock_team(team.pk)
    now = timezone.now()
    if Alert.objects.filter(team=team, check_code="", at__gt=now - TEST_EVERY).exists():
        raise Refused(_("A test was sent less than a minute ago. See below how it went."))
    ways = {way for chosen in ways_of(team).values() for way in chosen} - {Way.TODAY.value}
    alert = note_alert(team, check_code="", was="", state="", texts={}, ways=ways, now=now, only_to=by)
    if not alert.deliveries.exists():
        raise Refused(_("No alert goes by e-mail or webhook yet: choose one, save, and test again."))
    record(by=by, verb="alert_test_sent", thing=alert)
    return alert


@transaction.atomic
def mark_alert_seen(*, alert: Alert, by: Membership) -> None:
    """Take the alert off Today. A second call changes nothing."""
    allow(by, DESK, team_id=alert.team_id)
    if Alert.objects.filter(pk=alert.pk, seen_at=None).update(seen_at=timezone.now(), seen_by=by):
        record(by=by, verb="alert_seen", thing=alert)
