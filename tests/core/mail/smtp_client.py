"""A client of a scripted mail server, as the tests of SMTP use it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable

from closedorders.core.mail.smtp import Delivery, Security, SmtpConnection
from tests.smtp_sink import SmtpSink

SHORT = 0.3  # seconds, where a timeout is the very thing to see
PATIENT = 10.0  # everywhere else, so that a busy machine fails no test
MARIA = "maria@example.com"
CONTENT = b"From: shop@example.com\r\nTo: maria@example.com\r\nMessage-ID: <m1@example.com>\r\n\r\nHello\r\n"


class Claim:
    """Stands for the database commit before the final dot."""

    def __init__(
        self, sink: SmtpSink | None = None, *, owned: bool = True, then: Callable[[], None] | None = None
    ):
        self.calls = 0
        self.dots_seen = -1
        self._sink = sink
        self._owned = owned
        self._then = then

    def __call__(self) -> bool:
        self.calls += 1
        if self._sink is not None:
            time.sleep(0.05)  # were the dot on its way, it would have arrived by now
            self.dots_seen = self._sink.dots
        if self._then is not None:
            self._then()
        return self._owned


def connect(
    port: int,
    *,
    username: str = "",
    password: str = "",
    security: Security = "none",
    tls_context: ssl.SSLContext | None = None,
    timeout: float = PATIENT,
) -> SmtpConnection:
    return SmtpConnection(
        host="127.0.0.1",
        port=port,
        username=username,
        password=password,
        security=security,
        timeout=timeout,
        final_reply_timeout=timeout,
        local_hostname="client.test",
        tls_context=tls_context,
    )


def hand_over(
    connection: SmtpConnection,
    *,
    recipient: str = MARIA,
    sender: str = "shop@example.com",
    content: bytes = CONTENT,
    claim: Callable[[], bool] | None = None,
) -> Delivery:
    return connection.deliver(
        sender=sender, recipient=recipient, content=content, before_final_dot=claim or Claim()
    )
