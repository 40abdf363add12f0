"""Finds out whether a store's mails will arrive. A worker's work, in no request: `run` in one function."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from closedorders.core.database.jobs import Claim, ClaimLost, claim
from closedorders.core.mail.address_checks import is_wire_safe, wire_address
from closedorders.core.mail.delivery import Outcome, Reason
from closedorders.orders.models import Store

from .domain.alignment import check_alignment
from .domain.dkim import check_dkim
from .domain.dmarc import check_dmarc
from .domain.lookup import DnsLookup, Lookup
from .domain.spf import check_spf
from .findings import Finding, Part, State
from .models import SenderCheck
from .querysets import MAX_ATTEMPTS
from .transports import Way, probe_sender, way_of

LEASE = timedelta(minutes=4)
"""Longer than the task may run (`tasks.py`)."""
PROBE_SECONDS = 8.0
"""For each step of the conversation with the mail server."""


def run(check_id: int) -> None:
    """Ask the mail server and the DNS, and write down what they said. Nothing where another worker is at it."""
    until = claim(
        SenderCheck.objects.due(),
        check_id,
        waiting=SenderCheck.UNFINISHED,
        working=SenderCheck.State.CHECKING,
        lease=LEASE,
    )
    if until is None:
        return
    check = SenderCheck.objects.select_related("store__team").get(pk=check_id)
    held, store = Claim(check, until, LEASE), check.store
    way = way_of(store)
    # A check that ended its worker again and again says nothing, rather than ending the next one.
    found = find(store, way, check.dkim_selector) if check.attempts <= MAX_ATTEMPTS else []
    with suppress(ClaimLost):
        held.end(
            SenderCheck.State.DONE,
            sender=store.sender_email,
            server=way.label,
            findings=[asdict(each) for each in found],
            finished_at=timezone.now(),
        )


def find(store: Store, way: Way, selector: str, *, lookup: Lookup | None = None) -> list[Finding]:
    """A line for each `Part`."""
    if not is_wire_safe(store.sender_email):
        return _all_unknown("no_sender")
    if way.stays_here:
        return _all_unknown("stays_here")
    domain = wire_address(store.sender_email).rpartition("@")[2].lower()
    server = _ask_server(way, store.sender_email)
    lookup = lookup or DnsLookup(settings.DNS_SERVERS)
    spf = check_spf(domain, relay=way.host.lower(), lookup=lookup)
    dkim = check_dkim(domain, selector=selector, lookup=lookup)
    return [
        server,
        spf,
        dkim,
        check_dmarc(domain, lookup=lookup),
        check_alignment(domain, spf=spf, dkim=dkim, selector=selector),
    ]


def _all_unknown(code: str) -> list[Finding]:
    return [Finding(part=part, state=State.NOT_CHECKED, code=code) for part in Part]


def _ask_server(way: Way, sender: str) -> Finding:
    if not way.host:
        return Finding(part=Part.SERVER, state=State.NOT_CHECKED, code="provider")
    refused = probe_sender(way, sender, patience=PROBE_SECONDS)
    values: dict[str, str | int] = {"sender": sender, "server": f"{way.host}:{way.port}"}
    if refused is None:
        return Finding(part=Part.SERVER, state=State.GOOD, code="server_takes", values=values)
    said = f"{refused.code or ''} {refused.words}".strip()
    values |= {"reason": refused.reason.value, "said": said}
    if refused.outcome is Outcome.SENDER_REFUSED:
        return Finding(part=Part.SERVER, state=State.BAD, code="server_refuses", values=values)
    if refused.reason is Reason.REFUSED:
        return Finding(part=Part.SERVER, state=State.NOT_CHECKED, code="server_later", values=values)
    return Finding(part=Part.SERVER, state=State.BAD, code="server_silent", values=values)
