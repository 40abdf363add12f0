"""The people of a campaign as pages list them: where each one's message is, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from closedorders.accounts.models import Membership
from closedorders.closures.models import Closure
from closedorders.core.text.formatting import quoted
from closedorders.core.text.masks import mask_addresses, mask_email

from .. import wording
from ..audience import Exclusion
from ..message_states import LEFT, NEVER_SENT
from ..models import Message
from .delivery_words import tag_words


def address_for(email: str, membership: Membership) -> str:
    """A customer's address as this member may see it."""
    return email if membership.is_merchant else mask_email(email)


def words_for(words: str, recipient: str, membership: Membership) -> str:
    """The mail server's words as this member may read it: servers repeat the address, whole or in its two parts."""
    if membership.is_merchant:
        return words
    for part in recipient.split("@"):
        if len(part) > 2:
            words = re.sub(re.escape(part), "•••", words, flags=re.IGNORECASE)
    return mask_addresses(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One person of a campaign: the state of her message, why, and since when."""

    message: Message
    name: str
    address: str
    orders: list[tuple[int, str]]
    tone: str
    label: str
    words: str
    #: The mail server's last words, also where they are good news.
    said: str
    at: datetime | None
    #: When the note left with which this person was asked to wait.
    note_at: datetime | None
    #: Who said what became of a mail that nobody was certain of.
    decided_by: str
    #: Where a merchant finds the page that the mail links to; blank of mails that nobody has.
    page_url: str


def with_orders(messages: QuerySet[Message]) -> QuerySet[Message]:
    """The messages with their customers and orders, in a fixed number of queries."""
    closures = Closure.objects.select_related("supplier_order__store_order").defer(
        "supplier_order__store_order__lines"
    )
    return (
        messages.select_related("customer", "follows", "decided_by__user")
        .defer("body", "follows__body")
        .prefetch_related(Prefetch("closures", queryset=closures))
    )


def ledger(messages: Iterable[Message], membership: Membership) -> list[LedgerRow]:
    """Rows for messages of `with_orders`."""
    return [_ledger_row(message, membership) for message in messages]


def _ledger_row(message: Message, membership: Membership) -> LedgerRow:
    orders: dict[int, str] = {}
    for closure in message.closures.all():
        order = closure.supplier_order.store_order
        if order is not None:
            orders[order.pk] = order.number
    message.team = membership.team  # Its page is below the team's address: no query for it.
    shows_page = membership.is_merchant and message.state not in NEVER_SENT
    return LedgerRow(
        message=message,
        name=str(message.customer),
        address=address_for(message.recipient, membership),
        orders=list(orders.items()),
        tone=wording.STATE_TONES[message.state],
        label=tag_words(message.state, str(message.get_state_display()), message.reply_words),
        words=words_for(state_words(message), message.recipient, membership),
        said=words_for(_said(message), message.recipient, membership),
        at=message.settled_at,
        note_at=message.follows.settled_at if message.follows else None,
        decided_by=str(message.decided_by.user) if message.decided_by else "",
        page_url=message.get_absolute_url() if shows_page else "",
    )


def _said(message: Message) -> str:
    return f"{message.reply_code or ''} {message.reply_words}".strip()


def state_words(message: Message) -> str:
    """Why the message is in its state, with the mail server's own words where there are any."""
    if message.state == Message.State.SKIPPED:
        known = message.skip_reason in Exclusion.values
        return str(Exclusion(message.skip_reason).label) if known else ""
    words = str(wording.REASON_WORDS.get(message.reason, ""))
    if (said := _said(message)) and (message.state not in LEFT or message.state == Message.State.BOUNCED):
        words = f"{words} {quoted(said)}".strip()
    if message.state == Message.State.DEFERRED and message.not_before > timezone.now():
        at = time_format(timezone.localtime(message.not_before))
        words += " " + _("Next try: %(time)s") % {"time": at}
    return words


def ledger_tabs(counts: dict[str, int], active: str) -> list[dict[str, Any]]:
    """All, then each state that occurs, in the order of a message's life."""
    tabs: list[dict[str, Any]] = [
        {"label": _("All"), "url": "?", "count": sum(counts.values()), "active": not active}
    ]
    for state in Message.State:
        if counts.get(state) or state == active:
            tabs.append(
                {
                    "label": state.label,
                    "url": f"?state={state}",
                    "count": counts.get(state, 0),
                    "active": state == active,
                }
            )
    return tabs
