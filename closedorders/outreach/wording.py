"""The words pages use for what the outbox stores as codes."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from closedorders.core.mail.reason_words import MAIL_REASON_WORDS

WORKER_LOST = "worker_lost"
GAVE_UP = "gave_up"
BY_HAND = "by_hand"
RETURNED = "returned"
REPORTED = "reported"
OWN_REASONS = (WORKER_LOST, GAVE_UP, BY_HAND, RETURNED, REPORTED)

REASON_WORDS: dict[str, str | Promise] = {
    **MAIL_REASON_WORDS,
    WORKER_LOST: _("The worker stopped in the middle of it."),
    GAVE_UP: _("Given up after several tries."),
    BY_HAND: _("Confirmed by hand: it arrived."),
    RETURNED: _("It came back."),
    REPORTED: _("Reported by the mail provider."),
}

STATE_TONES = {
    "queued": "grey",
    "sending": "blue",
    "sent": "green",
    "local": "amber",
    "deferred": "amber",
    "failed": "red",
    "uncertain": "amber",
    "delivered": "green",
    "bounced": "red",
    "complained": "red",
    "skipped": "grey",
    "cancelled": "grey",
}

CAMPAIGN_TONES = {
    "draft": "grey",
    "approving": "blue",
    "sending": "blue",
    "paused": "amber",
    "finished": "green",
    "cancelled": "grey",
}

REFUND_TONES = {"proposed": "amber", "approved": "blue", "issued": "green", "dropped": "grey"}


def cannot_be_mailed(count: int) -> str:
    """Added to how many are not told."""
    return ngettext("%(count)s of them cannot be mailed", "%(count)s of them cannot be mailed", count) % {
        "count": count
    }


PLACEHOLDER_HELP = {
    "first_name": _("the customer's first name"),
    "full_name": _("the customer's whole name"),
    "store": _("the name of the store"),
    "orders": _("the customer's order numbers"),
    "order_count": _("how many orders that are"),
    "code": _("the customer's own discount code"),
    "code_percent": _("how much the code takes off"),
    "code_expires": _("the code's last day"),
    "refund": _("the amount that goes back"),
    "refund_percent": _("which part of the price that is"),
    "refund_base": _("what the part is taken of"),
    "gift": _("the gift in the parcel"),
    "store_credit": _("the customer's store credit"),
    "shipping": _("how the parcel goes faster"),
    "reason": _("what happened, in your words"),
    "sender": _("the sender name of the store"),
    "new_date": _("the new delivery date"),
    "page": _("the link to the customer's own page"),
}
