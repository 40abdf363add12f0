"""When the mails of a store may leave, as a merchant sets it."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.refusals import Refused
from closedorders.orders.models import Store

from ..models import SendingRules


@transaction.atomic
def set_sending_rules(
    *,
    store: Store,
    opens_at: time | None,
    closes_at: time | None,
    hourly_cap: int | None,
    daily_cap: int | None,
    by: Membership,
) -> SendingRules:
    """Let the store's campaigns send between these hours of the customer's day; at any time where both are None.

    At most so many mails of theirs leave within an hour and a day; None: no such cap. Mails that wait already keep the
    times they were given, and those that miss theirs get new ones by these rules. Caps hold at once.
    """
    allow(by, MERCHANT, team_id=store.team_id)
    if (opens_at is None) != (closes_at is None) or (opens_at and closes_at and opens_at >= closes_at):
        raise Refused(_("Write both hours, the earlier one first, or neither."))
    if 0 in (hourly_cap, daily_cap):
        raise Refused(_("With a limit of 0 no mail would ever leave: leave it blank, or pause the campaign."))
    Store.objects.select_for_update().get(pk=store.pk)
    rules, _created = SendingRules.objects.get_or_create(store=store)
    before = _words(rules)
    rules.opens_at, rules.closes_at = opens_at, closes_at
    rules.hourly_cap, rules.daily_cap = hourly_cap, daily_cap
    rules.save(update_fields=["opens_at", "closes_at", "hourly_cap", "daily_cap"])
    if before != (after := _words(rules)):
        record(by=by, verb="sending_rules_set", thing=store, before=before, after=after)
    return rules


def _words(rules: SendingRules) -> dict[str, Any]:
    hours = f"{rules.opens_at:%H:%M}–{rules.closes_at:%H:%M}" if rules.opens_at and rules.closes_at else ""
    return {"sending_hours": hours, "hourly_cap": rules.hourly_cap, "daily_cap": rules.daily_cap}
