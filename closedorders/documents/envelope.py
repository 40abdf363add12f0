"""Encrypts what the vault stores: AES-256-GCM in chunks, a key for each picture. No Django.

A sealed file is a mark, the first seven bytes of every nonce, and chunks of 64 KiB with their tags. A chunk's nonce
also has its number and whether it is the last one, so that none can be left out, repeated, moved or cut off unnoticed
(the STREAM construction). `context` is bound to every chunk: a file that stands in another one's place is refused.
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO, Protocol

MARK = b"COV1"
CHUNK = 64 * 1024
KEY_BYTES = 32
_PREFIX, _TAG = 7, 16


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Tampered(Exception):
    """The file is not what was sealed with this key in this place. Nothing of it may be used."""


def new_key() -> bytes:
    return os.urandom(KEY_BYTES)


def seal(content: bytes, target: BinaryIO, *, key: bytes, context: bytes) -> None:
    """Write `content` encrypted."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher, prefix = AESGCM(key), os.urandom(_PREFIX)
    target.write(MARK + prefix)
    # An empty content is one empty chunk, the last one.
    starts = range(0, max(len(content), 1), CHUNK)
    for number, start in enumerate(starts):
        last = start + CHUNK >= len(content)
        nonce = _nonce(prefix, number, last=last)
        target.write(cipher.encrypt(nonce, content[start : start + CHUNK], context))


def unseal(source: Readable, *, key: bytes, context: bytes) -> bytes:
    """Return the content. Raises `Tampered` before any of it is returned, whatever of the file was changed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(key)
    if source.read(len(MARK)) != MARK or len(prefix := source.read(_PREFIX)) != _PREFIX:
        raise Tampered("not a sealed file")
    pieces: list[bytes] = []
    number, chunk = 0, source.read(CHUNK + _TAG)
    while True:
        following = source.read(CHUNK + _TAG)
        try:
            pieces.append(cipher.decrypt(_nonce(prefix, number, last=not following), chunk, context))
        except InvalidTag as error:
            raise Tampered(f"chunk {number}") from error
        if not following:
            return b"".join(pieces)
        number, chunk = number + 1, following


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + struct.pack(">IB", number, last)
