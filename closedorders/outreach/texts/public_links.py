"""The links of a mail that its reader opens without signing in: the customer's page, and “no more offers”.

A token is what it names, signed with a key of its own purpose (160 bits of HMAC-SHA256). No hash of it is stored: the
text of the mail, which is stored, has the link itself, so a hash beside it would protect nothing. What a signature
cannot say, that a page has expired or was closed, stands in the database. Another `SECRET_KEY` ends all links.

The pages themselves belong to `responses`, which is above this app.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from typing import NamedTuple

from django.conf import settings
from django.utils.crypto import salted_hmac

from closedorders.core.mail.transports import mail_stays_here

#: The first part of the addresses, below the site's own.
PAGES, UNSUBSCRIBING = "s", "u"

_PAGE_PURPOSE = "closedorders.outreach.customer_page"
_UNSUBSCRIBE_PURPOSE = "closedorders.outreach.unsubscribe"
_SIGNATURE_BYTES = 20
_PAGE = struct.Struct(">QQc")
_MESSAGE = struct.Struct(">Q")
_LETTERS = {"holding": b"h", "resolution": b"r"}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}


class PageKey(NamedTuple):
    """Which mail a page belongs to: that of this kind to this customer which names this closure.

    These are known before the mail exists, and stay when its incident is merged into another one.
    """

    customer: int
    closure: int
    kind: str


def links_work() -> bool:
    """Whether a link in a mail leads here: over https, or because the mail is read on this machine only."""
    return has_public_address() or mail_stays_here()


def has_public_address() -> bool:
    """Whether the site has an https address. A mail program's unsubscribe button needs one (RFC 8058, 3.1)."""
    return bool(settings.SITE_URL.startswith("https://"))


def page_link(key: PageKey) -> str:
    """The address of the customer's page, or "" where it would lead nowhere."""
    return f"{settings.SITE_URL}/{PAGES}/{page_token(key)}/" if links_work() else ""


def page_token(key: PageKey) -> str:
    return _signed(_PAGE.pack(key.customer, key.closure, _LETTERS[key.kind]), _PAGE_PURPOSE)


def read_page_token(token: str) -> PageKey | None:
    """What a token names; None for one that this site did not make."""
    content = _content(token, _PAGE_PURPOSE, _PAGE.size)
    if content is None:
        return None
    customer, closure, letter = _PAGE.unpack(content)
    return PageKey(customer, closure, _KINDS[letter])


def unsubscribe_link(message: int) -> str:
    """The https address that takes a mail program's unsubscribe button for this message; "" where there is none."""
    if not has_public_address():
        return ""
    return f"{settings.SITE_URL}/{UNSUBSCRIBING}/{unsubscribe_token(message)}/"


def unsubscribe_token(message: int) -> str:
    return _signed(_MESSAGE.pack(message), _UNSUBSCRIBE_PURPOSE)


def read_unsubscribe_token(token: str) -> int | None:
    """The key of the message whose mail carried the token; None for a token that this site did not make."""
    content = _content(token, _UNSUBSCRIBE_PURPOSE, _MESSAGE.size)
    return None if content is None else int(_MESSAGE.unpack(content)[0])


def _signed(content: bytes, purpose: str) -> str:
    return base64.urlsafe_b64encode(content + _signature(content, purpose)).decode().rstrip("=")


def _signature(content: bytes, purpose: str) -> bytes:
    return salted_hmac(purpose, content, algorithm="sha256").digest()[:_SIGNATURE_BYTES]


def _content(token: str, purpose: str, size: int) -> bytes | None:
    try:
        signed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    content = signed[:size]
    # As `_signed` writes it and no other way: one page has one address.
    made_here = hmac.compare_digest(_signed(content, purpose).encode(), token.encode())
    return content if made_here else None
