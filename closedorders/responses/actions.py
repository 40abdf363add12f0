"""What customers and merchants do with the page of a mail. Each of these is atomic and leaves a line in the trail."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.refusals import Refused
from closedorders.orderfiles.cells.cards_in_notes import with_masked_cards
from closedorders.orderfiles.cells.people import visible
from closedorders.outreach.models import Campaign, Message

from .models import PageClosing, Reply

MOST_CHARACTERS = 2_000
#: Answers to one mail: in an hour, and ever.
MOST_AN_HOUR, MOST_OF_A_MAIL = 5, 50
#: The same words again within this time are the same click.
SAME_CLICK = timedelta(minutes=10)


@transaction.atomic
def leave_reply(*, message: Message, text: str, came_by_mail: bool = False) -> Reply:
    """Keep what a customer wrote on their page or by mail, at most `MOST_CHARACTERS`, with card numbers masked.

    Whoever opens the page may write, so few answers are taken: `MOST_AN_HOUR`, `MOST_OF_A_MAIL`.
    """
    words = "\n".join(map(visible, text.replace("\t", " ").splitlines())).strip()
    if not words:
        raise Refused(_("Write something first."))
    if len(words) > MOST_CHARACTERS:
        raise Refused(_("An answer has at most %(most)s characters.") % {"most": MOST_CHARACTERS})
    numbers = message.closures.values_list("supplier_order__number", flat=True)
    words = with_masked_cards(words, orders=set(numbers))[:MOST_CHARACTERS]
    # Locked: of two that come at once, the second one counts the first.
    Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
    now, replies = timezone.now(), Reply.objects.filter(message=message)
    same = replies.filter(text=words, created_at__gt=now - SAME_CLICK).first()
    if same is not None:
        return same
    recent = replies.filter(created_at__gt=now - timedelta(hours=1)).count()
    if recent >= MOST_AN_HOUR or replies.count() >= MOST_OF_A_MAIL:
        raise Refused(_("You have written several answers already. Write to us by e-mail, please."))
    reply = Reply.objects.create(
        team_id=message.team_id,
        message=message,
        customer_id=message.customer_id,
        text=words,
        came_by_mail=came_by_mail,
    )
    # Without the words, and without who: they are the customer's.
    record(by=None, verb="customer_replied", thing=message.campaign, team=message.team)
    return reply


@transaction.atomic
def mark_read(*, reply: Reply, by: Membership) -> None:
    """Somebody dealt with this answer."""
    allow(by, MERCHANT, team_id=reply.team_id)
    marked = Reply.objects.waiting().filter(pk=reply.pk).update(read_at=timezone.now(), read_by=by)
    if marked:
        record(by=by, verb="reply_dealt_with", thing=reply.message.campaign)


@transaction.atomic
def mark_unread(*, reply: Reply, by: Membership) -> None:
    """It was marked by mistake: the answer still waits."""
    allow(by, MERCHANT, team_id=reply.team_id)
    if Reply.objects.filter(pk=reply.pk, read_at__isnull=False).update(read_at=None, read_by=None):
        record(by=by, verb="reply_waits_again", thing=reply.message.campaign)


@transaction.atomic
def close_page(*, message: Message, by: Membership) -> None:
    """The link of this mail leads nowhere from here on."""
    allow(by, MERCHANT, team_id=message.team_id)
    _close(message.campaign, message, by)


@transaction.atomic
def close_pages(*, campaign: Campaign, by: Membership) -> None:
    """The links of all mails of the campaign lead nowhere from here on, also of those that are still to be sent."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    _close(campaign, None, by)


def _close(campaign: Campaign, message: Message | None, by: Membership) -> None:
    _closing, created = PageClosing.objects.get_or_create(
        team=campaign.team, campaign=campaign, message=message, opened_at=None, defaults={"closed_by": by}
    )
    if created:
        record(by=by, verb="page_closed" if message else "pages_closed", thing=message or campaign)


@transaction.atomic
def open_page(*, message: Message, by: Membership) -> None:
    """The link of this mail leads to its page again, unless those of its campaign are closed."""
    allow(by, MERCHANT, team_id=message.team_id)
    _open(message.campaign, message, by)


@transaction.atomic
def open_pages(*, campaign: Campaign, by: Membership) -> None:
    """The links of the campaign's mails lead to their pages again, but for those closed one by one."""
    allow(by, MERCHANT, team_id=campaign.team_id)
    _open(campaign, None, by)


def _open(campaign: Campaign, message: Message | None, by: Membership) -> None:
    standing = PageClosing.objects.standing().filter(campaign=campaign, message=message)
    if standing.update(opened_at=timezone.now(), opened_by=by):
        record(by=by, verb="page_opened" if message else "pages_opened", thing=message or campaign)
