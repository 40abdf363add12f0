"""What `manage.py check --deploy` complains about, asked directly."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from closedorders.core import checks


@pytest.fixture(autouse=True)
def _sound(settings: Settings, tmp_path: Path) -> None:
    settings.DEFAULT_FROM_EMAIL = "Closed Orders <hello@your-shop.com>"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL, settings.EMAIL_HOST_PASSWORD = True, False, "secret"
    settings.SITE_URL = "https://orders.your-shop.com"
    settings.ALLOWED_HOSTS = [".your-shop.com"]
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"


def _complaints() -> str:
    every = (checks.sending_times, checks.transport, checks.sender, checks.address, checks.folders)
    return "\n".join(complaint.msg for check in every for complaint in check(None))


def test_sound_settings_have_no_complaints() -> None:
    assert _complaints() == ""


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "DEFAULT_FROM_EMAIL",
            "Closed Orders <noreply@localhost>",
            "DEFAULT_FROM_EMAIL is 'noreply@localhost'",
        ),
        ("DEFAULT_FROM_EMAIL", "", "DEFAULT_FROM_EMAIL is ''"),
        ("EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend", "delivers no mail"),
        ("EMAIL_BACKEND", "anymail.backends.console.EmailBackend", "delivers no mail"),
        ("EMAIL_BACKEND", "closedorders.core.mail.mailbox_backend.LocalMailboxBackend", "delivers no mail"),
        ("EMAIL_BACKEND", "somebodys.own.Backend", "delivers no mail"),
        ("EMAIL_USE_TLS", False, "sends its password unencrypted"),
        ("SITE_URL", "https://elsewhere.com", "SITE_URL names the host 'elsewhere.com'"),
        ("SECURE_PROXY_SSL_HEADER", None, "set BEHIND_TLS_PROXY=1"),
        ("ALLAUTH_TRUSTED_PROXY_COUNT", 0, "TRUSTED_PROXY_COUNT to the number"),
        ("MEDIA_ROOT", Path("/proc/nowhere"), "cannot be written"),
        (
            "CELERY_TASK_TIME_LIMIT",
            1000,
            "OUTBOX_LEASE_SECONDS (900 s) must be longer than TASK_TIME_LIMIT (1000 s)",
        ),
    ],
)
def test_each_complaint_says_what_to_set(settings: Settings, name: str, value: object, sentence: str) -> None:
    setattr(settings, name, value)
    assert sentence in _complaints()
    assert len(_complaints().splitlines()) == 1


def test_a_mail_provider_by_http_has_no_complaint(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    assert _complaints() == ""


def test_translations_that_are_not_compiled_are_told(settings: Settings, tmp_path: Path) -> None:
    settings.LOCALE_PATHS = [tmp_path]
    (tmp_path / "es" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "es" / "LC_MESSAGES" / "django.po").touch()
    assert "messages --compile" in _complaints()
