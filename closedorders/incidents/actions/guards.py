"""What stands against a change of a whole incident."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.closures.models import Incident
from closedorders.core.refusals import Refused
from closedorders.outreach.message_states import ON_THEIR_WAY
from closedorders.outreach.models import Message


def locked(*incidents: Incident) -> list[Incident]:
    """These incidents as they are now, locked until the transaction ends, in the order given."""
    found = {
        incident.pk: incident
        for incident in Incident.objects.select_for_update(of=("self",))
        .select_related("team", "buyer_account", "cause")
        .filter(pk__in=[incident.pk for incident in incidents])
        .order_by("pk")
    }
    return [found[incident.pk] for incident in incidents]


def is_over_block(incident: Incident) -> bool:
    return Incident.objects.over_block().filter(pk=incident.pk).exists()


def refuse_ended(incident: Incident) -> None:
    if incident.ended_at is not None:
        raise Refused(_("%(incident)s has ended: reopen it first.") % {"incident": incident})


def refuse_while_mails_wait(incidents: Collection[Incident], states: Sequence[str] = ON_THEIR_WAY) -> None:
    """Refuse while mails of these incidents are in one of `states`: what they are about must stay as it is."""
    count = Message.objects.filter(incident__in=incidents, state__in=states).count()
    if count:
        raise Refused(
            ngettext(
                "%(count)s mail of this incident is on its way or not certain. Nothing was changed: wait until it is "
                "sent and decided, or cancel its campaign, then try again.",
                "%(count)s mails of this incident are on their way or not certain. Nothing was changed: wait until "
                "they are sent and decided, or cancel their campaign, then try again.",
                count,
            )
            % {"count": count}
        )
