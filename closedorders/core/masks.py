"""What a virtual assistant sees instead of a customer's e-mail."""

from __future__ import annotations

import re

#: The sign and its twins.
AT_SIGNS = "@＠﹫"
# Spaces beside it are how people write an address into a name, a note or a tag.
_ADDRESS_IN_TEXT = re.compile(
    # From the beginning of a word only: tried from each of its letters, a long one would take minutes.
    rf"(?<![^\s<>\"'(),;:|=])[^\s<>\"'(),;:|=]+[\"']?\s{{0,3}}[{AT_SIGNS}]\s{{0,3}}[^\s<>\"'(),;:|=]+"
)
_TWINS = str.maketrans(dict.fromkeys(AT_SIGNS, "@"))


def mask_email(email: str) -> str:
    """`maria@hotmail.com` → `m•••@h•••.com`. Blank stays blank."""
    if not email:
        return ""
    local, _, domain = email.rpartition("@")
    domain = domain.strip()
    host, dot, ending = domain.rpartition(".") if "." in domain else (domain, "", "")
    return f"{local[:1]}•••@{host[:1]}•••{dot}{ending}"


def mask_addresses(text: str) -> str:
    """Free text with every e-mail address in it masked."""
    if not any(sign in text for sign in AT_SIGNS):
        return text
    return _ADDRESS_IN_TEXT.sub(lambda found: mask_email(found[0].translate(_TWINS)), text)
