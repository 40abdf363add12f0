"""Reads the SPF record of a domain (RFC 7208): whether there is one, how many look-ups it costs, whom it includes.

Not an evaluation for one address: which one a mail service sends from is not known. No Django.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..findings import Finding, Part, State
from .lookup import Lookup, NoAnswer
from .relays import needed_includes, uses_own_bounce_address

MOST_LOOKUPS = 10
_TERM = re.compile(r"([+?~-]?)([a-z][a-z0-9]*)(?:[:=](\S+?))?(/\S*)?", re.IGNORECASE)
_COSTS = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})


@dataclass(slots=True)
class _Tree:
    """What a record and all that it includes say."""

    lookups: int = 0
    includes: set[str] = field(default_factory=set)
    networks: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    broken: str = ""
    """An included domain that has no single SPF record: receivers then disregard the whole record."""
    unanswered: bool = False
    """The DNS did not answer for a part of it: more look-ups and includes may be there."""


def check_spf(domain: str, *, relay: str, lookup: Lookup) -> Finding:
    """The line about SPF. `relay` is the host name of the mail server that sends, "" where it is not known."""
    try:
        records = _records(domain, lookup)
    except NoAnswer:
        return _finding(State.NOT_CHECKED, "no_dns", domain=domain)
    if not records:
        return _finding(State.BAD, "spf_missing", domain=domain)
    if len(records) > 1:
        return _finding(State.BAD, "spf_several", domain=domain, count=len(records))
    tree = _Tree()
    everyone = _walk(domain, records[0], lookup, tree)
    if tree.lookups > MOST_LOOKUPS:
        return _finding(State.BAD, "spf_lookups", domain=domain, count=tree.lookups)
    if tree.broken:
        return _finding(State.BAD, "spf_broken", domain=domain, other=tree.broken)
    if everyone:
        return _finding(State.BAD, "spf_everyone", domain=domain)
    if tree.unanswered:
        return _finding(State.NOT_CHECKED, "spf_partly", domain=domain)
    return _with_relay(domain, relay, tree, lookup)


def _with_relay(domain: str, relay: str, tree: _Tree, lookup: Lookup) -> Finding:
    """Of a sound record: whether it names the mail server that sends, where that can be known."""
    if uses_own_bounce_address(relay):
        return _finding(State.GOOD, "spf_service", domain=domain, relay=relay)
    wanted = needed_includes(relay)
    if wanted:
        if tree.includes.isdisjoint(wanted):
            return _finding(State.BAD, "spf_relay_missing", domain=domain, relay=relay, include=wanted[0])
        return _finding(State.GOOD, "spf_good", domain=domain, relay=relay, count=tree.lookups)
    if relay and (relay in tree.hosts or _is_named(relay, tree.networks, lookup)):
        return _finding(State.GOOD, "spf_good", domain=domain, relay=relay, count=tree.lookups)
    return _finding(State.GOOD, "spf_relay_unknown", domain=domain, relay=relay, count=tree.lookups)


def _finding(state: State, code: str, **values: str | int) -> Finding:
    return Finding(part=Part.SPF, state=state, code=code, values=values)


def _records(domain: str, lookup: Lookup) -> list[str]:
    """The records that are SPF: the version alone or followed by a space (RFC 7208, 4.5)."""
    found = (text.strip() for text in lookup.texts(domain))
    return [text for text in found if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def _walk(domain: str, record: str, lookup: Lookup, tree: _Tree) -> bool:
    """Add what `record` says to `tree`; whether it lets everyone send."""
    everyone, redirect = False, ""
    for qualifier, name, value, cidr in _terms(record):
        tree.lookups += name in _COSTS
        if tree.lookups > MOST_LOOKUPS:
            return everyone
        match name:
            case "include":
                passes = _include(value, lookup, tree)
                everyone = everyone or (passes and qualifier in {"", "+"})
            case "redirect":
                redirect = value
            case "ip4" | "ip6":
                tree.networks.append(value + cidr)
            case "a":
                tree.hosts.add(value or domain)
            case "all":
                # What stands behind it is never looked at.
                return qualifier in {"", "+"} or everyone
    if redirect:
        return _include(redirect, lookup, tree) or everyone
    return everyone


def _terms(record: str) -> Iterable[tuple[str, str, str, str]]:
    """Qualifier, name, value and network size of each term, `redirect` last, as receivers go through them."""
    found = [_TERM.fullmatch(term) for term in record.split()[1:]]
    terms = [
        (term[1], term[2].lower(), (term[3] or "").lower().rstrip("."), term[4] or "")
        for term in found
        if term is not None
    ]
    return sorted(terms, key=lambda term: term[1] == "redirect")


def _include(domain: str, lookup: Lookup, tree: _Tree) -> bool:
    tree.includes.add(domain)
    if "%" in domain:  # A macro: another name for each mail.
        tree.unanswered = True
        return False
    try:
        records = _records(domain, lookup)
    except NoAnswer:
        tree.unanswered = True
        return False
    if len(records) != 1:
        tree.broken = tree.broken or domain
        return False
    return _walk(domain, records[0], lookup, tree)


def _is_named(relay: str, networks: list[str], lookup: Lookup) -> bool:
    try:
        addresses = [ipaddress.ip_address(address) for address in lookup.addresses(relay)]
    except (NoAnswer, ValueError):
        return False
    ranges = []
    for network in networks:
        try:
            ranges.append(ipaddress.ip_network(network, strict=False))
        except ValueError:
            continue
    return any(address in network for address in addresses for network in ranges)
