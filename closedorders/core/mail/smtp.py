"""Sends messages to one SMTP server and reports for each how far the conversation came.

`smtplib.sendmail` hides the one moment that matters: whether the final dot went out. Here the content is sent first,
the dot is held back until the caller has committed that it is about to go, and every way of failing is sorted into
one of five outcomes by whether it happened before or after that dot.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Literal, Self

from closedorders.core.mail.address_checks import is_wire_safe, wire_address
from closedorders.core.mail.delivery import Delivery, MailTransport, Outcome, Phase, Reason
from closedorders.core.mail.public_hosts import NotPublic, public_addresses
from closedorders.core.mail.sender_faults import sender_fault
from closedorders.core.mail.smtp_session import (
    GARBLED,
    WORDS_LIMIT,
    SmtpSession,
    SmtpTimedOut,
    TlsSmtpSession,
)
from closedorders.core.text.masks import mask_addresses

__all__ = ["Delivery", "MailTransport", "Outcome", "Phase", "Reason", "Security", "SmtpConnection"]

Security = Literal["none", "starttls", "tls"]

FINAL_REPLY_TIMEOUT = 600.0  # RFC 5321, 4.5.3.2.6: a server may think for ten minutes after the final dot
QUIT_TIMEOUT = 5.0

_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")

# Before the recipient is named, a refusal cannot be about the recipient.
_ABOUT_US = frozenset({Phase.CONNECT, Phase.HELLO, Phase.STARTTLS, Phase.LOGIN, Phase.SENDER})


class SmtpConnection:
    """Hands prebuilt messages, one at a time, to one SMTP server. For one thread.

    Connects at the first `deliver`, keeps the connection for the next ones, and reconnects once when the server hung
    up in between. `timeout` (seconds) bounds connecting, each command and each reply; the answer to the final dot
    has `final_reply_timeout` of its own.

    With "starttls" and "tls" the certificate is checked against the system's authorities unless `tls_context` says
    otherwise, and nothing, the password least of all, is ever sent in the clear instead. With `only_public` a host
    that leads into a private network is refused, whatever its name led to before.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        username: str = "",
        password: str = "",
        security: Security = "none",
        timeout: float = 20.0,
        final_reply_timeout: float = FINAL_REPLY_TIMEOUT,
        local_hostname: str | None = None,
        tls_context: ssl.SSLContext | None = None,
        only_public: bool = False,
    ) -> None:
        self._host = host
        self._port = port
        self._username = username
        self._password = password
        self._security: Security = security
        self._timeout = timeout
        self._final_reply_timeout = final_reply_timeout
        self._local_hostname = local_hostname
        self._tls_context = tls_context
        self._only_public = only_public
        self._session: SmtpSession | None = None
        self._phase = Phase.CONNECT

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Quit and close the connection. Whatever the server answers changes nothing that was delivered."""
        session, self._session = self._session, None
        if session is None:
            return
        try:
            session.timeout = min(self._timeout, QUIT_TIMEOUT)
            session.docmd("QUIT")
        except (OSError, ValueError):
            pass
        finally:
            session.close()

    def deliver(
        self, *, sender: str, recipient: str, content: bytes, before_final_dot: Callable[[], bool]
    ) -> Delivery:
        """Hand over one message; never raises for what the server or the network does.

        `content` is the finished message (headers and body, any line ends). `before_final_dot` is called at most
        once, after the server has taken the whole content and before the dot that makes it a message: it commits
        that the dot is about to go and returns whether the caller still owns the message. On False the connection
        is dropped without the dot. What it raises is raised again, likewise without the dot.
        """
        if not is_wire_safe(sender):
            return Delivery(outcome=Outcome.SENDER_REFUSED, phase=Phase.SENDER, reason=Reason.BAD_ADDRESS)
        if not is_wire_safe(recipient):
            return Delivery(outcome=Outcome.FAILED, phase=Phase.RECIPIENT, reason=Reason.BAD_ADDRESS)
        try:
            return self._deliver(wire_address(sender), wire_address(recipient), content, before_final_dot)
        except BaseException:
            # A worker's time limit, a failed commit: a half-spoken conversation must not be continued.
            self._drop()
            raise

    def probe(self, *, sender: str) -> Delivery | None:
        """Ask whether the server would take mails from `sender`, without any: None, or how it refused.

        Connects, signs in, names the sender, takes that back and quits. Never raises for what the server does.
        """
        if not is_wire_safe(sender):
            return Delivery(outcome=Outcome.SENDER_REFUSED, phase=Phase.SENDER, reason=Reason.BAD_ADDRESS)
        try:
            return self._probe(wire_address(sender))
        finally:
            self.close()

    def _probe(self, sender: str) -> Delivery | None:
        session = self._open()
        if isinstance(session, Delivery):
            return session
        self._phase = Phase.SENDER
        if not sender.isascii() and not session.has_extn("smtputf8"):
            return self._stop(Outcome.SENDER_REFUSED, Reason.NON_ASCII_ADDRESS)
        try:
            session.command_encoding = "ascii"
            code, words = session.mail(sender, [] if sender.isascii() else ["SMTPUTF8"])
        except smtplib.SMTPServerDisconnected as error:
            return self._cut_off(error)
        if not 200 <= code <= 299:
            return self._refused(code, words)
        self._reset()
        return None

    def _deliver(
        self, sender: str, recipient: str, content: bytes, before_final_dot: Callable[[], bool]
    ) -> Delivery:
        self._forget_if_gone()
        reused = self._session is not None
        while True:
            session = self._session or self._open()
            if isinstance(session, Delivery):
                return session
            delivery = self._converse(session, sender, recipient, content, before_final_dot)
            hung_up = self._session is None and delivery.phase is Phase.SENDER
            if not (reused and hung_up and delivery.outcome is Outcome.DEFERRED):
                return delivery
            reused = False  # it ended the old conversation, not this message: try once on a new connection

    def _forget_if_gone(self) -> None:
        """Drop a connection that the server closed between two messages, usually with a 421."""
        if self._session is None:
            return
        try:
            if self._session.has_spoken():
                self._drop()
        except smtplib.SMTPServerDisconnected:
            self._drop()

    def _open(self) -> SmtpSession | Delivery:
        self._phase = Phase.CONNECT
        try:
            return self._signed_in()
        except smtplib.SMTPResponseException as error:
            return self._refused(error.smtp_code, error.smtp_error)
        except smtplib.SMTPServerDisconnected as error:
            return self._cut_off(error)
        except smtplib.SMTPException as error:
            missing = Reason.NO_ENCRYPTION if self._phase is Phase.STARTTLS else Reason.NO_LOGIN
            return self._stop(Outcome.SENDER_REFUSED, missing, words=str(error))
        except UnicodeEncodeError:
            return self._stop(Outcome.SENDER_REFUSED, Reason.NO_LOGIN)
        except ssl.SSLCertVerificationError as error:
            return self._stop(Outcome.SENDER_REFUSED, Reason.BAD_CERTIFICATE, words=error.verify_message)
        except TimeoutError:
            return self._stop(Outcome.DEFERRED, Reason.TIMED_OUT)
        except NotPublic:
            return self._stop(Outcome.SENDER_REFUSED, Reason.PRIVATE_SERVER)
        except OSError as error:
            return self._stop(Outcome.DEFERRED, Reason.UNREACHABLE, words=error.strerror or str(error))

    def _signed_in(self) -> SmtpSession:
        session: SmtpSession
        addresses = public_addresses(self._host, self._port) if self._only_public else ()
        if self._security != "none" and self._tls_context is None:
            self._tls_context = (
                ssl.create_default_context()
            )  # reads every authority: once, and only if needed
        if self._security == "tls":
            session = TlsSmtpSession(
                self._host,
                self._port,
                self._local_hostname,
                timeout=self._timeout,
                context=self._tls_context,
                addresses=addresses,
            )
        else:
            session = SmtpSession(
                self._host, self._port, self._local_hostname, timeout=self._timeout, addresses=addresses
            )
        self._session = session
        self._phase = Phase.HELLO
        session.ehlo_or_helo_if_needed()
        if self._security == "starttls":
            self._phase = Phase.STARTTLS
            session.starttls(context=self._tls_context)
            self._phase = Phase.HELLO
            session.ehlo_or_helo_if_needed()
        if self._username:
            self._phase = Phase.LOGIN
            session.login(self._username, self._password)
        return session

    def _converse(
        self,
        session: SmtpSession,
        sender: str,
        recipient: str,
        content: bytes,
        before_final_dot: Callable[[], bool],
    ) -> Delivery:
        needs_utf8 = not (sender + recipient).isascii()
        if needs_utf8 and not session.has_extn("smtputf8"):
            self._phase = Phase.RECIPIENT
            return Delivery(outcome=Outcome.FAILED, phase=self._phase, reason=Reason.NON_ASCII_ADDRESS)
        wire = smtplib.quotedata(content.decode("latin-1")).encode("latin-1")
        if not wire.endswith(b"\r\n"):
            wire += b"\r\n"
        try:
            session.command_encoding = "ascii"
            self._phase = Phase.SENDER
            code, words = session.mail(sender, self._mail_options(session, wire, needs_utf8))
            if not 200 <= code <= 299:
                return self._refused(code, words)
            self._phase = Phase.RECIPIENT
            code, words = session.rcpt(recipient)
            if not 200 <= code <= 299:
                return self._refused(code, words)
            self._phase = Phase.DATA
            code, words = session.docmd("DATA")
            if code != 354:
                return self._refused(code, words)
            session.send(wire)
            if session.has_spoken():
                return self._refused(*session.getreply(), keep=False)
            if not before_final_dot():
                return self._stop(Outcome.DEFERRED, Reason.LOST_CLAIM)
            # The commit takes time; a server that left meanwhile never got the dot, and that is certain.
            if session.has_spoken():
                return self._refused(*session.getreply(), keep=False)
            self._phase = Phase.FINAL_DOT
            session.send(b".\r\n")
            code, words = session.reply_within(self._final_reply_timeout)
        except smtplib.SMTPServerDisconnected as error:
            return self._cut_off(error)
        if 200 <= code <= 299:
            enhanced, text = _readable(words)
            return Delivery(
                outcome=Outcome.SENT,
                phase=Phase.FINAL_DOT,
                reason=Reason.ACCEPTED,
                code=code,
                enhanced=enhanced,
                words=text,
            )
        return self._refused(code, words)

    @staticmethod
    def _mail_options(session: SmtpSession, wire: bytes, needs_utf8: bool) -> list[str]:
        options = []
        if session.has_extn("size"):
            options.append(f"SIZE={len(wire)}")
        if not wire.isascii() and session.has_extn("8bitmime"):
            options.append("BODY=8BITMIME")
        if needs_utf8:
            options.append("SMTPUTF8")
        return options

    def _refused(self, code: int, said: bytes | str, *, keep: bool = True) -> Delivery:
        """The outcome of a reply that is not the hoped-for one, in the present phase."""
        if not 400 <= code <= 599:
            lost = Outcome.UNCERTAIN if self._phase is Phase.FINAL_DOT else Outcome.DEFERRED
            return self._stop(lost, Reason.GARBLED, words=_readable(said)[1])
        enhanced, words = _readable(said)
        if code < 500:
            outcome = Outcome.DEFERRED
        elif self._phase in _ABOUT_US or sender_fault(code, words):
            outcome = Outcome.SENDER_REFUSED
        else:
            outcome = Outcome.FAILED
        phase = self._phase
        if keep and code != 421 and phase in {Phase.SENDER, Phase.RECIPIENT, Phase.DATA}:
            self._reset()
        elif not (keep and phase is Phase.FINAL_DOT and code != 421):
            self._drop()
        return Delivery(
            outcome=outcome, phase=phase, reason=Reason.REFUSED, code=code, enhanced=enhanced, words=words
        )

    def _cut_off(self, error: smtplib.SMTPServerDisconnected) -> Delivery:
        timed_out = isinstance(error, SmtpTimedOut) or isinstance(error.__context__, TimeoutError)
        outcome = Outcome.UNCERTAIN if self._phase is Phase.FINAL_DOT else Outcome.DEFERRED
        return self._stop(outcome, Reason.TIMED_OUT if timed_out else Reason.DROPPED)

    def _stop(self, outcome: Outcome, reason: Reason, *, words: str = "") -> Delivery:
        self._drop()
        return Delivery(outcome=outcome, phase=self._phase, reason=reason, words=_readable(words)[1])

    def _reset(self) -> None:
        """Clear the refused transaction so that the connection can carry the next message."""
        if self._session is None:
            return
        try:
            code, _ = self._session.rset()
        except smtplib.SMTPServerDisconnected:
            code = GARBLED
        if not 200 <= code <= 299:
            self._drop()

    def _drop(self) -> None:
        """Hang up without a word: in the middle of DATA even QUIT would be content."""
        session, self._session = self._session, None
        if session is not None:
            session.close()


def _readable(said: bytes | str) -> tuple[str, str]:
    """The enhanced status code and the words of a reply: one line, printable, addresses masked, at most 500 long."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    matched = _ENHANCED.match(text)
    shown = "".join(character if character.isprintable() else " " for character in text)
    shown = mask_addresses(" ".join(shown.split()))
    return (matched[1] if matched else ""), shown[:WORDS_LIMIT]
