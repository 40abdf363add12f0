"""The environment that `settings.py` is driven by: variables, files that hold their values, and what must be there."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

_MAY_BE_A_FILE = {
    "SECRET_KEY",
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "DOCUMENT_KEYS",
    "DEMO_PASSWORD",
    "SETUP_CODE",
    "MAIL_EVENTS_SECRET",
}

DOCUMENT_KEY_BYTES = 32

env = environ.Env()


def read_files(env_file: Path) -> None:
    """Add the variables of `env_file`, and those whose values are in the files of `NAME_FILE`, unless they are set."""
    if env_file.exists():
        environ.Env.read_env(env_file)
    for name in [name for name in os.environ if name.endswith("_FILE")]:
        plain = name.removesuffix("_FILE")
        if plain in _MAY_BE_A_FILE:
            os.environ.setdefault(plain, Path(os.environ[name]).read_text(encoding="utf-8").strip())


def required(name: str, why: str) -> str:
    """The variable's value; `ImproperlyConfigured` where it is missing or blank."""
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. In production it must be: {why}")
    return str(value)


def embedded_secret(data_dir: Path) -> str:
    """A signing key made once per data folder, readable by its owner only."""
    return _made_once(data_dir / "secret_key", lambda: secrets.token_urlsafe(48))


def document_keys(data_dir: Path, *, embedded: bool) -> list[str]:
    """The keys that wrap those of documents, the newest first. Embedded, one is made once per data folder.

    Raises `ImproperlyConfigured` where one is missing or is no key.
    """
    if embedded and not env.str("DOCUMENT_KEYS", default=""):
        return [
            _made_once(
                data_dir / "document_key",
                lambda: base64.urlsafe_b64encode(os.urandom(DOCUMENT_KEY_BYTES)).decode("ascii"),
            )
        ]
    how = "`openssl rand -base64 32 | tr +/ -_`"
    text = required(
        "DOCUMENT_KEYS", f"the keys of the document vault, the newest first, by commas; {how} makes one."
    )
    keys = [key.strip() for key in text.split(",") if key.strip()]
    for number, key in enumerate(keys, start=1):
        if not _is_document_key(key):
            raise ImproperlyConfigured(f"DOCUMENT_KEYS: key {number} is no key. {how} makes one.")
    return keys


def _is_document_key(text: str) -> bool:
    # As Fernet reads a key; its library takes 10 MB of memory, which a process that opens no document can save.
    try:
        return len(base64.urlsafe_b64decode(text)) == DOCUMENT_KEY_BYTES
    except ValueError:
        return False


def _made_once(path: Path, make: Callable[[], str]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        key = make()
        file.write(key)
    return key


def stderr_logging(level: str) -> dict[str, object]:
    """The value of `LOGGING`: lines of structure, from this level on."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "closedorders.core.logs.formatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            name: {"level": "WARNING"} for name in ("django.server", "celery.app.trace", "fontTools")
        },
    }
