"""Redraws HEIC pictures, as iPhones take them; see `drawing.py`. No Django."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import pi_heif
from PIL import Image

from ..drawing import Opened, Refusal, redrawn, refuse_size


def answers(file: BinaryIO, requests: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return redrawn(file, requests, open_heic)


def open_heic(content: bytes, page: int, _longest: int) -> Opened:
    if page != 1:
        raise Refusal("no_such_page")
    found = pi_heif.open_heif(io.BytesIO(content), convert_hdr_to_8bit=True)
    refuse_size(*found.size)
    picture: Image.Image = found.to_pillow()
    return 1, picture
