from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.cases.models import Case
from closedorders.closures.blocks import verification_doubt
from closedorders.closures.models import Incident, NoVerification
from closedorders.core.refusals import Refused
from closedorders.outreach.models import Kind, Message

from .guards import locked, refuse_ended


@transaction.atomic
def note_no_verification(*, incident: Incident, reason: str, by: Membership) -> NoVerification:
    """Note that AliExpress verifies nothing for this incident, and why: its customers may be told that it is solved.

    Said once. Refused with a case, and where the reason of a closure is about the account or not known yet.
    """
    allow(by, MERCHANT, team_id=incident.team_id)
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise Refused(_("Write why no verification is needed: it stays with the incident."))
    [fresh] = locked(incident)
    said = fresh.no_verifications.filter(withdrawn_at=None).first()
    if said is not None:
        return said
    refuse_ended(fresh)
    if Case.objects.filter(incident=fresh).exists():
        raise Refused(
            _("This incident has a verification case. Mark it unblocked there once AliExpress lifts it.")
        )
    doubtful = fresh.closures.filter(verification_doubt(), reopened_at=None).count()
    if doubtful:
        raise Refused(
            ngettext(
                "%(count)s closure has a reason with which AliExpress checks the account, or none yet. Correct the "
                "reason, split that closure off, or open a case.",
                "%(count)s closures have a reason with which AliExpress checks the account, or none yet. Correct the "
                "reasons, split those closures off, or open a case.",
                doubtful,
            )
            % {"count": doubtful}
        )
    said = NoVerification.objects.create(incident=fresh, reason=reason, by=by)
    record(by=by, verb="no_verification_noted", thing=fresh, after={"why": reason})
    return said


@transaction.atomic
def withdraw_no_verification(*, incident: Incident, by: Membership) -> None:
    """Take back that no verification is needed. Refused once an apology has been sent or is on its way."""
    allow(by, MERCHANT, team_id=incident.team_id)
    [fresh] = locked(incident)
    said = fresh.no_verifications.filter(withdrawn_at=None).first()
    if said is None:
        return
    not_sent = [Message.State.SKIPPED, Message.State.CANCELLED, Message.State.FAILED]
    if Message.objects.filter(incident=fresh, kind=Kind.RESOLUTION).exclude(state__in=not_sent).exists():
        raise Refused(
            _(
                "An apology of this incident has been sent or is on its way: it says that all is solved. "
                "If AliExpress asks to verify the account after all, open a case."
            )
        )
    said.withdrawn_at, said.withdrawn_by = timezone.now(), by
    said.save(update_fields=["withdrawn_at", "withdrawn_by"])
    record(by=by, verb="no_verification_withdrawn", thing=fresh, before={"why": said.reason})
