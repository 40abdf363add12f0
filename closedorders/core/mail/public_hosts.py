"""Where a host that somebody typed may lead: to public addresses only, never to this machine or its network."""

from __future__ import annotations

import ipaddress
import socket


class NotPublic(OSError):
    """The host leads into a private network, or its addresses cannot be used."""


def public_addresses(host: str, port: int) -> tuple[str, ...]:
    """The host's addresses, all of them public; connect to these and not to the name, which may lead elsewhere next.

    Raises `NotPublic` where one of them is not public, and `OSError` where the name is not found.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise NotPublic("the name of the server cannot be used") from error
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses or not all(map(is_public, addresses)):
        raise NotPublic("the server is not on the public internet")
    return addresses


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also where IPv6 wraps an IPv4 address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        for wrapped in _wrapped(ip):
            if not is_public(str(wrapped)):
                return False
        if ip.ipv4_mapped is not None:
            return True
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _wrapped(ip: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    wrapped = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in _NAT64:
        wrapped.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return [each for each in wrapped if each is not None]
