"""How far campaigns are, and whether one waits for its mail server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.models import Membership
from closedorders.core.text.formatting import quoted
from closedorders.senders.models import SendingRules
from closedorders.senders.pace.caps import DAY, HOUR, count_now

from .. import wording
from ..message_states import TOLD, UNRESOLVED
from ..models import Approval, Campaign, Message
from .finish_time import Limit, finish_time

RATE_WINDOW = timedelta(seconds=20)
SOON = 300
"""A beginning within so many seconds is counted down; one further off is shown as a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a campaign is. `phase` changes when the page around it must look different."""

    phase: str
    label: str
    done: int
    total: int
    rate: float | None
    seconds_left: int | None
    waiting: str
    polls: bool
    counts: dict[str, int]

    @property
    def uncertain(self) -> int:
        return self.counts.get("uncertain", 0)

    @property
    def failed(self) -> int:
        return self.counts.get("failed", 0)

    @property
    def local(self) -> int:
        """In the local mailbox, for there is no mail server."""
        return self.counts.get("local", 0)

    @property
    def bounced(self) -> int:
        return self.counts.get("bounced", 0)


def counts_by_state(campaigns: Sequence[Campaign]) -> dict[int, dict[str, int]]:
    """How many messages of each campaign are in each state. One query."""
    counts: dict[int, dict[str, int]] = {campaign.pk: {} for campaign in campaigns}
    rows = (
        Message.objects.filter(campaign__in=campaigns)
        .order_by()
        .values("campaign", "state")
        .annotate(number=Count("pk"))
    )
    for row in rows:
        counts[row["campaign"]][row["state"]] = row["number"]
    return counts


def progress_of(campaign: Campaign) -> Progress:
    if campaign.state == Campaign.State.APPROVING:
        return _preparing(campaign)
    counts = counts_by_state([campaign])[campaign.pk]
    taking_part = {state: number for state, number in counts.items() if state not in {"skipped", "cancelled"}}
    total = sum(taking_part.values())
    open_ones = sum(counts.get(state, 0) for state in UNRESOLVED)
    phase, label, waiting = _phase(campaign, counts)
    rate: float | None = None
    left: int | None = None
    if phase == "sending":
        since = max(timezone.now() - RATE_WINDOW, campaign.starts_at or timezone.now())
        seconds = (timezone.now() - since).total_seconds()
        lately = campaign.messages.filter(settled_at__gte=since).count()
        if lately and seconds >= 1:
            rate = lately / seconds
            to_do = counts.get("queued", 0) + counts.get("sending", 0)
            left = _seconds_left(campaign, to_do, rate)
    return Progress(
        phase=phase,
        label=label,
        done=total - open_ones,
        total=total,
        rate=rate,
        seconds_left=left,
        waiting=waiting,
        polls=phase in {"undo", "sending", "no_server"} and not is_far_off(campaign),
        counts=counts,
    )


def _seconds_left(campaign: Campaign, to_do: int, rate: float) -> int | None:
    """Until the last mail has left, by the rate of the last seconds and the rules of the store.

    None where some mails will miss the hours of their customers' day: when those leave depends on the next day.
    """
    now = timezone.now()
    waiting = campaign.messages.filter(state=Message.State.QUEUED)
    hours = waiting.aggregate(last_begins=Max("not_before"), first_ends=Min("not_after"))
    finish = finish_time(
        to_do, rate, now=now, limits=_limits(campaign.store_id, now), last_begins=hours["last_begins"]
    )
    if finish is None or (hours["first_ends"] is not None and finish > hours["first_ends"]):
        return None
    return round((finish - now).total_seconds()) or None


def _limits(store_id: int, now: datetime) -> list[Limit]:
    """The caps of the store."""
    rules = SendingRules.objects.filter(store=store_id).first()
    if rules is None:
        return []
    counted = count_now(rules, now)
    caps = (
        (rules.hourly_cap, counted.hour_left, counted.hour_began, HOUR),
        (rules.daily_cap, counted.day_left, counted.day_began, DAY),
    )
    return [
        Limit(cap, left, began + period, period)
        for cap, left, began, period in caps
        if cap is not None and left is not None
    ]


def _preparing(campaign: Campaign) -> Progress:
    """How far the work of its approval is. Nothing leaves before all of it is done."""
    job = campaign.approvals.open().order_by("-pk").first()
    undoing = job is None or job.state == Approval.State.UNDOING
    done = job.progress_done if job and not undoing else 0
    began = job.started_at if job else None
    rate = left = None
    if job and done and began and not undoing:
        seconds = (timezone.now() - began).total_seconds()
        # Each mail is first checked, then written down.
        steps = done + (job.progress_total if job.stage == Approval.Stage.WRITING else 0)
        left = round(seconds * (2 * job.progress_total - steps) / steps) or None
    label = _("Stopping") if undoing else str(job.get_stage_display() if job else "")
    return Progress(
        phase="approving",
        label=label,
        done=done,
        total=job.progress_total if job and not undoing else 0,
        rate=rate,
        seconds_left=left,
        waiting=_("nothing has been sent"),
        polls=True,
        counts={},
    )


def is_far_off(campaign: Campaign) -> bool:
    """Whether it begins so late that no page need wait for it."""
    return campaign.starts_at is not None and campaign.starts_at > timezone.now() + timedelta(seconds=SOON)


def _phase(campaign: Campaign, counts: dict[str, int]) -> tuple[str, str, str]:
    now = timezone.now()
    if campaign.state != Campaign.State.SENDING:
        return campaign.state, str(campaign.get_state_display()), ""
    if campaign.starts_at and campaign.starts_at > now:
        seconds = int((campaign.starts_at - now).total_seconds()) + 1
        if seconds > SOON:
            words = _("Starts on %(time)s") % {"time": _moment(campaign.starts_at)}
            return "undo", words, _("nothing has been sent")
        words = ngettext("Starts in %(count)s second", "Starts in %(count)s seconds", seconds)
        return "undo", words % {"count": seconds}, _("nothing has been sent")
    if campaign.no_server_since:
        return "no_server", _("Waiting for the mail server"), ""
    if campaign.is_waiting and not counts.get("sending"):
        return "paced", waiting_until(campaign), campaign.get_waits_for_display()
    waits = []
    if counts.get("deferred"):
        waits.append(
            ngettext(
                "%(count)s waits for its next try", "%(count)s wait for their next try", counts["deferred"]
            )
            % {"count": counts["deferred"]}
        )
    if counts.get("uncertain"):
        waits.append(
            ngettext(
                "%(count)s waits for your decision", "%(count)s wait for your decision", counts["uncertain"]
            )
            % {"count": counts["uncertain"]}
        )
    if counts.get("queued") or counts.get("sending"):
        return "sending", _("Sending"), ", ".join(waits)
    return "waiting", _("Waiting"), ", ".join(waits)


def waiting_until(campaign: Campaign) -> str:
    """ "Waiting until 14:05", of a campaign that waits."""
    moment = campaign.waits_until or timezone.now()
    return _("Waiting until %(time)s") % {"time": _moment(moment)}


def waiting_words(campaign: Campaign) -> str:
    """Until when and for what a campaign waits, or "" where it does not."""
    if not campaign.is_waiting:
        return ""
    return f"{waiting_until(campaign)}: {campaign.get_waits_for_display()}"


def _moment(moment: datetime) -> str:
    """The time of day, with its date where that is not today."""
    local = timezone.localtime(moment)
    today = local.date() == timezone.localdate()
    return time_format(local) if today else date_format(local, "SHORT_DATETIME_FORMAT")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoServer:
    """That a campaign waits for its mail server: since when, why, and when it is tried again (None: now)."""

    campaign: Campaign
    since: datetime
    next_try_at: datetime | None
    words: str


def no_server(campaign: Campaign, membership: Membership) -> NoServer | None:
    """None where the campaign has no such trouble. The server's own words are for merchants only."""
    if campaign.state != Campaign.State.SENDING or campaign.no_server_since is None:
        return None
    words = str(wording.REASON_WORDS.get(campaign.no_server_reason, ""))
    if membership.is_merchant and campaign.no_server_words:
        words = f"{words} {quoted(campaign.no_server_words)}.".strip()
    waits = campaign.next_try_at is not None and campaign.next_try_at > timezone.now()
    return NoServer(
        campaign=campaign,
        since=campaign.no_server_since,
        next_try_at=campaign.next_try_at if waits else None,
        words=words,
    )


