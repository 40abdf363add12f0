"""A Django mail backend that writes to the local mailbox (password resets, notices)."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage, sanitize_address

from closedorders.core.mail.delivery import Outcome
from closedorders.core.mail.mailbox import LocalMailbox


class LocalMailboxBackend(BaseEmailBackend):
    """`EMAIL_BACKEND` of the embedded default. Writes to the Maildir at `EMAIL_FILE_PATH`, one copy per recipient."""

    def __init__(self, fail_silently: bool = False, *, file_path: str | None = None, **kwargs: Any) -> None:
        super().__init__(fail_silently=fail_silently, **kwargs)
        self._mailbox = LocalMailbox(file_path or str(settings.EMAIL_FILE_PATH))

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many messages reached every recipient. Raises OSError for one that did not, unless `fail_silently`."""
        written = 0
        for message in email_messages:
            recipients = message.recipients()
            if recipients and all(self._write(message, recipient) for recipient in recipients):
                written += 1
        return written

    def _write(self, message: EmailMessage, recipient: str) -> bool:
        encoding = message.encoding or settings.DEFAULT_CHARSET
        delivery = self._mailbox.deliver(
            sender=parseaddr(sanitize_address(message.from_email, encoding))[1],
            recipient=parseaddr(sanitize_address(recipient, encoding))[1],
            content=message.message().as_bytes(),
            before_final_dot=lambda: True,
        )
        if delivery.outcome is Outcome.SENT:
            return True
        if not self.fail_silently:
            raise OSError(f"The local mailbox took no mail: {delivery.reason} {delivery.words}".rstrip())
        return False
