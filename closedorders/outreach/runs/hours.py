"""The hours in which a store's mails may leave, for the messages of its campaigns."""

from __future__ import annotations

from datetime import datetime

from django.db.models.functions import Greatest
from django.utils import timezone

from closedorders.orders.models import Store
from closedorders.senders.models import SendingRules
from closedorders.senders.pace.hours import next_span
from closedorders.senders.pace.zones import zones_of

from ..models import Message
from ..querysets import MessageQuerySet


class MailHours:
    """The hours of a store as they are now; reads them once."""

    def __init__(self, store: Store) -> None:
        self._rules = SendingRules.objects.filter(store=store, opens_at__isnull=False).first()
        self._home = store.team.time_zone
        self._known: dict[tuple[datetime, str], tuple[datetime, datetime | None]] = {}

    @property
    def are_all_day(self) -> bool:
        """Whether mails of the store may leave at any time."""
        return self._rules is None

    def next_time(self, moment: datetime, country: str) -> tuple[datetime, datetime | None]:
        """From when on, at `moment` or later, a mail to this country may leave, and until when: None, for ever."""
        rules = self._rules
        if rules is None or rules.opens_at is None or rules.closes_at is None:
            return moment, None
        key = moment, country
        if key not in self._known:
            zones = zones_of(country, self._home)
            self._known[key] = next_span(moment, opens=rules.opens_at, closes=rules.closes_at, zones=zones)
        return self._known[key]


def let_leave(messages: MessageQuerySet, store: Store) -> None:
    """These may leave from now on, each when it is day for its customer."""
    now, hours = timezone.now(), MailHours(store)
    if hours.are_all_day:
        messages.update(not_before=now, not_after=None)
        return
    for country in sorted(set(messages.order_by().values_list("country", flat=True))):
        begins, ends = hours.next_time(now, country)
        messages.filter(country=country).update(not_before=begins, not_after=ends)


def move_into_hours(campaign_id: int) -> None:
    """Messages whose hours are over without their having left wait for the next ones."""
    late = Message.objects.past_their_hours().filter(campaign=campaign_id)
    groups = set(late.order_by().values_list("country", "not_after"))
    if not groups:
        return
    store = Store.objects.select_related("team").get(campaigns=campaign_id)
    hours = MailHours(store)
    for country, ended in sorted(groups):
        begins, ends = hours.next_time(max(timezone.now(), ended or timezone.now()), country)
        # A try that was put off further stays put off.
        late.filter(country=country, not_after=ended).update(
            not_before=Greatest("not_before", begins), not_after=ends
        )
