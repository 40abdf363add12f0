"""Keys of single secrets, wrapped by the keys of `DOCUMENT_KEYS`: the first one wraps, all of them unwrap.

A secret is a picture of the vault, or what an upper app seals the same way. Each has a key of its own in a column
`wrapped_key`; `rotate_document_keys` wraps those of all registered models anew.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Model

# The library is loaded where a key is used: it takes 10 MB, and importing orders needs none.
if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

#: Models with a column `wrapped_key`, "" where there is no key.
_MODELS: list[type[Model]] = []


class UnknownKey(Exception):
    """The key of a secret was wrapped by a key that `DOCUMENT_KEYS` does not name (any more)."""


def wrap(key: bytes) -> str:
    return _ring(tuple(settings.DOCUMENT_KEYS)).encrypt(key).decode("ascii")


def unwrap(wrapped: str) -> bytes:
    """The key of one secret. Raises `UnknownKey`."""
    from cryptography.fernet import InvalidToken

    try:
        return _ring(tuple(settings.DOCUMENT_KEYS)).decrypt(wrapped.encode("ascii"))
    except InvalidToken as error:
        raise UnknownKey from error


def is_newest(wrapped: str) -> bool:
    """Whether the first of `DOCUMENT_KEYS` wrapped it."""
    from cryptography.fernet import Fernet, InvalidToken

    try:
        Fernet(settings.DOCUMENT_KEYS[0]).decrypt(wrapped.encode("ascii"))
    except InvalidToken:
        return False
    return True


def register_wrapped_keys(model: type[Model]) -> None:
    if model not in _MODELS:
        _MODELS.append(model)


def models_with_wrapped_keys() -> list[type[Model]]:
    return list(_MODELS)


@lru_cache(maxsize=4)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet([Fernet(key) for key in keys])
