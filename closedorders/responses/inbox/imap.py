"""Reads a mailbox over IMAP (RFC 3501) and changes nothing in it: it is opened read-only, and mails stay unread."""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

SECONDS = 20.0
"""For each answer of the server."""
LARGEST = 2_000_000
"""Bytes of a mail that is read; of a larger one only so much, which has its headers and its words."""
_SIZE = re.compile(rb"UID (\d+)")


class MailboxTrouble(Exception):
    """`kind` is a value of `ReplyMailbox.Trouble`, `words` what the server said."""

    def __init__(self, kind: str, words: str = "") -> None:
        super().__init__(kind)
        self.kind, self.words = kind, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`addresses` are those to connect to, instead of what the name leads to at that moment; none: the name itself."""

    host: str
    port: int
    security: str
    username: str
    password: str
    folder: str
    addresses: Sequence[str] = ()


class Mailbox:
    """An open folder: its count of mails, and those that came after a number."""

    def __init__(self, client: imaplib.IMAP4) -> None:
        self._client = client
        self.uid_validity = self._number("UIDVALIDITY")
        self.next_uid = self._number("UIDNEXT")

    def _number(self, name: str) -> int:
        _kind, found = self._client.response(name)
        first = found[0] if found else None
        return int(first) if isinstance(first, bytes) and first.isdigit() else 0

    def uids_after(self, uid: int, most: int) -> list[int]:
        """The oldest mails that came after this one."""
        answer, found = self._client.uid("SEARCH", f"UID {uid + 1}:*")
        _check(answer, found)
        uids = [int(each) for each in (found[0] or b"").split() if each.isdigit()]
        # "n:*" names the newest mail also where n is beyond it.
        return sorted(each for each in uids if each > uid)[:most]

    def mail(self, uid: int) -> bytes:
        """The mail's bytes, at most `LARGEST`; b"" where it is gone meanwhile."""
        answer, found = self._client.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LARGEST}>)")
        _check(answer, found)
        for part in found:
            if isinstance(part, tuple) and (named := _SIZE.search(part[0])) and int(named[1]) == uid:
                return bytes(part[1])
        return b""


@contextmanager
def open_mailbox(place: Place) -> Iterator[Mailbox]:
    """Sign in and open the folder. Raises `MailboxTrouble`."""
    client: imaplib.IMAP4 | None = None
    try:
        client = _connect(place)
        try:
            _sign_in(client, place)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise MailboxTrouble("sign_in", _words(error)) from error
        answer, found = client.select(_quoted(place.folder), readonly=True)
        if answer != "OK":
            raise MailboxTrouble("folder", _words(found[0]))
        yield Mailbox(client)
    except (OSError, imaplib.IMAP4.error, UnicodeError) as error:
        raise MailboxTrouble("silent", _words(error)) from error
    finally:
        if client is not None:
            # Also where the server is gone: nothing of this was a change.
            try:
                client.logout()
            except (OSError, imaplib.IMAP4.error):
                client.shutdown()


def _sign_in(client: imaplib.IMAP4, place: Place) -> None:
    if "AUTH=PLAIN" in client.capabilities:  # LOGIN has room for ASCII alone.
        secret = f"\0{place.username}\0{place.password}".encode()
        client.authenticate("PLAIN", lambda _challenge: secret)
    else:
        client.login(place.username, place.password)


def _connect(place: Place) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    client: imaplib.IMAP4
    if place.security == "tls":
        client = _PinnedTls(place, context)
    else:
        client = _Pinned(place)
        if place.security == "starttls":
            client.starttls(context)
    if client.sock is not None:
        client.sock.settimeout(SECONDS)
    return client


class _Pinned(imaplib.IMAP4):
    """Connects to the addresses of `place`."""

    def __init__(self, place: Place) -> None:
        self._place = place
        super().__init__(place.host, place.port, timeout=SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return _socket_to(self._place)


class _PinnedTls(_Pinned):
    """The same, encrypted from the first byte; the certificate is that of the name."""

    def __init__(self, place: Place, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(place)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._context.wrap_socket(_socket_to(self._place), server_hostname=self._place.host)


def _socket_to(place: Place) -> socket.socket:
    failed: OSError | None = None
    for address in place.addresses or (place.host,):
        try:
            return socket.create_connection((address, place.port), timeout=SECONDS)
        except OSError as error:
            failed = error
    raise failed or OSError("no address")


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _check(answer: str, found: Sequence[object]) -> None:
    if answer != "OK":
        raise MailboxTrouble("silent", _words(found[0] if found else ""))


def _words(said: object) -> str:
    if isinstance(said, BaseException):
        said = said.args[0] if said.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said or "")
    return " ".join(text.split())[:300]
