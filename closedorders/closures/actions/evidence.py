"""Screenshots of what AliExpress said, as evidence of closures."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, allow
from closedorders.core.file_names import shown_file_name
from closedorders.core.files.stored_files import file_with_its_row
from closedorders.core.files.uploads import content_type_of, ending_of
from closedorders.core.refusals import Refused
from closedorders.core.text.formatting import file_size

from ..models import Closure, ClosureEvidence

MOST_BYTES = 10 * 1024 * 1024
MOST_OF_A_CLOSURE = 20


def read_screenshot(upload: UploadedFile[Any]) -> tuple[bytes, str]:
    """The file's bytes and content type. Raises Refused where it is no picture, or larger than `MOST_BYTES`."""
    size = upload.size or 0
    if size > MOST_BYTES:
        raise Refused(
            _("The picture has %(size)s, and at most %(limit)s are stored. Make it smaller first.")
            % {"size": file_size(size), "limit": file_size(MOST_BYTES)}
        )
    upload.seek(0)
    content = upload.read(MOST_BYTES + 1)
    content_type = content_type_of(content, upload.name or "")
    if not content_type.startswith("image/"):
        raise Refused(_("This is no picture. Upload a screenshot as PNG, JPEG or WebP."))
    return content, content_type


def add_evidence(
    *, team: Team, upload: UploadedFile[Any], by: Membership, for_assistants: bool = False
) -> ClosureEvidence:
    """Store a screenshot, privately, for closures that are logged with it. What an assistant adds, assistants see."""
    allow(by, DESK, team_id=team.pk)
    content, content_type = read_screenshot(upload)
    ending = ending_of(upload.name or "")
    name = f"{shown_file_name((upload.name or '')[: -len(ending) - 1])[:180]}.{ending}"
    stored = ClosureEvidence(
        team=team,
        by=by,
        name=name,
        size=len(content),
        content_type=content_type,
        for_assistants=for_assistants or by.is_assistant,
    )
    with file_with_its_row(file := stored.file):
        # The person's file name never reaches the disk.
        file.save(f"{uuid.uuid4().hex}.{ending}", ContentFile(content), save=False)
        stored.save()
        record(by=by, verb="closure_evidence_added", thing=stored)
    return stored


def attach_evidence(
    *, closure: Closure, upload: UploadedFile[Any], by: Membership, for_assistants: bool = False
) -> ClosureEvidence:
    """Store a screenshot of one closure."""
    allow(by, DESK, team_id=closure.team_id)
    if closure.evidence.filter(withdrawn_at=None).count() >= MOST_OF_A_CLOSURE:
        raise Refused(
            _("This closure has %(most)s screenshots, which is the most. Withdraw one first.")
            % {"most": MOST_OF_A_CLOSURE}
        )
    with transaction.atomic():
        stored = add_evidence(team=closure.team, upload=upload, by=by, for_assistants=for_assistants)
        stored.closures.add(closure)
    return stored


def may_withdraw(evidence: ClosureEvidence, by: Membership) -> bool:
    return evidence.by_id == by.pk or by.is_merchant


@transaction.atomic
def withdraw_evidence(*, evidence: ClosureEvidence, by: Membership) -> None:
    """Take back one's own screenshot; a merchant any. It is deleted from the disk. Twice is once."""
    allow(by, DESK, team_id=evidence.team_id)
    evidence = ClosureEvidence.objects.select_for_update(of=("self",)).get(pk=evidence.pk)
    if not may_withdraw(evidence, by):
        raise Refused(_("Only who uploaded this, or a merchant of your team, can withdraw it."))
    if evidence.withdrawn_at is not None:
        return
    evidence.withdrawn_at = timezone.now()
    evidence.save(update_fields=["withdrawn_at"])
    record(by=by, verb="closure_evidence_withdrawn", thing=evidence)
    file = evidence.file
    transaction.on_commit(lambda: file.delete(save=False))
