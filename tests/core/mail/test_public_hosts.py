from __future__ import annotations

import socket
from typing import Any

import pytest

from closedorders.core.mail.delivery import Outcome, Reason
from closedorders.core.mail.public_hosts import NotPublic, is_public, public_addresses
from closedorders.core.mail.smtp import SmtpConnection
from tests.smtp_sink import SmtpSink


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a9fe:a9fe", "ff02::1", "localhost", "",
    ],
)  # fmt: skip
def test_addresses_of_a_private_network_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "localhost", "0"])
def test_a_host_that_leads_to_this_machine_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(NotPublic):
        public_addresses(host, 25)


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 25)) for ip in ("9.9.9.9", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: found)
    with pytest.raises(NotPublic):
        public_addresses("mail.shop.example", 25)


def test_nothing_is_connected_to_a_private_server_where_only_public_ones_are_allowed(sink: SmtpSink) -> None:
    refused = SmtpConnection(host="localhost", port=sink.port, only_public=True).probe(sender="a@example.com")
    assert refused is not None
    assert (refused.outcome, refused.reason) == (Outcome.SENDER_REFUSED, Reason.PRIVATE_SERVER)
    assert sink.connections == 0


def test_a_name_that_changes_after_the_check_leads_nowhere_else(
    sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection goes to the address that was checked, not to what the name leads to a moment later."""
    asked: list[Any] = []

    def look_up(host: str, port: int) -> tuple[str, ...]:
        asked.append(host)
        return ("127.0.0.1",)

    monkeypatch.setattr("closedorders.core.mail.smtp.public_addresses", look_up)
    connection = SmtpConnection(host="rebinding.invalid", port=sink.port, only_public=True, timeout=2)
    assert connection.probe(sender="shop@example.com") is None
    assert asked == ["rebinding.invalid"]
