"""Single messages: what only a person can know of one, and a test of one."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record, record_each
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.mail.address_checks import is_wire_safe, why_blocked
from closedorders.core.mail.delivery import Delivery
from closedorders.core.refusals import Refused
from closedorders.core.task_queue.enqueue import enqueue_on_commit
from closedorders.senders.transports import transport_for

from .. import sending, wording
from ..audience import Person
from ..locking import lock
from ..models import Campaign, Message
from ..order_status import refresh_orders_of_messages
from ..plans.plan import Plan
from ..runs.hours import let_leave
from ..tasks import send_campaign
from ..texts.mails import build_mail, message_id
from ..texts.placeholders import single_line

TEST_PATIENCE = 10.0
# The first line of a test: in the language of the letter, for whoever it is forwarded to.
_TEST_NOTICE = {
    "en": "TEST: this is how the mail to %(name)s reads. It was not sent to the customer.",
    "es": "TEST: así se lee el correo para %(name)s. No se ha enviado al cliente.",
}


MOST_AT_ONCE = 500
"""So many mails are decided about in one go: more than a page of them has."""


@transaction.atomic
def mark_uncertain_as_sent(*, message: Message, by: Membership) -> None:
    """A person found that the mail arrived."""
    allow(by, MERCHANT, team_id=message.team_id)
    _decide_one(message, arrived=True, by=by)


@transaction.atomic
def send_again(*, message: Message, by: Membership) -> None:
    """A person decides that the mail did not arrive, at the risk of a second one. None leaves a cancelled campaign."""
    allow(by, MERCHANT, team_id=message.team_id)
    _decide_one(message, arrived=False, by=by)


def _decide_one(message: Message, *, arrived: bool, by: Membership) -> None:
    try:
        decide_uncertain(
            campaign=message.campaign, messages=Message.objects.filter(pk=message.pk), arrived=arrived, by=by
        )
    except NothingUncertain:
        raise Refused(_("This one is no longer uncertain: look at it again.")) from None


class NothingUncertain(Refused):
    """None of the mails that a person decided about is uncertain any more."""


@transaction.atomic
def decide_uncertain(
    *, campaign: Campaign, messages: QuerySet[Message], arrived: bool, by: Membership
) -> int:
    """Note what a person found out about those of `messages` that are uncertain, and who said so. Returns how many.

    `arrived`: they count as sent. Otherwise they are sent again, at the risk of a second mail; of a cancelled campaign
    nothing leaves any more. Fenced by the state: a late answer of the mail server, or another person, comes first.
    """
    allow(by, MERCHANT, team_id=campaign.team_id)
    fresh = lock(campaign)
    uncertain = messages.filter(campaign=fresh, state=Message.State.UNCERTAIN)
    found = list(uncertain.order_by("pk").select_for_update(of=("self",))[:MOST_AT_ONCE])
    if not found:
        raise NothingUncertain(_("None of these is uncertain any more: look at them again."))
    now = timezone.now()
    decision: dict[str, Any] = {"state": Message.State.SENT, "reason": wording.BY_HAND}
    if not arrived:
        gone = fresh.state == Campaign.State.CANCELLED
        decision = {
            "state": Message.State.CANCELLED if gone else Message.State.QUEUED,
            "submitting_at": None,
            "reason": "",
        }
    keys = [message.pk for message in found]
    Message.objects.filter(pk__in=keys, state=Message.State.UNCERTAIN).update(
        settled_at=now, claimed_until=None, decided_by=by, decided_at=now, **decision
    )
    if not arrived:
        let_leave(Message.objects.filter(pk__in=keys, state=Message.State.QUEUED), fresh.store)
    refresh_orders_of_messages(keys)
    verb = "message_confirmed" if arrived else "message_sent_again"
    record_each(by=by, verb=verb, changes=[(message, {}, {}) for message in found], team=fresh.team)
    if arrived:
        sending.finish(fresh.pk)
    else:
        enqueue_on_commit(send_campaign, fresh.pk)
    return len(found)


def send_test(*, campaign: Campaign, person: Person, address: str, by: Membership) -> Delivery:
    """Send one person's mail to an address of the merchant's own, marked TEST. It counts nowhere.

    Returns what the mail server said. Waits for it a few seconds only: somebody is looking at the page.
    """
    allow(by, MERCHANT, team_id=campaign.team_id)
    if why_blocked(address) is not None:
        raise Refused(_("This address cannot be used in a mail."))
    store = campaign.store
    if not is_wire_safe(store.sender_email):
        raise Refused(_("%(store)s has no sender e-mail: set one on the store's page.") % {"store": store})
    found = Plan(campaign).letter(person)
    notice = _TEST_NOTICE["es" if person.language == "es" else "en"] % {"name": person.customer}
    letter = replace(found, subject=f"TEST: {found.subject}", body=f"{single_line(notice)}\n\n{found.body}")
    test = uuid.uuid4().hex
    content = build_mail(
        sender_name=store.sender_name,
        sender_address=store.sender_email,
        recipient_name="",
        recipient_address=address,
        subject=letter.subject,
        text=letter.body,
        html_part=letter.html(store),
        message_id=message_id(f"test-{test}", domain=settings.MESSAGE_ID_DOMAIN),
        message_key=f"test-{test}",
        team_key=str(campaign.team_id),
        sent_at=timezone.now(),
        reply_to=store.reply_to,
    )
    transport = transport_for(store, patience=TEST_PATIENCE)
    try:
        delivery = transport.deliver(
            sender=store.sender_email, recipient=address, content=content, before_final_dot=lambda: True
        )
    finally:
        transport.close()
    record(by=by, verb="test_mail_sent", thing=campaign, after={"outcome": delivery.outcome.value})
    return delivery
