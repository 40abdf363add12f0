from __future__ import annotations

from django.db import transaction

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import EVERYONE, allow

from .sending import PREFERENCE, wants_digest


@transaction.atomic
def switch_digest(*, on: bool, by: Membership) -> None:
    """Switch this person's own morning summary of this team on or off."""
    allow(by, EVERYONE, team_id=by.team_id)
    member = Membership.objects.select_for_update(of=("self",)).select_related("team", "user").get(pk=by.pk)
    before = wants_digest(member)
    member.preferences = {**member.preferences, PREFERENCE: "on" if on else "off"}
    member.save(update_fields=["preferences"])
    by.preferences = member.preferences
    if before != on:
        record(
            by=by,
            verb="digest_switched",
            thing=by,
            before={"digest": "on" if before else "off"},
            after={"digest": "on" if on else "off"},
        )
