"""One connection to the server, command by command."""

from __future__ import annotations

import base64
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.smtp_sink.acts import DROP, HANG, At, Hangup, ReceivedMail

if TYPE_CHECKING:
    from tests.smtp_sink.sink import SmtpSink


class Conversation:
    def __init__(self, sink: SmtpSink, connection: socket.socket) -> None:
        self._sink = sink
        self._connection = connection
        self._unread = b""
        self._sender = ""
        self._recipients: list[str] = []
        self._encrypted = sink.tls is not None and sink.implicit_tls

    def run(self) -> None:
        self._answer("connect", "220 sink.test ESMTP")
        while True:
            line = self._line().decode("utf-8", "replace")
            self._sink._note_command(line)
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "EHLO":
                    self._answer("ehlo", self._hello())
                case "HELO":
                    self._answer("ehlo", "250 sink.test")
                case "STARTTLS":
                    self._starttls()
                case "AUTH":
                    self._authenticate(rest)
                case "MAIL":
                    if self._answer("mail", "250 2.1.0 ok"):
                        self._sender, self._recipients = _path(rest), []
                case "RCPT":
                    self._recipients.append(_path(rest))
                    if not self._answer("rcpt", "250 2.1.5 ok"):
                        self._recipients.pop()
                case "DATA":
                    if not self._recipients:
                        self._say("503 5.5.1 no recipient")
                    elif self._answer("data", "354 go ahead"):
                        self._content()
                case "RSET":
                    self._recipients = []
                    self._answer("rset", "250 2.0.0 ok")
                case "NOOP":
                    self._say("250 2.0.0 ok")
                case "QUIT":
                    self._answer("quit", "221 2.0.0 bye")
                    return
                case _:
                    self._say("502 5.5.2 what?")

    def _hello(self) -> str:
        lines = ["sink.test", *self._sink.features]
        if self._sink.tls is not None and not self._encrypted:
            lines.append("STARTTLS")
        if self._sink.credentials is not None:
            lines.append("AUTH PLAIN LOGIN")
        return "\r\n".join(f"250{'-' if line is not lines[-1] else ' '}{line}" for line in lines)

    def _starttls(self) -> None:
        if self._sink.tls is None:
            self._say("502 5.5.1 not offered")
        elif self._answer("starttls", "220 2.0.0 go ahead"):
            self._connection = self._sink.tls.wrap_socket(self._connection, server_side=True)
            self._unread = b""
            self._encrypted = True

    def _authenticate(self, rest: str) -> None:
        mechanism, _, initial = rest.partition(" ")
        if mechanism.upper() == "PLAIN":
            given = tuple(base64.b64decode(initial).decode().split("\0")[1:])
        else:
            if not initial:
                self._say("334 VXNlcm5hbWU6")
                initial = self._line().decode()
            self._say("334 UGFzc3dvcmQ6")
            given = (base64.b64decode(initial).decode(), base64.b64decode(self._line()).decode())
        right = given == self._sink.credentials
        self._answer("auth", "235 2.7.0 welcome" if right else "535 5.7.8 wrong user name or password")

    def _content(self) -> None:
        lines: list[bytes] = []
        try:
            first = True
            while True:
                line = self._line()
                if first:
                    first = False
                    self._answer("content", "")
                if line == b".":
                    break
                lines.append(line.removeprefix(b"."))
        except (Hangup, OSError):
            self._sink._note_partial(b"\r\n".join(lines))
            raise
        self._sink._note_dot()
        mail = ReceivedMail(
            sender=self._sender,
            recipients=tuple(self._recipients),
            content=b"".join(line + b"\r\n" for line in lines),
            at=time.time(),
        )
        self._answer("dot", "250 2.0.0 queued", mail=mail)
        self._answer("idle", "")
        self._recipients = []

    def _answer(self, at: At, polite: str, *, mail: ReceivedMail | None = None) -> bool:
        """Say the scripted thing, or the polite one; True when the client may go on."""
        act = self._sink._act(at, self._recipients)
        says = polite if act is None else act.does
        if mail is not None and (act.keeps if act is not None else True):
            self._sink._keep(mail)
        if says == DROP:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
            raise Hangup
        if says == HANG:
            # Until the client gives up or the sink stops.
            while self._connection.recv(4096):
                pass
            raise Hangup
        if says:
            self._say(says)
            if act is not None and says.startswith(("421", "554")) and at in {"connect", "idle"}:
                raise Hangup
        return says[:1] in {"2", "3", ""}

    def _say(self, text: str) -> None:
        if self._sink.delay:
            time.sleep(self._sink.delay)
        self._connection.sendall(text.encode("utf-8", "surrogateescape") + b"\r\n")

    def _line(self) -> bytes:
        while b"\r\n" not in self._unread:
            received = self._connection.recv(65536)
            if not received:
                raise Hangup
            self._unread += received
        line, _, self._unread = self._unread.partition(b"\r\n")
        return line


def _path(argument: str) -> str:
    return argument[argument.index("<") + 1 : argument.index(">")]
