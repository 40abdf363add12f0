"""Seals the password of a store's mail server: a key of its own, wrapped by `DOCUMENT_KEYS` as those of the vault."""

from __future__ import annotations

import io

from closedorders.documents import keys
from closedorders.documents.envelope import Tampered, new_key, seal, unseal

from .models import MailServer


class Unreadable(Exception):
    """The password or its key is not what was stored for this server."""


def seal_password(server: MailServer, password: str) -> None:
    """Put the password into the row, which is to be saved. "" takes it away."""
    if not password:
        server.sealed_password, server.wrapped_key = b"", ""
        return
    key, sealed = new_key(), io.BytesIO()
    seal(password.encode(), sealed, key=key, context=_context(server))
    server.sealed_password, server.wrapped_key = sealed.getvalue(), keys.wrap(key)


def open_password(server: MailServer) -> str:
    """The password, "" where there is none. Raises `Unreadable`."""
    if not server.wrapped_key:
        return ""
    try:
        sealed = io.BytesIO(bytes(server.sealed_password))
        return unseal(sealed, key=keys.unwrap(server.wrapped_key), context=_context(server)).decode()
    except (Tampered, keys.UnknownKey, ValueError) as error:
        raise Unreadable from error


def _context(server: MailServer) -> bytes:
    """Where the password belongs. Moved to another store, server, encryption or user name, it cannot be opened."""
    place = (server.store_id, server.host, server.port, server.security, server.username)
    return "\n".join(["mail server", *map(str, place)]).encode()
