"""Encrypts what the vault stores: AES-256-GCM in chunks, a key for each picture. No Django.

A sealed file is a mark, the first seven bytes of every nonce, and chunks of 64 KiB with their tags. A chunk's nonce
also has its number and whether it is the last one, so that none can be left out, repeated, moved or cut off unnoticed
(the STREAM construction). `context` is bound to every chunk: a file that stands in another one's place is refused.
"""

from __future__ import annotations

import io
import os
import struct
from typing import BinaryIO

MARK = b"COV1"
CHUNK = 64 * 1024
KEY_BYTES = 32
_PREFIX, _TAG = 7, 16


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


def unseal(source: BinaryIO, *, key: bytes, context: bytes) -> bytes:
    """Return the content. Raises `Tampered` before any of it is returned, whatever of the file was changed.

    Chunks are decrypted into the one buffer that is returned: memory asked for a chunk at a time took ten times longer.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(key)
    size = source.seek(0, os.SEEK_END) - len(MARK) - _PREFIX
    source.seek(0)
    if source.read(len(MARK)) != MARK or len(prefix := source.read(_PREFIX)) != _PREFIX:
        raise Tampered("not a sealed file")
    chunks = max(1, -(-size // (CHUNK + _TAG)))
    if size - (chunks - 1) * (CHUNK + _TAG) < _TAG:
        raise Tampered("the last chunk is cut off")
    found, sealed = io.BytesIO(bytes(size - chunks * _TAG)), memoryview(bytearray(CHUNK + _TAG))
    with found.getbuffer() as content:
        for number in range(chunks):
            read = source.readinto(sealed)  # type: ignore[attr-defined]  # Every file that is open has it.
            chunk = content[number * CHUNK : (number + 1) * CHUNK]
            try:
                nonce = _nonce(prefix, number, last=number == chunks - 1)
                cipher.decrypt_into(nonce, sealed[:read], context, chunk)
            except (InvalidTag, ValueError) as error:
                raise Tampered(f"chunk {number}") from error
            finally:
                chunk.release()
    return found.getvalue()


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + struct.pack(">IB", number, last)
