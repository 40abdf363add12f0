"""Checks of e-mail addresses before a mail is sent, and their form on the wire."""

from __future__ import annotations

import re
from enum import StrEnum

from closedorders.core.text.domains import ascii_domain


class Blocked(StrEnum):
    """Why an address gets no mail."""

    BLANK = "blank"
    INVALID = "invalid"
    RELAY = "relay"
    """A marketplace address: it does not reach the customer, or its rules forbid such mail."""


# Seen in store exports, or published by the marketplace as its buyer stand-in. Subdomains count too.
_RELAY_DOMAINS = frozenset({"members.ebay.com", "relay.walmart.com"})
_RELAY_PATTERN = re.compile(
    r"(?:.+\.)?(?:scs\d*\.tiktokw?\.(?:com|us)|marketplace\.amazon\.[a-z]{2,3}(?:\.[a-z]{2})?)"
)

# A dot-atom before the @; quoted names exist in the standard and not among customers. A leading `=` is a formula that
# slipped into the column.
_LOCAL = re.compile(r"(?!=)[^\s@<>()\[\]\\,;:\".\x00-\x1f\x7f]+(?:\.[^\s@<>()\[\]\\,;:\".\x00-\x1f\x7f]+)*")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")

# What nearly all addresses look like: an incident of ten thousand customers is looked through at every visit.
_PLAIN = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
_RELAY_NAMES = re.compile("ebay|walmart|tiktok|amazon")


def why_blocked(email: str | None) -> Blocked | None:
    """Return why no mail can go to this address, or None when one can."""
    address = (email or "").strip()
    if not address:
        return Blocked.BLANK
    if len(address) <= 64 and _PLAIN.fullmatch(address) and not _RELAY_NAMES.search(address):
        return None
    return _look_closely(address)


def _look_closely(address: str) -> Blocked | None:
    if not is_wire_safe(address) or not _is_well_formed(address):
        return Blocked.INVALID
    domain = wire_address(address).rpartition("@")[2].lower()
    if _RELAY_PATTERN.fullmatch(domain) or any(
        domain == relay or domain.endswith("." + relay) for relay in _RELAY_DOMAINS
    ):
        return Blocked.RELAY
    return None


def is_wire_safe(address: str) -> bool:
    """Whether the address can stand in an SMTP command: one @, and nothing that could end the command or the path."""
    return (
        0 < len(address) <= 254
        and address.count("@") == 1
        and address.isprintable()  # also refuses zero-width and bidirectional marks
        and not any(character.isspace() or character in '<>"\\,;:()' for character in address)
        and all(address.split("@"))
    )


def wire_address(address: str) -> str:
    """The address with its domain as the wire wants it: `ana@bücher.example` → `ana@xn--bcher-kva.example`.

    A domain that has no such form is left as it is.
    """
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}{at}{ascii_domain(domain)}"
    except UnicodeError:
        return address


def fold_address(address: str) -> str:
    """The form in which addresses are compared and written to: lower case, the domain as the wire wants it."""
    return wire_address(address.strip()).lower()


def _is_well_formed(address: str) -> bool:
    local, _, domain = wire_address(address).rpartition("@")
    labels = domain.lower().split(".")
    return (
        len(local) <= 64
        and _LOCAL.fullmatch(local) is not None
        and len(labels) >= 2
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )
