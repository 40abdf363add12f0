"""The mail that proves where replies go: a link that works once, and the worker that sends it."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from closedorders.core.database.jobs import Claim, ClaimLost, claim
from closedorders.core.mail.address_checks import fold_address, is_wire_safe, wire_address
from closedorders.core.mail.delivery import Delivery, Outcome, Phase, Reason
from closedorders.core.mail.mailbox import TEAM_HEADER
from closedorders.orders.models import Store

from .models import ReplyTest
from .querysets import MAX_ATTEMPTS
from .transports import transport_for

LINK_LIFE = timedelta(days=7)
LEASE = timedelta(minutes=4)
PATIENCE = 10.0
_RETRY_AFTER = timedelta(minutes=1)
_SALT = "closedorders.senders.reply"


def reply_address(store: Store) -> str:
    """Where answers of the store's customers go, folded; "" where there is no usable address."""
    address = store.reply_to or store.sender_email
    return fold_address(address) if is_wire_safe(address) else ""


def token_of(test: ReplyTest) -> str:
    return signing.dumps(test.pk, salt=_SALT)


def test_of(token: str) -> ReplyTest | None:
    """The test whose mail had this link; None where the link is made up or too old."""
    with suppress(signing.BadSignature):
        pk = signing.loads(token, salt=_SALT, max_age=LINK_LIFE)
        return ReplyTest.objects.select_related("store__team").filter(pk=pk).first()
    return None


def send(test_id: int) -> None:
    """Send the mail of one test that is due, and write down what became of it.

    A worker killed in the middle of it sends it once more: the same link to the same address.
    """
    until = claim(
        ReplyTest.objects.due(),
        test_id,
        waiting=ReplyTest.UNFINISHED,
        working=ReplyTest.State.SENDING,
        lease=LEASE,
    )
    if until is None:
        return
    test = ReplyTest.objects.select_related("store__team").get(pk=test_id)
    held = Claim(test, until, LEASE)
    delivery = _deliver(test)
    if delivery.outcome is Outcome.DEFERRED and test.attempts < MAX_ATTEMPTS:
        held.release(_RETRY_AFTER)
        return
    said = f"{delivery.code or ''} {delivery.words}".strip()
    with suppress(ClaimLost):
        held.end(_state(delivery), reason=delivery.reason.value, words=said[:500], finished_at=timezone.now())


def _state(delivery: Delivery) -> ReplyTest.State:
    if delivery.reason is Reason.LOCAL_MAILBOX:
        return ReplyTest.State.LOCAL
    # Where the server's last answer is missing it may have arrived: then its link works.
    left = delivery.outcome in {Outcome.SENT, Outcome.UNCERTAIN}
    return ReplyTest.State.SENT if left else ReplyTest.State.FAILED


def _deliver(test: ReplyTest) -> Delivery:
    sender = test.store.sender_email
    if not is_wire_safe(sender):
        return Delivery(outcome=Outcome.SENDER_REFUSED, phase=Phase.SENDER, reason=Reason.BAD_ADDRESS)
    transport = transport_for(test.store, patience=PATIENCE)
    try:
        return transport.deliver(
            sender=sender, recipient=test.address, content=_content(test), before_final_dot=lambda: True
        )
    finally:
        transport.close()


def _content(test: ReplyTest) -> bytes:
    store, sender = test.store, wire_address(test.store.sender_email)
    link = settings.SITE_URL + reverse("reply_confirmation", args=[token_of(test)])
    letters = policy.SMTP if (sender + test.address).isascii() else policy.SMTPUTF8
    mail = EmailMessage(policy=letters)
    with translation.override(test.language):
        mail["Subject"] = _("Do replies to your customers' mails reach you?")
        text = _(
            "Customers who answer a mail of %(store)s write to %(address)s.\n\n"
            "If you read this, their answers reach you. Open this page and confirm it; the link works once, for "
            "seven days:\n\n%(link)s\n\n"
            "If you do not know this shop, do nothing: without your confirmation nothing changes."
        ) % {"store": store.name, "address": test.address, "link": link}
    mail["From"], mail["To"] = sender, test.address
    mail["Date"] = format_datetime(timezone.now())
    seed = hashlib.sha256(f"reply {test.pk} {test.created_at}".encode()).hexdigest()[:24]
    mail["Message-ID"] = f"<reply-test-{seed}@{settings.MESSAGE_ID_DOMAIN or 'localhost'}>"
    mail[TEAM_HEADER] = str(store.team_id)
    mail.set_content(text, cte="quoted-printable")
    return mail.as_bytes()
