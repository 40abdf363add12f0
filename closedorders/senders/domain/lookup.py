"""Looks records up in the DNS, and keeps “there is none” apart from “nobody answered”. No Django."""

from __future__ import annotations

import time
from typing import Protocol

import dns.exception
import dns.resolver

from closedorders.core.text.domains import ascii_domain

LOOKUP_SECONDS = 3.0
"""How long one name may take, over all name servers."""
ALL_SECONDS = 40.0
"""How long all names of one check may take; the rest counts as not answered."""


class NoAnswer(Exception):
    """The DNS did not answer, or answered that it cannot: nothing is known of this name."""


class Lookup(Protocol):
    """`()` means that there are certainly no such records; raises `NoAnswer` where nobody knows."""

    def texts(self, name: str) -> tuple[str, ...]: ...

    def addresses(self, name: str) -> tuple[str, ...]: ...


class DnsLookup:
    """Asks the name servers of this machine, or `servers`: addresses, those of IPv4 also with a port. Remembers all."""

    def __init__(
        self,
        servers: list[str] | None = None,
        *,
        seconds: float = LOOKUP_SECONDS,
        budget: float = ALL_SECONDS,
    ) -> None:
        self._servers = servers or []
        self._seconds = seconds
        self._ends = time.monotonic() + budget
        self._resolver: dns.resolver.Resolver | None = None
        self._known: dict[tuple[str, str], tuple[str, ...] | None] = {}

    def texts(self, name: str) -> tuple[str, ...]:
        """The TXT records of a name, the pieces of each put together."""
        return self._ask(name, "TXT")

    def addresses(self, name: str) -> tuple[str, ...]:
        """The IPv4 and IPv6 addresses of a name."""
        return self._ask(name, "A") + self._ask(name, "AAAA")

    def _ask(self, name: str, kind: str) -> tuple[str, ...]:
        if (name, kind) not in self._known:
            self._known[name, kind] = self._found(name, kind)
        found = self._known[name, kind]
        if found is None:
            raise NoAnswer(name)
        return found

    def _found(self, name: str, kind: str) -> tuple[str, ...] | None:
        seconds = min(self._seconds, self._ends - time.monotonic())
        if seconds <= 0:
            return None
        try:
            answer = self._ready().resolve(ascii_domain(name) + ".", kind, lifetime=seconds, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError, UnicodeError, ValueError):
            # A time-out, SERVFAIL, REFUSED, no name server at all, a name that is no name.
            return None
        if kind == "TXT":
            return tuple(b"".join(record.strings).decode("latin-1") for record in answer)
        return tuple(str(record.address) for record in answer)

    def _ready(self) -> dns.resolver.Resolver:
        if self._resolver is None:
            self._resolver = dns.resolver.Resolver(configure=not self._servers)
            if self._servers:
                split = [
                    server.rpartition(":") if server.count(":") == 1 else ("", "", server)
                    for server in self._servers
                ]
                self._resolver.nameservers = [host or port for host, _, port in split]
                self._resolver.nameserver_ports = {host: int(port) for host, _, port in split if host}
        return self._resolver
