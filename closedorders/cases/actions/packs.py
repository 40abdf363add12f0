from __future__ import annotations

import hashlib

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.refusals import Refused
from closedorders.documents.actions import look_at_page

from ..models import Case, Pack
from ..pack.contents import Contents, contents_of, differing_versions
from ..pack.files import PackedPage, as_pdf, as_zip, cover_of, titled
from .guards import locked_case, refuse_unless


def make_pack(
    *, case: Case, file_format: str, by: Membership, different_boxes: bool = False
) -> tuple[Pack, bytes]:
    """The approved pages of a case in one file, and its receipt. Each page is a look at its document.

    Refused while a document that is needed is not approved. `different_boxes`: the merchant confirms documents that
    look like two versions of one paper covered differently.
    """
    allow(by, MERCHANT, team_id=case.team_id)
    refuse_unless(file_format in Pack.Format.values, _("Choose ZIP or PDF."))
    contents = _packable(case, different_boxes)
    pages = _pages(contents, by)
    now = timezone.now()
    cover = cover_of(case, contents, pages, now)
    file = as_zip(cover, pages) if file_format == Pack.Format.ZIP else as_pdf(cover, pages)
    with transaction.atomic():
        current = locked_case(case.pk)
        chosen = [item.document.pk for item in contents.items]
        refuse_unless(
            current.round == case.round
            and [item.document.pk for item in _packable(current, different_boxes).items] == chosen,
            _("The documents of this case changed meanwhile. Make the pack again."),
        )
        pack = Pack.objects.create(
            case=case,
            round=case.round,
            format=file_format,
            contents=[
                {
                    "slot": str(item.slot),
                    "document": item.document.pk,
                    "name": item.document.name,
                    "pages": [page.sha256 for page in item.pages],
                }
                for item in contents.items
            ],
            sha256=hashlib.sha256(file).hexdigest(),
            size=len(file),
            alone=contents.alone,
            by=by,
            at=now,
        )
        record(
            by=by,
            verb="pack_made",
            thing=case,
            after={"round": case.round, "pages": len(pages), "pack_format": pack.get_format_display()},
        )
    return pack, file


def _packable(case: Case, different_boxes: bool) -> Contents:
    contents = contents_of(case)
    if contents.lacks:
        raise Refused(" ".join(contents.lacks))
    if not different_boxes and (versions := differing_versions(case, contents.items)):
        raise Refused(
            _(
                "Two versions of one document with different boxes: %(names)s. Whoever has both sees what only one "
                "of them covers. Use one of them in both places, or confirm that they are different papers."
            )
            % {"names": ", ".join(versions)}
        )
    return contents


def _pages(contents: Contents, by: Membership) -> list[PackedPage]:
    pages = []
    for number, item in enumerate(contents.items, start=1):
        for page in item.pages:
            name, title = titled(number, str(item.slot), page.number, len(item.pages))
            pages.append(PackedPage(name, title, page.sha256, look_at_page(page=page, by=by)))
    return pages
