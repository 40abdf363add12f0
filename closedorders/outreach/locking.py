"""Locking a campaign while it is changed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from closedorders.closures.models import Incident
from closedorders.core.refusals import Refused

from .models import Campaign


def lock(campaign: Campaign, *states: Campaign.State) -> Campaign:
    """The campaign as it is now, locked until the transaction ends. Refused when it is in none of `states`.

    The incident is locked first: the messages of all its campaigns share one constraint.
    """
    Incident.objects.select_for_update().get(pk=campaign.incident_id)
    fresh: Campaign = (
        Campaign.objects.select_for_update(of=("self",))
        .select_related("team", "store", "incident")
        .get(pk=campaign.pk)
    )
    if states and fresh.state not in states:
        raise refusal(fresh)
    return fresh


def refusal(campaign: Campaign) -> Refused:
    """That nothing of the kind can be done to a campaign in its state, in a sentence."""
    return Refused(_REFUSALS[Campaign.State(campaign.state)]())


_REFUSALS = {
    Campaign.State.DRAFT: lambda: _("This has not been sent yet."),
    Campaign.State.APPROVING: lambda: _(
        "Its mails are being prepared, perhaps from another window. Wait for that, or stop it."
    ),
    Campaign.State.SENDING: lambda: _(
        "This is being sent already, perhaps from another window. Nothing was sent twice."
    ),
    Campaign.State.PAUSED: lambda: _("This is paused: resume or cancel it first."),
    Campaign.State.FINISHED: lambda: _("This is finished: everyone in it has been dealt with."),
    Campaign.State.CANCELLED: lambda: _("This was cancelled. Start it anew from the incident."),
}