def campaigns_without_server(membership: Membership) -> list[NoServer]:
    """The oldest three of the member's team. One query."""
    found = Campaign.objects.filter(team=membership.team_id).without_server()
    found = found.select_related("incident", "store", "team").order_by("no_server_since")[:3]
    return [trouble for campaign in found if (trouble := no_server(campaign, membership))]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRow:
    campaign: Campaign
    url: str
    tone: str
    label: str
    told: int
    total: int
    notes: list[tuple[str, str]]


def campaign_rows(campaigns: Sequence[Campaign]) -> list[CampaignRow]:
    """Rows of the list of campaigns. One query."""
    counts = counts_by_state(campaigns)
    return [_campaign_row(campaign, counts[campaign.pk]) for campaign in campaigns]


def _campaign_row(campaign: Campaign, counts: dict[str, int]) -> CampaignRow:
    notes = []
    for state, tone, one, many in (
        ("failed", "red", _("%(count)s failed"), _("%(count)s failed")),
        ("bounced", "red", _("%(count)s bounced"), _("%(count)s bounced")),
        ("uncertain", "amber", _("%(count)s uncertain"), _("%(count)s uncertain")),
        ("local", "amber", _("%(count)s in the local mailbox"), _("%(count)s in the local mailbox")),
        ("deferred", "amber", _("%(count)s to try again"), _("%(count)s to try again")),
    ):
        if number := counts.get(state):
            notes.append((tone, (one if number == 1 else many) % {"count": number}))
    if campaign.is_waiting:
        notes.append(("grey", waiting_until(campaign)))
    draft = campaign.state == Campaign.State.DRAFT
    return CampaignRow(
        campaign=campaign,
        url=reverse("outreach:campaign", args=[campaign.team.slug, campaign.pk]),
        tone=wording.CAMPAIGN_TONES[campaign.state],
        label=str(campaign.get_state_display()),
        told=sum(counts.get(state, 0) for state in TOLD),
        total=0 if draft else sum(n for state, n in counts.items() if state not in {"skipped", "cancelled"}),
        notes=notes,
    )
