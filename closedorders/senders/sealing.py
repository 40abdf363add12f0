"""Seals passwords of mail servers and mailboxes: each has a key, wrapped by `DOCUMENT_KEYS` as those of the vault."""

from __future__ import annotations

import io
from typing import Protocol

from closedorders.documents import keys
from closedorders.documents.envelope import Tampered, new_key, seal, unseal


class HasPassword(Protocol):
    """A row with a sealed password. Where its `password_place` is another one, the password cannot be opened."""

    sealed_password: bytes | memoryview[int]
    wrapped_key: str

    @property
    def password_place(self) -> str: ...


class Unreadable(Exception):
    """The password or its key is not what was stored for this row."""


def seal_password(row: HasPassword, password: str) -> None:
    """Put the password into the row, which is to be saved. "" takes it away."""
    if not password:
        row.sealed_password, row.wrapped_key = b"", ""
        return
    key, sealed = new_key(), io.BytesIO()
    seal(password.encode(), sealed, key=key, context=row.password_place.encode())
    row.sealed_password, row.wrapped_key = sealed.getvalue(), keys.wrap(key)


def open_password(row: HasPassword) -> str:
    """The password, "" where there is none. Raises `Unreadable`."""
    if not row.wrapped_key:
        return ""
    try:
        sealed = io.BytesIO(bytes(row.sealed_password))
        return unseal(sealed, key=keys.unwrap(row.wrapped_key), context=row.password_place.encode()).decode()
    except (Tampered, keys.UnknownKey, ValueError) as error:
        raise Unreadable from error
