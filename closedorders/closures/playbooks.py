"""What to do about a reason: the team's own words where it has any, the seeded ones elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from closedorders.accounts.models import Team

from .builtin_reasons import BUILTIN
from .models import ClosureReason, Playbook


@dataclass(frozen=True, slots=True)
class Advice:
    """A reason's playbook as it is read. `edited`: at least one text is the team's own."""

    what_happened: str
    do_now: str
    who_to_tell: str
    payment_route: str
    prevention: str
    source: str
    verified_on: date | None
    account_level: bool
    edited: bool


def advice_for(*, team: Team, reason: ClosureReason) -> Advice:
    own = Playbook.objects.filter(team=team, reason=reason).first()
    seeded = BUILTIN.get(reason.code) if reason.team_id is None else None

    def words(name: str) -> str:
        return (getattr(own, name) if own else "") or (str(getattr(seeded, name)) if seeded else "")

    return Advice(
        what_happened=words("what_happened"),
        do_now=words("do_now"),
        who_to_tell=words("who_to_tell"),
        payment_route=words("payment_route"),
        prevention=words("prevention"),
        source=str(seeded.source) if seeded else _("Your own team"),
        verified_on=(own.verified_on if own else None) or (seeded.verified_on if seeded else None),
        account_level=seeded.account_level if seeded else False,
        edited=bool(
            own and any((own.what_happened, own.do_now, own.who_to_tell, own.payment_route, own.prevention))
        ),
    )
