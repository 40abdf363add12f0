"""The morning summary in words: what is open, due and overdue in one team, for one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.models import Membership
from closedorders.cases.models import Contact
from closedorders.closures.models import Incident
from closedorders.core.money import amounts_in_words
from closedorders.orders.masking import Sight

from ..limbo.reads import Window, overdue, sums
from ..models import Reminder
from ..now.reads import Found, find_now
from ..now.wording import action_of
from ..querysets import ReminderQuerySet

#: More lines of one kind are only counted.
MOST_LINES = 10


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str


def end_of(day: date) -> datetime:
    """The first moment after the day, in the active time zone."""
    after = day + timedelta(days=1)
    return timezone.make_aware(datetime(after.year, after.month, after.day))  # noqa: DTZ001 - made aware here


def due_on(day: date, membership: Membership) -> ReminderQuerySet:
    """The person's reminders that come on this day or came before it, soonest first."""
    found = Reminder.objects.visible_to(membership).open().of_person(membership)
    return found.filter(due_at__lt=end_of(day)).order_by("due_at", "pk")


def write(membership: Membership, day: date) -> Letter:
    """In the active language and time zone. What is not this member's to read is masked or left out."""
    team, sight = membership.team, Sight.of(membership)
    found = find_now(membership)
    reminders = list(due_on(day, membership).with_subject()[: MOST_LINES + 1])
    open_count = Incident.objects.filter(team=team).open().count()
    due_count = due_on(day, membership).count()
    parts = [
        _("Good morning. This is %(team)s on %(day)s.") % {"team": team.name, "day": date_format(day)},
        _start(found, membership),
    ]
    if found.views:
        parts.append(_section(_("Open incidents"), _incident_lines(found)))
    if reminders:
        parts.append(_section(_("Due today"), [_reminder_line(each, day) for each in reminders[:MOST_LINES]]))
    late = _late_lines(membership)
    if late:
        parts.append(_section(_("Overdue"), late))
    parts.append(
        _("You get this on mornings with an open incident or a reminder that is due. Switch it off: %(url)s")
        % {"url": _url("incidents:digest", team.slug)}
    )
    subject = _("%(team)s this morning: %(counts)s") % {
        "team": team.name,
        "counts": ", ".join(_counts(open_count, due_count)) or _("nothing is open"),
    }
    return Letter(sight.words(subject), sight.words("\n\n".join(parts)) + "\n")


def _counts(incidents: int, reminders: int) -> list[str]:
    words = []
    if incidents:
        words.append(
            ngettext("%(count)s open incident", "%(count)s open incidents", incidents) % {"count": incidents}
        )
    if reminders:
        words.append(
            ngettext("%(count)s reminder due", "%(count)s reminders due", reminders) % {"count": reminders}
        )
    return words


def _start(found: Found, membership: Membership) -> str:
    action = action_of(found, membership)
    words = _("Start here: %(title)s. %(why)s") % {"title": action.step.title, "why": action.step.text}
    return f"{words}\n{_url('incidents:now', membership.team.slug)}"


def _section(head: str, lines: list[str]) -> str:
    return "\n".join([head, *(f"- {line}" for line in lines)])


def _incident_lines(found: Found) -> list[str]:
    lines = []
    for view in found.views[:MOST_LINES]:
        count, waiting = view.situation.closures_not_reopened, view.situation.customers_not_told
        words = ngettext("%(count)s order closed", "%(count)s orders closed", count) % {"count": count}
        line = f"{view.incident} · {view.incident.buyer_account}: {words}"
        if waiting:
            line += ", " + _("%(count)s not told yet") % {"count": waiting}
        if view.case:
            line += f", {view.case.waiting_label}"
        lines.append(line)
    more = len(found.views) - MOST_LINES
    if more > 0:
        lines.append(ngettext("%(count)s more", "%(count)s more", more) % {"count": more})
    return lines


def _reminder_line(reminder: Reminder, day: date) -> str:
    at = timezone.localtime(reminder.due_at)
    when = time_format(at.time(), "TIME_FORMAT") if at.date() == day else date_format(at, "DATETIME_FORMAT")
    return f"{when} · {reminder.subject}: {reminder.note}"


def _late_lines(membership: Membership) -> list[str]:
    if membership.is_reviewer:
        return []
    team, lines = membership.team, []
    asked = Contact.objects.for_team(team).due(timezone.now()).count()
    if asked:
        lines.append(
            ngettext(
                "AliExpress promised an answer and the time has passed: %(count)s case to ask about",
                "AliExpress promised an answer and the time has passed: %(count)s cases to ask about",
                asked,
            )
            % {"count": asked}
        )
    late = overdue(team, Window.of(team))
    count = late.count()
    if count:
        words = ngettext(
            "%(count)s supplier refund has not come in time",
            "%(count)s supplier refunds have not come in time",
            count,
        ) % {"count": count}
        lines.append(f"{words}: {amounts_in_words(sums(late))}" if membership.is_merchant else words)
    return lines


def _url(name: str, slug: str) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=[slug])}"
