"""A real SMTP server on a socket that misbehaves on request and remembers every byte.

    sink = SmtpSink()
    sink.play(Act("rcpt", "450 4.2.1 mailbox busy", recipient="maria@example.com"))
    with sink:
        ... send to 127.0.0.1:sink.port ...
    assert sink.received == []

Also a program: `python -m tests.smtp_sink --port 2525 --log mails.jsonl --act dot=drop@maria@example.com`.
"""

from __future__ import annotations

import argparse
import base64
import json
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self, cast, get_args

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


class _Hangup(Exception):
    pass


class SmtpSink:
    """Start with `start()` or `with`. Thread-safe; every connection has a thread of its own."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        features: tuple[str, ...] = ("SIZE 20000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"),
        credentials: tuple[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        delay: float = 0.0,
        log: IO[str] | None = None,
    ) -> None:
        self.host = host
        self.features = features
        self.credentials = credentials
        self.tls = tls
        self.implicit_tls = implicit_tls
        self.delay = delay
        self._log = log
        self._lock = threading.Lock()
        self._acts: list[Act] = []
        self._received: list[ReceivedMail] = []
        self._commands: list[str] = []
        self._partial: list[bytes] = []
        self._connections = 0
        self._dots = 0
        self._open: set[socket.socket] = set()
        self._stopping = threading.Event()
        self._listener = socket.create_server((host, port), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="smtp-sink", daemon=True)

    # -- what a test says and asks ---------------------------------------------------------------------------------

    def play(self, *acts: Act) -> None:
        """Add to the script. The first act that fits wins."""
        with self._lock:
            self._acts.extend(acts)

    @property
    def received(self) -> list[ReceivedMail]:
        with self._lock:
            return list(self._received)

    @property
    def commands(self) -> list[str]:
        """Every command line of every connection, in order."""
        with self._lock:
            return list(self._commands)

    @property
    def partial(self) -> list[bytes]:
        """Content that arrived without its final dot before the client hung up."""
        with self._lock:
            return list(self._partial)

    @property
    def connections(self) -> int:
        with self._lock:
            return self._connections

    @property
    def dots(self) -> int:
        """How many final dots arrived, whatever was answered."""
        with self._lock:
            return self._dots

    def received_for(self, recipient: str) -> list[ReceivedMail]:
        return [mail for mail in self.received if recipient in mail.recipients]

    def wait_for(self, count: int, *, seconds: float = 5.0) -> list[ReceivedMail]:
        """The mails once there are `count`; raises TimeoutError otherwise."""
        deadline = time.monotonic() + seconds
        while len(self.received) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self.received)} of {count} mails arrived")
            time.sleep(0.01)
        return self.received

    def wait_for_partial(self, *, seconds: float = 2.0) -> list[bytes]:
        deadline = time.monotonic() + seconds
        while not self.partial and time.monotonic() < deadline:
            time.sleep(0.005)
        return self.partial

    def clear(self) -> None:
        """Forget mails, commands and the script."""
        with self._lock:
            for kept in (self._acts, self._received, self._commands, self._partial):
                cast("list[object]", kept).clear()
            self._dots = self._connections = 0

    # -- life ------------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- serving ---------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    @contextmanager
    def _tracked(self, connection: socket.socket) -> Iterator[None]:
        with self._lock:
            self._connections += 1
            self._open.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)

    def _converse(self, connection: socket.socket) -> None:
        with self._tracked(connection):
            try:
                if self.tls is not None and self.implicit_tls:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                _Conversation(self, connection).run()
            except (_Hangup, OSError, ValueError):
                pass
            finally:
                with suppress(OSError):
                    connection.close()

    def _act(self, at: At, recipients: list[str]) -> Act | None:
        with self._lock:
            for act in self._acts:
                if act.at == at and (act.recipient is None or act.recipient in recipients):
                    if act.times is not None:
                        act.times -= 1
                        if act.times <= 0:
                            self._acts.remove(act)
                    return act
        return None

    def _note_command(self, line: str) -> None:
        with self._lock:
            self._commands.append(line)

    def _note_partial(self, content: bytes) -> None:
        with self._lock:
            self._partial.append(content)

    def _note_dot(self) -> None:
        with self._lock:
            self._dots += 1

    def _keep(self, mail: ReceivedMail) -> None:
        with self._lock:
            self._received.append(mail)
            if self._log is not None:
                entry = {
                    "recipients": mail.recipients,
                    "sender": mail.sender,
                    "message_id": mail.message_id,
                    "at": mail.at,
                    "content": base64.b64encode(mail.content).decode("ascii"),
                }
                self._log.write(json.dumps(entry) + "\n")
                self._log.flush()


class _Conversation:
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
        except (_Hangup, OSError):
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
            raise _Hangup
        if says == HANG:
            # Until the client gives up or the sink stops.
            while self._connection.recv(4096):
                pass
            raise _Hangup
        if says:
            self._say(says)
            if act is not None and says.startswith(("421", "554")) and at in {"connect", "idle"}:
                raise _Hangup
        return says[:1] in {"2", "3", ""}

    def _say(self, text: str) -> None:
        if self._sink.delay:
            time.sleep(self._sink.delay)
        self._connection.sendall(text.encode("utf-8", "surrogateescape") + b"\r\n")

    def _line(self) -> bytes:
        while b"\r\n" not in self._unread:
            received = self._connection.recv(65536)
            if not received:
                raise _Hangup
            self._unread += received
        line, _, self._unread = self._unread.partition(b"\r\n")
        return line


def _path(argument: str) -> str:
    return argument[argument.index("<") + 1 : argument.index(">")]


def _parse_act(text: str) -> Act:
    """`dot=drop@maria@example.com`, `rcpt=450 4.2.1 busy`."""
    at, _, rest = text.partition("=")
    if at not in get_args(At):
        raise argparse.ArgumentTypeError(f"{at} is none of {', '.join(get_args(At))}")
    does, _, recipient = rest.partition("@")
    spoken = GARBAGE if does == "garbage" else does
    return Act(cast("At", at), spoken, recipient=recipient or None, times=None, keeps=False)


def main() -> None:
    parser = argparse.ArgumentParser(description="Catch mail on a local port; one line per message.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=2525)
    parser.add_argument("--log", type=Path, help="append each kept message to this file as a line of JSON")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument(
        "--act",
        type=_parse_act,
        action="append",
        default=[],
        help="PHASE=hang|drop|garbage|REPLY[@RECIPIENT]",
    )
    options = parser.parse_args()
    log: IO[str] = options.log.open("a", encoding="utf-8") if options.log else sys.stdout
    sink = SmtpSink(host=options.host, port=options.port, delay=options.delay, log=log)
    sink.play(*options.act)
    print(f"listening on {sink.host}:{sink.port}", file=sys.stderr, flush=True)
    with sink, suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    main()
