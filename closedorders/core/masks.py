"""What a virtual assistant sees instead of a customer's e-mail."""

from __future__ import annotations


def mask_email(email: str) -> str:
    """`maria@hotmail.com` → `m•••@h•••.com`. Blank stays blank."""
    if not email:
        return ""
    local, _, domain = email.partition("@")
    host, dot, ending = domain.rpartition(".")
    return f"{local[:1]}•••@{host[:1]}•••{dot}{ending}"
