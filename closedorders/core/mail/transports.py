"""Opens the mail transport that Django's mail settings name: SMTP, the local mailbox or another backend."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy

from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from closedorders.core.mail.delivery import Delivery, MailTransport, Outcome, Phase, Reason
from closedorders.core.mail.mailbox import LocalMailbox
from closedorders.core.text.masks import mask_addresses

from .smtp import Security, SmtpConnection

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
LOCAL_BACKEND = "closedorders.core.mail.mailbox_backend.LocalMailboxBackend"


def mail_stays_here() -> bool:
    """Whether there is no mail server, so that every mail goes to the local mailbox and reaches nobody."""
    return bool(settings.EMAIL_BACKEND == LOCAL_BACKEND)


def open_transport(*, patience: float | None = None, only_local: bool = False) -> MailTransport:
    """Return a transport for one worker; close it afterwards. Nothing connects before the first message.

    `patience` (seconds) shortens the waits for somebody who watches a page; without it the settings hold. `only_local`
    is for what must never leave the house: it goes to the local mailbox, whatever mail server the settings name.
    """
    if only_local:
        return LocalMailbox(settings.LOCAL_MAILBOX)
    if settings.EMAIL_BACKEND == SMTP_BACKEND:
        security: Security = "none"
        if settings.EMAIL_USE_SSL:
            security = "tls"
        elif settings.EMAIL_USE_TLS:
            security = "starttls"
        return SmtpConnection(
            host=settings.EMAIL_HOST,
            port=settings.EMAIL_PORT,
            username=settings.EMAIL_HOST_USER or "",
            password=settings.EMAIL_HOST_PASSWORD or "",
            security=security,
            timeout=patience or settings.EMAIL_TIMEOUT or 20,
            final_reply_timeout=patience or settings.SMTP_FINAL_REPLY_TIMEOUT,
        )
    if mail_stays_here():
        return LocalMailbox(settings.EMAIL_FILE_PATH)
    return BackendTransport()


class BackendTransport:
    """Sends through any other Django mail backend, such as those of django-anymail for mail providers by HTTP.

    A provider's API has no moment like the final dot, so everything from the call on counts as "may have left": what it
    does not clearly refuse is uncertain, unless no connection came about at all.
    """

    def __init__(self) -> None:
        self._backend = get_connection(fail_silently=False)

    def close(self) -> None:
        self._backend.close()

    def deliver(
        self, *, sender: str, recipient: str, content: bytes, before_final_dot: Callable[[], bool]
    ) -> Delivery:
        """The same contract as `SmtpConnection.deliver`."""
        mail = _django_mail(content, sender=sender, recipient=recipient)
        try:
            self._backend.open()
        except (ImproperlyConfigured, AnymailConfigurationError) as error:
            return _answer(Outcome.SENDER_REFUSED, Phase.CONNECT, Reason.NO_LOGIN, error)
        except OSError as error:
            return _answer(Outcome.DEFERRED, Phase.CONNECT, Reason.UNREACHABLE, error)
        if not before_final_dot():
            return Delivery(outcome=Outcome.DEFERRED, phase=Phase.DATA, reason=Reason.LOST_CLAIM)
        try:
            taken = self._backend.send_messages([mail])
        except AnymailRecipientsRefused as error:
            return _answer(Outcome.FAILED, Phase.RECIPIENT, Reason.REFUSED, error)
        except AnymailInvalidAddress as error:
            return _answer(Outcome.FAILED, Phase.RECIPIENT, Reason.BAD_ADDRESS, error)
        except (AnymailConfigurationError, AnymailUnsupportedFeature, AnymailSerializationError) as error:
            return _answer(Outcome.SENDER_REFUSED, Phase.LOGIN, Reason.REFUSED, error)
        except AnymailAPIError as error:
            if _never_connected(error):
                return _answer(Outcome.DEFERRED, Phase.CONNECT, Reason.UNREACHABLE, error)
            return _answer(_api_outcome(error.status_code), Phase.FINAL_DOT, Reason.REFUSED, error)
        except Exception as error:  # noqa: BLE001, RUF100 - whatever a backend raises, the mail may have left
            return _answer(Outcome.UNCERTAIN, Phase.FINAL_DOT, Reason.DROPPED, error)
        if not taken:
            return Delivery(outcome=Outcome.UNCERTAIN, phase=Phase.FINAL_DOT, reason=Reason.GARBLED)
        return Delivery(outcome=Outcome.SENT, phase=Phase.FINAL_DOT, reason=Reason.ACCEPTED)


def _never_connected(error: BaseException | None) -> bool:
    """Whether no connection to the provider came about: its name is not found, it refuses, or does not accept."""
    while error is not None:
        # requests raises urllib3's `MaxRetryError` as its own, with the cause as `reason`.
        for each in (error, *(getattr(part, "reason", None) for part in error.args)):
            if isinstance(each, (NewConnectionError, ConnectTimeoutError)):
                return True
        error = error.__cause__
    return False


def _api_outcome(status: int | None) -> Outcome:
    """Return the outcome for a provider's HTTP status. No status or a 5xx: nobody knows."""
    if status in {401, 402, 403}:
        return Outcome.SENDER_REFUSED
    if status == 429:
        return Outcome.DEFERRED
    if status is not None and 400 <= status <= 499:
        return Outcome.FAILED
    return Outcome.UNCERTAIN


def _answer(outcome: Outcome, phase: Phase, reason: Reason, error: Exception) -> Delivery:
    shown = "".join(letter if letter.isprintable() else " " for letter in str(error))
    words = mask_addresses(" ".join(shown.split()))
    return Delivery(outcome=outcome, phase=phase, reason=reason, words=words[:500])


def _django_mail(content: bytes, *, sender: str, recipient: str) -> EmailMultiAlternatives:
    parsed = message_from_bytes(content, policy=policy.default)
    text, page = parsed.get_body(("plain",)), parsed.get_body(("html",))
    kept = {"Message-ID", "Date", "List-Unsubscribe", "List-Unsubscribe-Post"}
    mail = EmailMultiAlternatives(
        subject=str(parsed["Subject"] or ""),
        body=str(text.get_content()).replace("\r\n", "\n") if text else "",
        from_email=str(parsed["From"] or sender),
        to=[str(parsed["To"] or recipient)],
        reply_to=[str(parsed["Reply-To"])] if parsed["Reply-To"] else None,
        headers={name: str(value) for name, value in parsed.items() if name in kept or name.startswith("X-")},
    )
    if page:
        mail.attach_alternative(str(page.get_content()).replace("\r\n", "\n"), "text/html")
    return mail
