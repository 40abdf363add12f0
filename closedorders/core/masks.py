"""What a virtual assistant sees instead of a customer's e-mail."""

from __future__ import annotations

import re

# Spaces beside the @ and its full-width twin are how people write an address into a name, a note or a tag.
_ADDRESS_IN_TEXT = re.compile(r"[^\s<>\"'(),;:|=]+[\"']?\s?[@＠]\s?[^\s<>\"'(),;:|=]+")


def mask_email(email: str) -> str:
    """`maria@hotmail.com` → `m•••@h•••.com`. Blank stays blank."""
    if not email:
        return ""
    local, _, domain = email.partition("@")
    host, dot, ending = domain.rpartition(".")
    return f"{local[:1]}•••@{host[:1]}•••{dot}{ending}"


def mask_addresses(text: str) -> str:
    """Free text with every e-mail address in it masked."""
    if not ("@" in text or "＠" in text):
        return text
    return _ADDRESS_IN_TEXT.sub(lambda found: mask_email(found[0].replace("＠", "@")), text)
