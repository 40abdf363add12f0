from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.outreach.scenes import mail_goes_to
from tests.smtp_sink import SmtpSink


@pytest.fixture
def sink(settings: pytest.FixtureRequest) -> Iterator[SmtpSink]:
    with SmtpSink() as server:
        mail_goes_to(settings, server.port)
        yield server
