"""The pictures of pages on the disk: sealed with a key of their own, and opened again."""

from __future__ import annotations

import hashlib
import io
import secrets
from contextlib import ExitStack
from typing import BinaryIO, cast

from django.core.files.base import ContentFile

from closedorders.core.files.stored_files import file_with_its_row

from . import keys
from .envelope import Tampered, new_key, seal, unseal
from .models import PageImage
from .pictures import Drawn


class Unreadable(Exception):
    """The file or its key is not what was stored."""


def store_page(page: PageImage, drawn: Drawn, stack: ExitStack) -> None:
    """Write the sealed file and its row. The file goes again where the block of `stack` fails."""
    page.width, page.height, page.stored_bytes = drawn.width, drawn.height, len(drawn.jpeg)
    page.sha256 = hashlib.sha256(drawn.jpeg).hexdigest()
    key, sealed = new_key(), io.BytesIO()
    seal(drawn.jpeg, sealed, key=key, context=_context(page))
    page.wrapped_key = keys.wrap(key)
    stack.enter_context(file_with_its_row(page.file))
    page.file.save(f"{secrets.token_hex(16)}.sealed", ContentFile(sealed.getvalue()), save=False)
    page.save()


def open_page(page: PageImage) -> bytes:
    """The page's JPEG. Raises `Unreadable` before a byte of it is returned."""
    try:
        with page.file.open("rb") as sealed:
            return unseal(cast(BinaryIO, sealed), key=keys.unwrap(page.wrapped_key), context=_context(page))
    except (Tampered, keys.UnknownKey, FileNotFoundError, ValueError) as error:
        raise Unreadable from error


def _context(page: PageImage) -> bytes:
    return f"document {page.document_id} page {page.number}".encode()
