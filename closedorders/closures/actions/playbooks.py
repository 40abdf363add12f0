from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.core.refusals import Refused

from ..builtin_reasons import BUILTIN
from ..models import ClosureReason, Playbook

PLAYBOOK_WORDS = ("what_happened", "do_now", "who_to_tell", "payment_route", "prevention")


@transaction.atomic
def edit_playbook(
    *, team: Team, reason: ClosureReason, by: Membership, verified_on: date | None, **words: str
) -> Playbook:
    """Store the team's own words for a reason.

    `words` has a text for each of `PLAYBOOK_WORDS`. A text that is the seeded one in the reader's language is stored
    as blank, so that readers of the other language go on seeing theirs.
    """
    allow(by, MERCHANT, team_id=team.pk)
    if reason.team_id not in (None, team.pk):
        raise Refused(_("This reason belongs to another team."))
    seeded = BUILTIN.get(reason.code) if reason.team_id is None else None
    playbook, _created = Playbook.objects.select_for_update().get_or_create(team=team, reason=reason)
    new: dict[str, Any] = {"verified_on": verified_on}
    for name in PLAYBOOK_WORDS:
        text = "\n".join(words.get(name, "").strip().splitlines())
        new[name] = "" if seeded and text == str(getattr(seeded, name)) else text
    before = {name: getattr(playbook, name) for name in new if getattr(playbook, name) != new[name]}
    if before:
        for name in before:
            setattr(playbook, name, new[name])
        playbook.save(update_fields=list(before))
        record(
            by=by,
            verb="playbook_edited",
            thing=reason,
            team=team,
            before=before,
            after={name: new[name] for name in before},
        )
    return playbook
