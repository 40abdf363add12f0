"""`smtplib.SMTP` with one deadline for a whole reply, and a check that it is a reply."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from typing import Any

WORDS_LIMIT = 500
GARBLED = -1
"""The code of an answer that is no SMTP reply."""

_REPLY_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)
_MAX_LINE = 8192
_MAX_REPLY_LINES = 200


class SmtpTimedOut(smtplib.SMTPServerDisconnected):
    pass


class SmtpSession(smtplib.SMTP):
    """`smtplib.SMTP` whose replies have a deadline as a whole and must look like replies.

    The library waits its timeout anew for every line, so a server that trickles lines can hold a worker past its
    lease; and it takes any three characters that `int()` accepts as a code.
    """

    _unread = b""

    def __init__(self, *args: Any, addresses: tuple[str, ...] = (), **kwargs: Any) -> None:
        self._addresses = addresses
        super().__init__(*args, **kwargs)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Connect to one of `addresses`, where they are given, instead of looking the name up once more.

        Certificates are still checked against the name.
        """
        addresses = self._addresses or (host,)
        for address in addresses[:-1]:
            try:
                return self._connect_to(address, port, timeout)
            except OSError:
                continue
        return self._connect_to(addresses[-1], port, timeout)

    def _connect_to(self, address: str, port: int, timeout: float) -> socket.socket:
        connected: socket.socket = super()._get_socket(address, port, timeout)  # type: ignore[misc]
        return connected

    def connect(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        self._unread = b""
        reply = super().connect(*args, **kwargs)
        if self.sock is not None:
            # The held-back dot is a small packet behind an unacknowledged one: Nagle would keep it for 40 ms.
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return reply

    def starttls(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        reply = super().starttls(*args, **kwargs)
        self._unread = b""  # said in the clear, so not to be believed (RFC 3207, 4.2)
        return reply

    def getreply(self) -> tuple[int, bytes]:
        return self.reply_within(self.timeout)

    def reply_within(self, seconds: float) -> tuple[int, bytes]:
        """The next reply; code -1 for anything that is none. Raises SMTPServerDisconnected on a drop or timeout."""
        deadline = time.monotonic() + seconds
        lines: list[bytes] = []
        while True:
            line = self._line(deadline)
            matched = _REPLY_LINE.fullmatch(line)
            if matched is None or len(lines) >= _MAX_REPLY_LINES:
                return GARBLED, line[:WORDS_LIMIT]
            lines.append((matched[3] or b"").strip())
            if matched[2] != b"-":
                return int(matched[1]), b"\n".join(lines)

    def _line(self, deadline: float) -> bytes:
        while b"\n" not in self._unread:
            if len(self._unread) > _MAX_LINE:
                line, self._unread = self._unread, b""
                return b"\0" + line
            self._receive(deadline - time.monotonic())
        line, _, self._unread = self._unread.partition(b"\n")
        return line.removesuffix(b"\r")

    def _receive(self, seconds: float) -> None:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        if seconds <= 0:
            self.close()
            raise SmtpTimedOut("timed out")
        try:
            self.sock.settimeout(seconds)
            received = self.sock.recv(4096)
            self.sock.settimeout(self.timeout)
        except TimeoutError as error:
            self.close()
            raise SmtpTimedOut("timed out") from error
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(error.strerror or "connection lost") from error
        if not received:
            self.close()
            raise smtplib.SMTPServerDisconnected("connection closed")
        self._unread += received

    def has_spoken(self) -> bool:
        """Whether the server said something without being asked. Raises SMTPServerDisconnected when it hung up."""
        if self._unread:
            return True
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        try:
            self.sock.settimeout(0)
            received = self.sock.recv(4096)
        except (BlockingIOError, ssl.SSLWantReadError):
            self.sock.settimeout(self.timeout)
            return False
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(error.strerror or "connection lost") from error
        if not received:
            self.close()
            raise smtplib.SMTPServerDisconnected("connection closed")
        self.sock.settimeout(self.timeout)
        self._unread += received
        return True


class TlsSmtpSession(SmtpSession, smtplib.SMTP_SSL):
    pass
