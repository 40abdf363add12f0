"""Redraws pages of PDFs; see `drawing.py`. No Django."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import pypdfium2

from .. import MOST_PAGES
from ..drawing import Opened, Refusal, redrawn


def answers(file: BinaryIO, requests: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return redrawn(file, requests, open_page)


def open_page(content: bytes, page: int, longest: int) -> Opened:
    """How many pages the PDF has, and one of them as pixels: no text, no script, no file in it comes along."""
    try:
        pdf = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Refusal("pdf_locked" if "password" in str(error).lower() else "damaged") from error
    pages = len(pdf)
    if pages > MOST_PAGES:
        raise Refusal("too_many_pages")
    if not 1 <= page <= pages:
        raise Refusal("no_such_page")
    try:
        found = pdf[page - 1]
        scale = longest / max(*found.get_size(), 1.0)
        return pages, found.render(scale=scale).to_pil().convert("RGB")
    except pypdfium2.PdfiumError as error:
        raise Refusal("damaged") from error
