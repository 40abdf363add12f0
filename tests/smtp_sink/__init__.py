"""A real SMTP server on a socket that misbehaves on request and remembers every byte.

    sink = SmtpSink()
    sink.play(Act("rcpt", "450 4.2.1 mailbox busy", recipient="maria@example.com"))
    with sink:
        ... send to 127.0.0.1:sink.port ...
    assert sink.received == []

Also a program: `python -m tests.smtp_sink --port 2525 --log mails.jsonl --act dot=drop@maria@example.com`.
"""

from __future__ import annotations

from tests.smtp_sink.acts import DROP, GARBAGE, HANG, Act, ReceivedMail
from tests.smtp_sink.sink import SmtpSink

__all__ = ["DROP", "GARBAGE", "HANG", "Act", "ReceivedMail", "SmtpSink"]
