"""Taking an import back: asked for here, done by a worker (`import_undo`)."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from closedorders.accounts.audit import record
from closedorders.accounts.models import Membership, Team
from closedorders.accounts.rights import DESK, MERCHANT, allow
from closedorders.core.queue import ring
from closedorders.core.refusals import Refused

from . import tasks
from .actions import may_take_back
from .import_undo import UNDOABLE, plan
from .models import Import


@transaction.atomic
def undo_import(*, source: Import, by: Membership) -> None:
    """Ask a worker to take an import back. Refused, with nothing touched, where something is built on it."""
    allow(by, DESK if may_take_back(source, by) else MERCHANT, team_id=source.team_id)
    # No import of the team writes meanwhile: what is found here holds until the run has it.
    Team.objects.select_for_update(no_key=True).get(pk=source.team_id)
    source = Import.objects.select_for_update().get(pk=source.pk)
    if source.state in (Import.State.UNDOING, Import.State.UNDONE):
        raise Refused(_("This import is already being taken back, or was."))
    if source.state not in UNDOABLE:
        raise Refused(_("This import is not saved yet. Cancel it instead."))
    found = plan(source)
    if not found.steps and not found.begun:
        raise Refused(_("This import left nothing that could be taken back."))
    if found.blocked:
        raise Refused(_("Something is built on this import by now, so it stays. Nothing was changed."))
    Import.objects.filter(pk=source.pk).update(
        state=Import.State.UNDOING,
        answers={**source.answers, "undo_was": source.state},
        attempts=0,
        claimed_until=None,
        progress_done=0,
        progress_total=found.steps,
        undone_by=by,
    )
    record(
        by=by,
        verb="import_undo_asked",
        thing=source,
        after={
            "orders": found.orders,
            "supplier_orders": found.supplier_orders,
            "changed_back": found.changed,
        },
    )
    ring(tasks.undo_import, source.pk)
