from __future__ import annotations

from collections.abc import Iterator

import pytest

from closedorders.core.mail.transports import LOCAL_BACKEND
from tests.dns_stub import DnsStub
from tests.outreach.scenes import mail_goes_to
from tests.smtp_sink import SmtpSink


@pytest.fixture
def sink(settings: pytest.FixtureRequest) -> Iterator[SmtpSink]:
    """The installation's mail server."""
    with SmtpSink() as server:
        mail_goes_to(settings, server.port)
        yield server


@pytest.fixture
def guarded() -> Iterator[SmtpSink]:
    """A mail server that asks for a user name and a password."""
    with SmtpSink(credentials=("shop", "s3cret-word")) as server:
        yield server


@pytest.fixture
def dns(settings: pytest.FixtureRequest) -> Iterator[DnsStub]:
    """The name server that checks ask, with a domain that has all in order."""
    records = {
        "casaluna.example TXT": ["v=spf1 a:127.0.0.1 ip4:127.0.0.1 -all"],
        "mine._domainkey.casaluna.example TXT": ["v=DKIM1; p=MIIB"],
        "_dmarc.casaluna.example TXT": ["v=DMARC1; p=none"],
    }
    with DnsStub(records) as stub:
        settings.DNS_SERVERS = [stub.address]  # type: ignore[attr-defined]
        yield stub


@pytest.fixture
def no_server(settings: pytest.FixtureRequest) -> None:
    """An installation without a mail server."""
    settings.EMAIL_BACKEND = LOCAL_BACKEND  # type: ignore[attr-defined]
