from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import DESK, EVERYONE, allow
from closedorders.core.refusals import Refused

from ..models import Case, Contact
from .guards import locked_case, refuse_unless
from .notes import without_cards


@transaction.atomic
def log_contact(
    *,
    case: Case,
    by: Membership,
    summary: str,
    channel: str = Contact.Channel.CHAT,
    purpose: str = Contact.Purpose.ASK,
    agent: str = "",
    promise: str = "",
    follow_up_at: datetime | None = None,
) -> Contact:
    """Log a contact with AliExpress, and mark every earlier "ask again" that is due as followed up by it.

    It ends the chat that was started. Card numbers in its words are masked.
    """
    allow(by, EVERYONE, team_id=case.team_id)
    refuse_unless(not by.is_reviewer, _("A merchant or an assistant logs the contacts with AliExpress."))
    case = locked_case(case.pk)
    refuse_unless(case.state != Case.State.CLOSED, _("The case is closed."))
    now = timezone.now()
    Contact.objects.filter(case=case).due(now).order_by().update(followed_up_at=now)
    contact = Contact.objects.create(
        case=case,
        by=by,
        channel=channel,
        purpose=purpose,
        agent=without_cards(case.team, agent),
        summary=without_cards(case.team, summary),
        promise=without_cards(case.team, promise),
        follow_up_at=follow_up_at,
        started_at=case.chat_started_at if channel == Contact.Channel.CHAT else None,
        at=now,
    )
    if contact.started_at is not None:
        case.chat_started_at = None
        case.save(update_fields=["chat_started_at"])
    record(
        by=by,
        verb="contact_logged",
        thing=contact,
        team=case.team,
        after={"channel": channel, "purpose": purpose},
    )
    return contact


@transaction.atomic
def start_chat(*, case: Case, by: Membership) -> None:
    """Note that a live chat with AliExpress begins now. One that is going on stays as it is."""
    allow(by, DESK, team_id=case.team_id)
    case = locked_case(case.pk)
    refuse_unless(case.state != Case.State.CLOSED, _("The case is closed."))
    if case.chat_started_at is None:
        case.chat_started_at = timezone.now()
        case.save(update_fields=["chat_started_at"])
        record(by=by, verb="chat_started", thing=case)


@transaction.atomic
def stop_chat(*, case: Case, by: Membership) -> None:
    """Nobody answered, or it was started by mistake: there is nothing to log."""
    allow(by, DESK, team_id=case.team_id)
    case = locked_case(case.pk)
    if case.chat_started_at is not None:
        case.chat_started_at = None
        case.save(update_fields=["chat_started_at"])
        record(by=by, verb="chat_stopped", thing=case)


def _to_follow_up(contact: Contact, by: Membership) -> Contact:
    refuse_unless(
        not by.is_reviewer, _("A merchant or an assistant follows up the contacts with AliExpress.")
    )
    current = Contact.objects.to_follow_up().select_for_update().filter(pk=contact.pk).first()
    if current is None:
        raise Refused(_("This has been followed up already."))
    return current


@transaction.atomic
def mark_followed_up(*, contact: Contact, by: Membership) -> None:
    allow(by, EVERYONE, team_id=contact.case.team_id)
    contact = _to_follow_up(contact, by)
    contact.followed_up_at = timezone.now()
    contact.save(update_fields=["followed_up_at"])
    record(by=by, verb="contact_followed_up", thing=contact, team=by.team)


@transaction.atomic
def snooze_follow_up(*, contact: Contact, until: datetime, by: Membership) -> None:
    """Come back to it at `until`, which lies ahead."""
    allow(by, EVERYONE, team_id=contact.case.team_id)
    refuse_unless(until > timezone.now(), _("Choose a time that is still to come."))
    contact = _to_follow_up(contact, by)
    before, contact.follow_up_at = contact.follow_up_at, until
    contact.save(update_fields=["follow_up_at"])
    record(
        by=by,
        verb="contact_snoozed",
        thing=contact,
        team=by.team,
        before={"follow_up_at": before},
        after={"follow_up_at": until},
    )
