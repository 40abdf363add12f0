from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership
from closedorders.accounts.rights import EVERYONE, allow

from ..models import Case, Cleanup
from .guards import locked_case, refuse_unless


@transaction.atomic
def tick_cleanup(*, cleanup: Cleanup, by: Membership, done: bool = True) -> None:
    """The originals are deleted in this place; or, with `done` False, a copy turned up there again."""
    allow(by, EVERYONE, team_id=cleanup.case.team_id)
    refuse_unless(by.is_merchant, _("A merchant of the team ticks the clean-up list."))
    case = locked_case(cleanup.case_id)
    refuse_unless(case.state != Case.State.CLOSED, _("The case is closed."))
    cleanup.refresh_from_db()
    if done == (cleanup.done_at is not None):
        return
    before = cleanup.done_at
    cleanup.done_at, cleanup.done_by = (timezone.now(), by) if done else (None, None)
    cleanup.save(update_fields=["done_at", "done_by"])
    record(
        by=by,
        verb="cleanup_ticked" if done else "cleanup_unticked",
        thing=cleanup,
        team=case.team,
        before={"done_at": before},
        after={"done_at": cleanup.done_at},
    )


@transaction.atomic
def tick_cleanups(*, case: Case, places: Collection[str], by: Membership, done: bool = True) -> list[str]:
    """Tick these places of the list, or untick them. Returns those that were not so before."""
    allow(by, EVERYONE, team_id=case.team_id)
    changed = case.cleanups.filter(place__in=places, done_at__isnull=done)
    found = list(changed)
    for cleanup in found:
        tick_cleanup(cleanup=cleanup, by=by, done=done)
    return [cleanup.place for cleanup in found]
