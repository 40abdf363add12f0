"""The content type of an uploaded file, found by its bytes: its name and the browser may be wrong."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext as _

from closedorders.core.refusals import Refused

IMAGES: Final = frozenset({"png", "jpg", "jpeg", "webp"})
#: What a kept file may be -> the endings that its name may have. Shops save one kind of picture under another's name.
ENDINGS: Final[dict[str, frozenset[str]]] = {
    "image/png": IMAGES,
    "image/jpeg": IMAGES,
    "image/webp": IMAGES,
    "application/pdf": frozenset({"pdf"}),
    "text/csv": frozenset({"csv"}),
    "text/plain": frozenset({"txt"}),
}
ACCEPTED: Final = ",".join(sorted(f".{ending}" for endings in set(ENDINGS.values()) for ending in endings))

_MARKUP_ENDINGS = frozenset(
    {"htm", "html", "xhtml", "shtml", "mht", "mhtml", "svg", "svgz", "xml", "xsl", "js"}
)
# What browsers take for the beginning of a page, and the beginnings of drawings and other XML.
_MARKUP = re.compile(
    r"\s*<(?:!doctype|!--|\?xml|(?:html|head|body|script|iframe|svg|style|title|table|div|font|h1|br|a|b|p)\b)",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def ending_of(name: str) -> str:
    """`csv` for `Orders.CSV`; blank where there is none."""
    stem, _dot, ending = name.rpartition(".")
    return ending.lower() if stem else ""


def content_type_of(content: bytes, name: str) -> str:
    """Return the content type, one of `ENDINGS`. Raises Refused for any other, and where the name does not fit it."""
    if not content:
        raise Refused(_("The file is empty."))
    ending = ending_of(name)
    text = None if (found := _by_mark(content)) else _text(content)
    if ending in _MARKUP_ENDINGS or (text is not None and _MARKUP.match(text)):
        raise Refused(
            _(
                "This is a web page or an SVG drawing, and such files can carry programs. "
                "Take a screenshot of it and upload that."
            )
        )
    if text is not None:
        found = "text/csv" if ending == "csv" else "text/plain"
    if not found:
        raise Refused(_("Only PNG, JPEG, WebP, PDF, TXT and CSV files can be kept. This is none of them."))
    if not ending:
        raise Refused(_("The name of the file has no ending like .png or .pdf. Add it and upload again."))
    if ending not in ENDINGS[found]:
        raise Refused(
            _(
                "The name of the file ends in “.%(ending)s”, but its content is something else. "
                "Save it again in its own format."
            )
            % {"ending": ending[:20]}
        )
    return found


def _by_mark(content: bytes) -> str:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    return ""


def _text(content: bytes) -> str | None:
    """The text of a text file in one of the ways spreadsheets and editors save it; None for anything else."""
    utf_16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf_16 else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _CONTROL.search(text) else text
    return None
