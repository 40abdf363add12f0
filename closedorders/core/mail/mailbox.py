"""A local Maildir that receives all mail of the embedded deployment, for the app to show."""

from __future__ import annotations

import contextlib
import itertools
import mailbox
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Self

from closedorders.core.mail.delivery import Delivery, Outcome, Phase, Reason

TEAM_HEADER = "X-Closed-Orders-Team"

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=+-]{0,200}")
_ARRIVAL = re.compile(r"(\d+)(?:\.M(\d+))?")
_HEADER_LIMIT = 64 * 1024
_deliveries = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMail:
    """One mail of the mailbox. `text` and `html` are "" where the mail has no such part or only headers were read."""

    key: str
    received_at: datetime
    """Aware, UTC."""
    sender: str
    recipient: str
    subject: str
    team: str
    """The team's id as the header has it; "" for mails of no team, such as password resets."""
    text: str = ""
    html: str = ""
    content: bytes = b""
    delivered_to: str = ""
    """The address it was delivered to, in lower case."""


class LocalMailbox:
    """A Maildir at `path`, created on first use. Any number of processes may write and read it at once."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is held open between messages."""

    def deliver(
        self, *, sender: str, recipient: str, content: bytes, before_final_dot: Callable[[], bool]
    ) -> Delivery:
        """Write one message; the same contract as `SmtpConnection.deliver`.

        The file is complete and on the disk under `tmp/` before `before_final_dot` is asked; one rename then makes
        it a message, so there is no uncertain outcome here.
        """
        for address, outcome, phase in (
            (sender, Outcome.SENDER_REFUSED, Phase.SENDER),
            (recipient, Outcome.FAILED, Phase.RECIPIENT),
        ):
            if not address or not address.isprintable():
                return Delivery(outcome=outcome, phase=phase, reason=Reason.BAD_ADDRESS)
        # What a mail server notes on delivery; it also keeps a recipient that no visible header names.
        envelope = f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n".encode()
        phase = Phase.DATA
        try:
            unfinished = self._write_unfinished(envelope + content)
            try:
                if not before_final_dot():
                    return Delivery(outcome=Outcome.DEFERRED, phase=phase, reason=Reason.LOST_CLAIM)
                phase = Phase.FINAL_DOT
                unfinished.rename(self._path / "new" / unfinished.name)
            finally:
                unfinished.unlink(missing_ok=True)
        except OSError as error:
            return Delivery(
                outcome=Outcome.DEFERRED, phase=phase, reason=Reason.DISK, words=error.strerror or str(error)
            )
        return Delivery(outcome=Outcome.SENT, phase=Phase.FINAL_DOT, reason=Reason.LOCAL_MAILBOX)

    def messages(
        self, *, team_header: str | None = None, limit: int = 50, before: str | None = None
    ) -> list[StoredMail]:
        """Up to `limit` mails, newest first, without their bodies.

        `team_header` keeps the mails of one team ("" keeps those of none, None keeps all); `before` is the key of the
        last mail of the page before. Reads one file's head per mail looked at, so a filter that matches little in a
        very large mailbox is slow: this is a mailbox for trying out, not an archive.
        """
        keys = sorted(self._keys(), key=_arrival, reverse=True)
        if before is not None:
            keys = [key for key in keys if _arrival(key) < _arrival(before)]
        found = (mail for key in keys if (mail := self._head(key)) is not None)
        if team_header is not None:
            found = (mail for mail in found if mail.team == team_header)
        return list(itertools.islice(found, limit))

    def get(self, key: str, *, team_header: str | None = None) -> StoredMail:
        """The whole mail. Raises KeyError when there is none, or none of that team."""
        if not _KEY.fullmatch(key):
            raise KeyError(key)
        try:
            content = self._maildir().get_bytes(key)
        except (OSError, mailbox.Error) as error:
            raise KeyError(key) from error
        message = _parse(content)
        mail = _stored(key, message, content=content)
        if team_header is not None and mail.team != team_header:
            raise KeyError(key)
        return mail

    def remove_all(self, *, team_header: str) -> int:
        """Delete every mail of this team; how many."""
        removed = 0
        for key in list(self._keys()):
            mail = self._head(key)
            if mail is None or mail.team != team_header:
                continue
            for path in [self._path / "new" / key, *(self._path / "cur").glob(f"{key}*")]:
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()
                    removed += 1
        return removed

    def remove_to(self, address: str, *, team_header: str) -> int:
        """Delete this team's mails to one address; how many. `address` is folded, as deliveries have it."""
        removed = 0
        for key in list(self._keys()):
            mail = self._head(key)
            if mail is None or mail.team != team_header or mail.delivered_to != address.lower():
                continue
            for path in [self._path / "new" / key, *(self._path / "cur").glob(f"{key}*")]:
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()
                    removed += 1
        return removed

    def _maildir(self) -> mailbox.Maildir:
        self._create()
        return mailbox.Maildir(self._path, create=False)

    def _create(self) -> None:
        for folder in ("tmp", "new", "cur"):
            (self._path / folder).mkdir(mode=0o700, parents=True, exist_ok=True)

    def _write_unfinished(self, content: bytes) -> Path:
        self._create()
        now = time.time_ns()
        host = socket.gethostname().replace("/", "_").replace(":", "_").replace(".", "_")[:60]
        unique = f"P{os.getpid()}Q{next(_deliveries)}R{os.urandom(4).hex()}"
        path = self._path / "tmp" / f"{now // 10**9}.M{now // 1000 % 10**6:06d}{unique}.{host or 'local'}"
        with path.open("xb") as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                with contextlib.suppress(OSError):
                    path.unlink()
                raise
        return path

    def _keys(self) -> Iterator[str]:
        for folder in ("new", "cur"):
            try:
                with os.scandir(self._path / folder) as entries:
                    yield from (entry.name.partition(":")[0] for entry in entries if _KEY.match(entry.name))
            except FileNotFoundError:
                continue

    def _head(self, key: str) -> StoredMail | None:
        candidates = [self._path / "new" / key, *(self._path / "cur").glob(f"{key}*")]
        for path in candidates:
            try:
                with path.open("rb") as file:
                    lines = []
                    size = 0
                    for line in file:
                        size += len(line)
                        if not line.strip() or size > _HEADER_LIMIT:
                            break
                        lines.append(line)
            except OSError:
                continue  # moved or deleted by another reader meanwhile
            return _stored(key, _parse(b"".join(lines)))
        return None


def _parse(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def _arrival(key: str) -> tuple[int, int, str]:
    matched = _ARRIVAL.match(key)
    return (int(matched[1]), int(matched[2] or 0), key) if matched else (0, 0, key)


def _stored(key: str, message: EmailMessage, *, content: bytes = b"") -> StoredMail:
    seconds, micros, _ = _arrival(key)
    return StoredMail(
        key=key,
        received_at=datetime.fromtimestamp(seconds, UTC).replace(microsecond=min(micros, 999_999)),
        sender=str(message["From"] or ""),
        recipient=str(message["To"] or message["Delivered-To"] or ""),
        subject=str(message["Subject"] or ""),
        team=str(message[TEAM_HEADER] or ""),
        text=_part(message, "plain") if content else "",
        html=_part(message, "html") if content else "",
        content=content,
        delivered_to=str(message["Delivered-To"] or "").strip().lower(),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # an unknown charset or transfer encoding
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
