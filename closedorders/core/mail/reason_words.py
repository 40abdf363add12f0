"""The sentences that pages show for a `Reason`."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from closedorders.core.mail.delivery import Delivery, Reason

MAIL_REASON_WORDS: dict[str, str | Promise] = {
    Reason.ACCEPTED: _("The mail server took it."),
    Reason.REFUSED: _("The mail server refused it."),
    Reason.UNREACHABLE: _("The mail server could not be reached."),
    Reason.TIMED_OUT: _("The mail server did not answer in time."),
    Reason.DROPPED: _("The mail server hung up."),
    Reason.GARBLED: _("The mail server's answer made no sense."),
    Reason.LOST_CLAIM: _("Stopped before it was sent."),
    Reason.BAD_ADDRESS: _("The address cannot be used in a mail."),
    Reason.NON_ASCII_ADDRESS: _("The mail server does not take addresses with these letters."),
    Reason.BAD_CERTIFICATE: _("The mail server's certificate is not valid."),
    Reason.NO_ENCRYPTION: _("The mail server does not offer the encryption that is asked for."),
    Reason.NO_LOGIN: _("The mail server does not offer the sign-in that is asked for."),
    Reason.PRIVATE_SERVER: _("The mail server is not on the public internet."),
    Reason.LOST_SIGN_IN: _("The stored password of the mail server cannot be opened: type it again."),
    Reason.LOCAL_MAILBOX: _("It reached nobody."),
    Reason.DISK: _("The local mailbox could not be written."),
}


def answer_in_words(delivery: Delivery) -> str:
    """What became of one attempt and what the server said: `The mail server refused it. 550 5.1.1 unknown`."""
    said = f"{delivery.code or ''} {delivery.words}".strip()
    return f"{MAIL_REASON_WORDS[delivery.reason]} {said}".strip()
