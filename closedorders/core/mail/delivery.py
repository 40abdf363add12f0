"""The result of handing over one message, the same for every way of sending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """The five answers (docs/design.md, 2)."""

    SENT = "sent"
    """Accepted with a clear 2xx after the final dot."""
    DEFERRED = "deferred"
    """Not accepted, and trying again later is right: the final dot was never sent, or the server said 4xx."""
    FAILED = "failed"
    """Refused for good, for this customer."""
    UNCERTAIN = "uncertain"
    """The final dot may have been sent and no clear answer came. A person decides; never sent again by itself."""
    SENDER_REFUSED = "sender_refused"
    """We are refused, whoever the customer is: the campaign must pause and say why."""


class Phase(StrEnum):
    """How far the conversation with the mail server had come."""

    CONNECT = "connect"
    HELLO = "hello"
    STARTTLS = "starttls"
    LOGIN = "login"
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"
    """The DATA command and the content; the final dot is still held back."""
    FINAL_DOT = "final_dot"
    """From the first byte of the final dot to the server's answer to it."""


class Reason(StrEnum):
    """Why, in a word the pages translate. The server's own words stand in `Delivery.words`."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """The server answered 4xx or 5xx; see `code` and `words`."""
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    DROPPED = "dropped"
    GARBLED = "garbled"
    """The server's answer was no SMTP reply, or not one that belongs here."""
    LOST_CLAIM = "lost_claim"
    """`before_final_dot` said no: another worker holds the row, or it was cancelled."""
    BAD_ADDRESS = "bad_address"
    NON_ASCII_ADDRESS = "non_ascii_address"
    """The name before the @ has letters beyond ASCII and the server does not offer SMTPUTF8."""
    BAD_CERTIFICATE = "bad_certificate"
    NO_ENCRYPTION = "no_encryption"
    """Encryption is demanded and the server does not offer STARTTLS."""
    NO_LOGIN = "no_login"
    """A sign-in is configured that the server does not offer, or that SMTP cannot carry."""
    PRIVATE_SERVER = "private_server"
    """The mail server of a store is not on the public internet, so nothing is sent to it."""
    LOST_SIGN_IN = "lost_sign_in"
    """The stored password of the mail server cannot be opened any more."""
    LOCAL_MAILBOX = "local_mailbox"
    """It is in the local mailbox, for there is no mail server."""
    DISK = "disk"
    """The local mailbox could not be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The answer to one attempt.

    `code` is the three-digit SMTP reply where the server gave one, `enhanced` its RFC 3463 status (`5.1.1`) or "",
    `words` at most 500 printable characters of what the server (or the operating system) said, with every e-mail
    address masked, so that it may be shown to an assistant.
    """

    outcome: Outcome
    phase: Phase
    reason: Reason
    code: int | None = None
    enhanced: str = ""
    words: str = ""


class MailTransport(Protocol):
    """Hands over one finished message at a time: an SMTP connection or the local mailbox."""

    def deliver(
        self, *, sender: str, recipient: str, content: bytes, before_final_dot: Callable[[], bool]
    ) -> Delivery: ...

    def close(self) -> None: ...
