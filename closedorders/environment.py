"""The environment that `settings.py` is driven by: variables, files that hold their values, and what must be there."""

from __future__ import annotations

import os
import secrets
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
}

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
    path = data_dir / "secret_key"
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        key = secrets.token_urlsafe(48)
        file.write(key)
    return key
