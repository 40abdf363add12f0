"""The files of a submission pack: a cover, then each page as it is stored."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext as _

from closedorders.core.files.pdf import Fact, Moment, Picture, Section, Sheet, write_pdf

from ..models import Case
from .contents import Contents


class PackedPage(NamedTuple):
    """`name` is that of its file in the ZIP, `title` what it is in words."""

    name: str
    title: str
    sha256: str
    jpeg: bytes


def titled(number: int, slot: str, page: int, pages: int) -> tuple[str, str]:
    """Name and title of a page: of the document with this number in the pack."""
    name = f"{number:02}-{slugify(slot) or 'document'}"
    if pages == 1:
        return f"{name}.jpg", slot
    return f"{name}-{page}.jpg", _("%(document)s, page %(page)s") % {"document": slot, "page": page}


def cover_of(case: Case, contents: Contents, pages: Sequence[PackedPage], at: datetime) -> Sheet:
    """One sheet: the case, the account, the day, and each page with its checksum."""
    facts = [
        Fact(_("Buyer account"), str(case.buyer_account)),
        Fact(_("Incident"), str(case.incident.number)),
        Fact(_("Round"), str(case.round)),
        Fact(_("Date"), date_format(timezone.localtime(at), "DATETIME_FORMAT")),
        Fact(_("Documents"), str(len(contents.items))),
    ]
    if contents.elsewhere:
        facts.append(Fact(_("Not in this pack"), ", ".join(contents.elsewhere)))
    return Sheet(
        title=_("Documents for the verification of %(account)s") % {"account": case.buyer_account},
        subtitle=case.team.name,
        sections=[Section(_("Case"), facts)],
        timeline_title=_("Pages and their SHA-256 checksums"),
        timeline=[Moment(page.name.partition("-")[0], page.title, page.sha256) for page in pages],
        notices=[_("Nobody but the merchant looked at some of these documents before they were sent.")]
        if contents.alone
        else [],
        foot=_(
            "Black boxes cover what need not be seen. They are part of the pictures and cannot be taken off."
        ),
    )


def as_zip(cover: Sheet, pages: Sequence[PackedPage]) -> bytes:
    """The cover as a PDF, the pages, and their checksums as `sha256sum --check` reads them."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as pack:
        pack.writestr("00-cover.pdf", write_pdf(cover))
        for page in pages:
            pack.writestr(page.name, page.jpeg)
        pack.writestr("checksums.txt", "".join(f"{page.sha256}  {page.name}\n" for page in pages))
    return made.getvalue()


def as_pdf(cover: Sheet, pages: Sequence[PackedPage]) -> bytes:
    return write_pdf(cover, [Picture(page.title, page.jpeg) for page in pages])
