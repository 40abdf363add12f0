"""Django system checks of the settings; each error names the setting to change."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import parseaddr
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.http.request import validate_host

from closedorders.core.catalogues.translations import compiled_is_stale

AppConfigs = Sequence[AppConfig] | None


@register()
def sending_times(app_configs: AppConfigs, **_: object) -> list[CheckMessage]:
    """A message in a worker's hands must never be given to a second one: each time is longer than the next."""
    chain = [
        ("the broker's visibility timeout", settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]),
        ("OUTBOX_LEASE_SECONDS", settings.OUTBOX_LEASE_SECONDS),
        ("TASK_TIME_LIMIT", settings.CELERY_TASK_TIME_LIMIT),
        ("TASK_SOFT_TIME_LIMIT", settings.CELERY_TASK_SOFT_TIME_LIMIT),
        ("SMTP_FINAL_REPLY_TIMEOUT", settings.SMTP_FINAL_REPLY_TIMEOUT),
    ]
    return [
        Error(f"{longer} ({a} s) must be longer than {shorter} ({b} s).", id="closedorders.E001")
        for (longer, a), (shorter, b) in pairwise(chain)
        if a <= b
    ]


_TEST_BACKENDS = ("anymail.backends.console.", "anymail.backends.test.")


@register(Tags.security, deploy=True)
def transport(app_configs: AppConfigs, **_: object) -> list[CheckMessage]:
    """Errors for a mail backend that is not known to deliver: its mails would be counted as sent and reach nobody."""
    backend = settings.EMAIL_BACKEND
    by_provider = backend.startswith("anymail.backends.") and not backend.startswith(_TEST_BACKENDS)
    if backend == "django.core.mail.backends.smtp.EmailBackend" or by_provider:
        return []
    return [
        Error(
            f"EMAIL_BACKEND is {backend!r}, which delivers no mail: set EMAIL_URL to a mail server, "
            "e.g. smtp+tls://user:password@host:587.",
            id="closedorders.E005",
        )
    ]


@register(Tags.security, deploy=True)
def sender(app_configs: AppConfigs, **_: object) -> list[CheckMessage]:
    """Mail that comes from nowhere is not delivered."""
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    domain = address.rpartition("@")[2].lower()
    found: list[CheckMessage] = []
    if "." not in domain or domain.endswith((".localhost", ".local", ".test", ".invalid", "example.com")):
        found.append(
            Error(
                f"DEFAULT_FROM_EMAIL is {address!r}: set it to an address of a domain you send from, "
                "for example 'Closed Orders <hello@your-shop.com>'.",
                id="closedorders.E002",
            )
        )
    backend_speaks_smtp = settings.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend"
    in_the_clear = not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL)
    if backend_speaks_smtp and in_the_clear and settings.EMAIL_HOST_PASSWORD:
        found.append(
            Warning(
                "EMAIL_URL sends its password unencrypted: begin it with smtp+tls:// or smtp+ssl://.",
                id="closedorders.W001",
            )
        )
    return found


@register(Tags.security, deploy=True)
def address(app_configs: AppConfigs, **_: object) -> list[CheckMessage]:
    """The site's own address must lead to the site."""
    found: list[CheckMessage] = []
    host = urlsplit(settings.SITE_URL).hostname or ""
    if not validate_host(host, settings.ALLOWED_HOSTS):
        found.append(
            Error(
                f"SITE_URL names the host {host!r}, which ALLOWED_HOSTS does not: add it there.",
                id="closedorders.E003",
            )
        )
    behind_proxy = getattr(settings, "SECURE_PROXY_SSL_HEADER", None) is not None
    if settings.SECURE_SSL_REDIRECT and not behind_proxy:
        found.append(
            Warning(
                "Behind a proxy that ends TLS every page would redirect to itself for ever: set BEHIND_TLS_PROXY=1 "
                "once the proxy sets X-Forwarded-Proto itself.",
                id="closedorders.W002",
            )
        )
    if behind_proxy and settings.ALLAUTH_TRUSTED_PROXY_COUNT < 1:
        found.append(
            Warning(
                "All sign-ins seem to come from the proxy's address and share one throttle: set "
                "TRUSTED_PROXY_COUNT to the number of proxies in front of the site.",
                id="closedorders.W003",
            )
        )
    return found


@register(Tags.files, deploy=True)
def folders(app_configs: AppConfigs, **_: object) -> list[CheckMessage]:
    """Uploaded order files and compiled translations have their places."""
    found: list[CheckMessage] = []
    try:
        Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = Path(settings.MEDIA_ROOT) / ".writable"
        probe.touch()
        probe.unlink()
    except OSError:
        found.append(
            Error(
                f"DATA_DIR ({settings.DATA_DIR}) cannot be written: set it to a folder that belongs to the user "
                "the site runs as and that web and workers share.",
                id="closedorders.E004",
            )
        )
    if compiled_is_stale():
        found.append(
            Warning(
                "Translations are not compiled: run `python manage.py messages --compile`.",
                id="closedorders.W004",
            )
        )
    return found
