"""Why a customer gets no mail of a campaign, and what earlier mails of the incident have to do with it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from closedorders.closures.models import Closure, Incident
from closedorders.orders.models import Store

from ..message_states import BINDING, TOLD
from ..models import Kind, Message


class Exclusion(models.TextChoices):
    """Why a customer gets no message of this campaign."""

    BLANK = "blank", _("No e-mail address")
    INVALID = "invalid", _("The e-mail address cannot be right")
    RELAY = "relay", _("A marketplace address")
    SUPPRESSED = "suppressed", _("On the list of addresses not to write to")
    SAME_ADDRESS = "same_address", _("Another customer in this list has the same address")
    TOLD = "told", _("Told already")
    RESOLVED = "resolved", _("Has the apology already, or it is on its way: no note to wait after that")
    WAITING = "waiting", _("A message is on its way already")
    UNCERTAIN = "uncertain", _("A message may have arrived: decide that one first")
    BOUNCED = "bounced", _("A message came back: correct the address, then try that one again")
    FAILED = "failed", _("A message failed: try that one again")
    REOPENED = "reopened", _("AliExpress reopened the order")
    SETTLED = "settled", _("The order was cancelled or refunded in full")
    CHANGED = "changed", _("An order in it changed before it was sent: prepare a new mail")
    LEFT_OUT = "left_out", _("Left out by hand")


#: Reasons of closures that a mail names, the one last that says more of their customer.
PRESSING = (Exclusion.TOLD, Exclusion.RESOLVED)


def named_already(incident: Incident, store: Store, kind: str) -> dict[int, Exclusion]:
    """Closures of the incident that nobody is to be mailed about in a mail of this kind, and why.

    Whatever incident they were in when their customer was told; an apology also makes a note to wait needless.
    """
    of_these = Closure.objects.filter(
        incident=incident,
        supplier_order__store_order__store=store,
        messages__customer=F("supplier_order__store_order__customer"),
    )
    mails = Q(messages__kind=kind, messages__state__in=TOLD)
    if kind == Kind.HOLDING:
        mails |= Q(messages__kind=Kind.RESOLUTION, messages__state__in=BINDING)
    found = of_these.filter(mails).order_by().values_list("pk", "messages__kind")
    return {
        closure: Exclusion.TOLD if named_in == kind else Exclusion.RESOLVED
        for closure, named_in in sorted(found, key=lambda row: row[1] != kind)
    }


def states_by_address(incident: Incident, kind: str) -> dict[str, tuple[str, str]]:
    """Address -> kind and state of the mail that binds it; of several the one that still needs something.

    For a note to wait, an apology to the address binds it as well.
    """
    kinds = [kind, Kind.RESOLUTION] if kind == Kind.HOLDING else [kind]
    found = Message.objects.binding().filter(incident=incident, kind__in=kinds)
    rows = sorted(
        found.values_list("recipient", "kind", "state"), key=lambda row: (row[1] != kind, row[2] not in TOLD)
    )
    return {recipient: (of_kind, state) for recipient, of_kind, state in rows}
