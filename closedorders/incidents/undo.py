"""What of an incident rests on its case, so that a move of the case cannot be taken back any more."""

from __future__ import annotations

from django.utils.translation import gettext as _

from closedorders.cases.models import Transition
from closedorders.outreach.models import Campaign


def sending_rests_on(transition: Transition) -> str:
    """Why the move stays, where it was said to customers or the incident was ended on it; "" otherwise."""
    incident = transition.case.incident
    if incident.ended_at is not None and incident.ended_at > transition.at:
        return _("The incident was ended since, so this cannot be taken back. Nothing was changed.")
    sent = Campaign.objects.filter(incident=incident, approved_at__gt=transition.at)
    if sent.exclude(state__in=["draft", "cancelled"]).exists():
        return _("Mails were approved since, so this cannot be taken back. Nothing was changed.")
    return ""
