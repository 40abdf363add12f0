"""Files that need a library of their own to be opened; it is loaded only for them. Each runs as `drawing.py` does.

Which one a file is given to is decided by its first bytes, which nothing has parsed yet.
"""

from __future__ import annotations

_HEIC_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"heim", b"heis")
LOOKED_AT = 1024
"""As far as a PDF may have other things before its beginning."""


def is_pdf(start: bytes) -> bool:
    return b"%PDF-" in start[:LOOKED_AT]


def function_for(start: bytes) -> str:
    """What redraws a file that starts with these bytes, as `LimitedProcess` names it."""
    if is_pdf(start):
        return "closedorders.documents.formats.pdf:answers"
    if start[4:8] == b"ftyp" and start[8:12] in _HEIC_BRANDS:
        return "closedorders.documents.formats.heic:answers"
    return "closedorders.documents.drawing:answers"
