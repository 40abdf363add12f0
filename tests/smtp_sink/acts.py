"""What a server of mail does on request, and what it received."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Literal

At = Literal[
    "connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "content", "dot", "rset", "quit", "idle"
]
HANG = "hang"
DROP = "drop"
GARBAGE = "\x00\x7f~~ not a reply"


@dataclass(frozen=True, kw_only=True)
class ReceivedMail:
    """One message whose final dot arrived and which the server kept. `content` is un-stuffed, with CRLF."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    at: float
    """`time.time()` of the final dot."""

    @property
    def recipient(self) -> str:
        return self.recipients[0]

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"] or "")


@dataclass
class Act:
    """What to do instead of the polite answer, the next `times` times (None: always) that `at` is reached.

    `does` is a reply line ("550 5.1.1 unknown"), `HANG`, `DROP` or `GARBAGE`. With `recipient` only from RCPT on, for
    that one. `content` acts when the first body byte arrives, `idle` after a message, before the next one. `keeps`:
    at `dot`, whether the message is kept all the same, as a server does that dies while answering.
    """

    at: At
    does: str
    recipient: str | None = None
    times: int | None = 1
    keeps: bool = False


class Hangup(Exception):
    pass
