"""Former texts: one is written down at each save, and can be had back."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.refusals import Refused

from ..models import Kind, TextVersion
from .campaigns import change_texts
from .templates import save_template


@transaction.atomic
def restore_version(*, version: TextVersion, by: Membership) -> None:
    """Save a former text again, as the newest version. Refused for a campaign that is no draft any more."""
    allow(by, MERCHANT, team_id=version.store.team_id)
    if not version.body:
        raise Refused(_("There is no text in this version to have back."))
    language, subject, body = version.language, version.subject, version.body
    if version.campaign is None:
        save_template(
            store=version.store,
            kind=Kind(version.kind),
            language=language,
            subject=subject,
            body=body,
            by=by,
        )
    else:
        change_texts(
            campaign=version.campaign,
            language=language,
            subject=subject,
            body=body,
            reason=version.reason,
            by=by,
        )
