"""Keys of single pictures, wrapped by the keys of `DOCUMENT_KEYS`: the first one wraps, all of them unwrap."""

from __future__ import annotations

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class UnknownKey(Exception):
    """The key of a picture was wrapped by a key that `DOCUMENT_KEYS` does not name (any more)."""


def wrap(key: bytes) -> str:
    return _ring(tuple(settings.DOCUMENT_KEYS)).encrypt(key).decode("ascii")


def unwrap(wrapped: str) -> bytes:
    """The key of one picture. Raises `UnknownKey`."""
    try:
        return _ring(tuple(settings.DOCUMENT_KEYS)).decrypt(wrapped.encode("ascii"))
    except InvalidToken as error:
        raise UnknownKey from error


def is_newest(wrapped: str) -> bool:
    """Whether the first of `DOCUMENT_KEYS` wrapped it."""
    try:
        Fernet(settings.DOCUMENT_KEYS[0]).decrypt(wrapped.encode("ascii"))
    except InvalidToken:
        return False
    return True


@lru_cache(maxsize=4)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
