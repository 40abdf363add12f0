"""Single messages: what only a person can know of one, and a test of one."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.mail.address_checks import is_wire_safe, why_blocked
from closedorders.core.mail.delivery import Delivery
from closedorders.core.mail.transports import open_transport
from closedorders.core.refusals import Refused
from closedorders.core.task_queue.enqueue import enqueue_on_commit

from .. import sending, wording
from ..audience import Person
from ..models import Campaign, Message
from ..order_status import refresh_orders_of_messages
from ..plans.plan import Plan
from ..tasks import send_campaign
from ..texts.mails import build_mail, message_id
from ..texts.placeholders import single_line
from .locking import lock

TEST_PATIENCE = 10.0
# The first line of a test: in the language of the letter, for whoever it is forwarded to.
_TEST_NOTICE = {
    "en": "TEST: this is how the mail to %(name)s reads. It was not sent to the customer.",
    "es": "TEST: así se lee el correo para %(name)s. No se ha enviado al cliente.",
}


def _decide_uncertain(message: Message, *, state: str, **changes: Any) -> None:
    """Fenced by the state: a late answer of the mail server, or another person's decision, comes first."""
    decided = Message.objects.filter(pk=message.pk, state=Message.State.UNCERTAIN).update(
        state=state, settled_at=timezone.now(), claimed_until=None, **changes
    )
    if not decided:
        raise Refused(_("This one is no longer uncertain: look at it again."))
    refresh_orders_of_messages([message.pk])


@transaction.atomic
def mark_uncertain_as_sent(*, message: Message, by: Membership) -> None:
    """A person found that the mail arrived."""
    allow(by, MERCHANT, team_id=message.team_id)
    _decide_uncertain(message, state=Message.State.SENT, reason=wording.BY_HAND)
    record(by=by, verb="message_confirmed", thing=message, team=message.team)
    sending.finish(message.campaign_id)


@transaction.atomic
def send_again(*, message: Message, by: Membership) -> None:
    """A person decides that the mail did not arrive, at the risk of a second one. None leaves a cancelled campaign."""
    allow(by, MERCHANT, team_id=message.team_id)
    campaign = lock(message.campaign)
    gone = campaign.state == Campaign.State.CANCELLED
    state = Message.State.CANCELLED if gone else Message.State.QUEUED
    _decide_uncertain(message, state=state, not_before=timezone.now(), submitting_at=None, reason="")
    record(by=by, verb="message_sent_again", thing=message, team=message.team)
    enqueue_on_commit(send_campaign, message.campaign_id)


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
    transport = open_transport(patience=TEST_PATIENCE, only_local=campaign.team.is_drill)
    try:
        delivery = transport.deliver(
            sender=store.sender_email, recipient=address, content=content, before_final_dot=lambda: True
        )
    finally:
        transport.close()
    record(by=by, verb="test_mail_sent", thing=campaign, after={"outcome": delivery.outcome.value})
    return delivery
