from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import MERCHANT, allow
from closedorders.accounts.turns import lock_team
from closedorders.core.refusals import Refused

from ..checklist import thresholds_of
from ..models import TeamThreshold
from ..rules import Thresholds
from ..tuning import TUNABLE


@transaction.atomic
def set_threshold(*, team: Team, name: str, value: int, by: Membership) -> None:
    """Store from where on a rule speaks. `name` is a key of `TUNABLE`; the value everybody starts with is not stored.

    Refused outside what the slider offers, and where "watch" would come after "act".
    """
    allow(by, MERCHANT, team_id=team.pk)
    offered = TUNABLE[name]
    if not offered.lowest <= value <= offered.highest:
        raise Refused(
            _("Choose between %(lowest)s and %(highest)s.")
            % {"lowest": offered.lowest, "highest": offered.highest}
        )
    lock_team(team.pk)
    stored = thresholds_of(team)
    values = {each: getattr(stored, each) for each in TUNABLE} | {name: value}
    for kind in ("spend", "orders"):
        if values[f"{kind}_watch"] > values[f"{kind}_act"]:
            raise Refused(
                _("What is to be watched comes before what calls for an act: choose the other one first.")
            )
    before = getattr(stored, name)
    if value == before:
        return
    if value == getattr(Thresholds(), name):
        TeamThreshold.objects.filter(team=team, name=name).delete()
    else:
        TeamThreshold.objects.update_or_create(team=team, name=name, defaults={"value": value})
    record(by=by, verb="threshold_set", thing=team, before={name: before}, after={name: value})
