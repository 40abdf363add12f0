"""Whether the mails of a draft will arrive, and be answered: advice beside the list before sending, the gate."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from closedorders.senders.findings import State
from closedorders.senders.preflight import Line
from closedorders.senders.wording import bulk_warning

from ..audience import Exclusion
from ..models import Campaign, Message
from ..texts.names import first_name
from .checks import Check
from .plan import Plan

BULK = 5_000
"""So many mails of one domain to personal Gmail within 24 hours make it a bulk sender for good (Google 81126)."""
NEAR = 4_000
#: Apple's stand-in addresses take mail of registered domains only.
_APPLE = "@privaterelay.appleid.com"
_GMAIL = ("@gmail.com", "@googlemail.com")


def campaign_lines(plan: Plan, checks: list[Check]) -> list[Line]:
    """A line for each thing that lies in this campaign. `checks`: those of the gate, whose words are used again."""
    of_gate = {check.code: check for check in checks}
    lines = [_from_check("people", _("Somebody to write to"), of_gate["people"])]
    if "codes" in of_gate:
        lines.append(_from_check("codes", _("Codes"), of_gate["codes"]))
    return [*lines, _names(plan), _relays(plan), _bulk(plan)]


def _from_check(code: str, name: str, check: Check) -> Line:
    return Line(code=code, name=name, state=State.GOOD if check.ok else State.BAD, words=check.words)


def _names(plan: Plan) -> Line:
    count = sum(1 for person in plan.people if not first_name(person.customer.name))
    if not count:
        words, state = _("Everybody has a first name to be greeted by."), State.GOOD
    else:
        state = State.BAD
        words = ngettext(
            "%(count)s person has no first name here, so the greeting goes without one: add it on their order, or "
            "read that mail in the preview.",
            "%(count)s people have no first name here, so their greetings go without one: add them on their orders, "
            "or read those mails in the preview.",
            count,
        ) % {"count": count}
    return Line(code="names", name=_("Names"), state=state, words=words)


def _relays(plan: Plan) -> Line:
    name = _("Marketplace addresses")
    left_out = sum(1 for left in plan.audience.excluded if left.why == Exclusion.RELAY)
    forwarded = sum(1 for person in plan.people if person.email.endswith(_APPLE))
    if left_out:
        words = ngettext(
            "%(count)s customer has a marketplace address and is left out: write to them in the marketplace's chat.",
            "%(count)s customers have a marketplace address and are left out: write to them in the marketplace's chat.",
            left_out,
        ) % {"count": left_out}
    elif forwarded:
        words = ngettext(
            "%(count)s customer has an address that Apple forwards, and only from senders it knows: register your "
            "domain with Apple, or reach them in another way.",
            "%(count)s customers have an address that Apple forwards, and only from senders it knows: register your "
            "domain with Apple, or reach them in another way.",
            forwarded,
        ) % {"count": forwarded}
    else:
        words = _("No customer has an address that only a marketplace or Apple forwards.")
        return Line(code="relays", name=name, state=State.GOOD, words=words)
    return Line(code="relays", name=name, state=State.BAD, words=words)


def _bulk(plan: Plan) -> Line:
    """Counts what goes to Gmail with this campaign, and what went there from this domain within the last 24 hours."""
    planned = sum(1 for person in plan.people if person.email.endswith(_GMAIL))
    count = planned + (_sent_to_gmail(plan.campaign) if planned else 0)
    name = _("Bulk sender")
    if count >= NEAR:
        return Line(code="bulk", name=name, state=State.BAD, words=bulk_warning(count))
    words = ngettext(
        "%(count)s mail goes to Gmail within a day, far from the 5,000 that make a bulk sender.",
        "%(count)s mails go to Gmail within a day, far from the 5,000 that make a bulk sender.",
        count,
    ) % {"count": count}
    return Line(code="bulk", name=name, state=State.GOOD, words=words)


def _sent_to_gmail(campaign: Campaign) -> int:
    """Mails of the team's campaigns with this sender's domain to Gmail in the last 24 hours."""
    domain = campaign.store.sender_email.rpartition("@")[2]
    since = timezone.now() - timedelta(days=1)
    # A campaign sends for days at most, however slow its mail server is.
    campaigns = Campaign.objects.filter(
        team=campaign.team_id,
        approved_at__gte=since - timedelta(days=7),
        store__sender_email__iendswith=f"@{domain}",
    )
    sent = Message.objects.filter(campaign__in=campaigns.values("pk"), settled_at__gte=since, state="sent")
    return (
        sent.filter(recipient__endswith=_GMAIL[0]).count()
        + sent.filter(recipient__endswith=_GMAIL[1]).count()
    )
