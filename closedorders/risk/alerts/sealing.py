"""Seals the address of a team's webhook, which is a secret: whoever has it can post there."""

from __future__ import annotations

import io

from closedorders.core.http.webhook import split
from closedorders.documents import keys
from closedorders.documents.envelope import Tampered, new_key, seal, unseal

from ..models import AlertSettings


class Unreadable(Exception):
    """The address or its key is not what was stored for this team."""


def seal_webhook(settings: AlertSettings, url: str) -> None:
    """Put the address into the row, which is to be saved. "" takes it away."""
    if not url:
        settings.webhook_host, settings.sealed_webhook, settings.wrapped_key = "", b"", ""
        return
    key, sealed = new_key(), io.BytesIO()
    seal(url.encode(), sealed, key=key, context=_context(settings))
    settings.webhook_host = split(url).hostname or ""
    settings.sealed_webhook, settings.wrapped_key = sealed.getvalue(), keys.wrap(key)


def open_webhook(settings: AlertSettings) -> str:
    """The address, "" where there is none. Raises `Unreadable`."""
    if not settings.wrapped_key:
        return ""
    try:
        sealed = io.BytesIO(bytes(settings.sealed_webhook))
        return unseal(sealed, key=keys.unwrap(settings.wrapped_key), context=_context(settings)).decode()
    except (Tampered, keys.UnknownKey, ValueError) as error:
        raise Unreadable from error


def _context(settings: AlertSettings) -> bytes:
    """Where the address belongs. Moved to another team it cannot be opened."""
    return f"risk webhook\n{settings.team_id}".encode()
