"""A name server on a socket of this machine that knows what a test says, and can be silent or broken on request.

with DnsStub({"shop.example TXT": ["v=spf1 -all"]}) as stub:
    DnsLookup([stub.address]).texts("shop.example")
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

SILENT = "silent"
SERVFAIL = "servfail"


class DnsStub:
    """Names in `records` without these records answer that they have none; all other names do not exist."""

    def __init__(self, records: dict[str, list[str]] | None = None, *, mood: str = "") -> None:
        self.records = dict(records or {})
        self.moods: dict[str, str] = {}
        """How it answers for a name, instead of `mood` for all."""
        self.mood = mood
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, name="dns-stub", daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                wire, peer = self._socket.recvfrom(4096)
            except OSError:
                return
            if not wire:  # The socket was shut down.
                return
            if (reply := self._reply(dns.message.from_wire(wire))) is not None:
                with suppress(OSError):
                    self._socket.sendto(reply, peer)

    def _reply(self, query: dns.message.Message) -> bytes | None:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}")
        mood = self.moods.get(name, self.mood)
        if mood == SILENT:
            return None
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        found = self.records.get(f"{name} {kind}", [])
        if mood == SERVFAIL:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif found:
            shown = [_quoted(text) if kind == "TXT" else text for text in found]
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *shown))
        elif not any(known.split(" ")[0] == name for known in self.records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire()


def _quoted(text: str) -> str:
    """In pieces, as long records come."""
    pieces = [text[start : start + 200] for start in range(0, max(len(text), 1), 200)]
    return " ".join('"' + piece.replace("\\", "\\\\").replace('"', '\\"') + '"' for piece in pieces)
