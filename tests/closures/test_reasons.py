from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from closedorders.accounts.audit.words import changes
from closedorders.accounts.models import AuditEvent
from closedorders.closures import actions
from closedorders.closures.builtin_reasons import BUILTIN
from closedorders.closures.models import Closure, ClosureReason, Playbook
from closedorders.core.refusals import Refused
from closedorders.orders.models import BulkEdit, BulkEditRow
from tests.cast import Cast
from tests.closures.logs import NUMBERS, log
from tests.factories import reason


def test_a_reason_for_many_is_written_and_can_be_undone_once(cast: Cast) -> None:
    closures = log(cast, NUMBERS[:3], reason=None).logged
    actions.set_reason(closures=closures[:1], reason=reason("travel"), by=cast.assistant)
    change = actions.set_reason(closures=Closure.objects.all(), reason=reason("card_check"), by=cast.merchant)
    assert change.changed == 3
    assert change.edit is not None
    # Somebody has settled one of them meanwhile: that stays.
    actions.set_reason(closures=closures[2:], reason=reason("complaints"), by=cast.assistant)
    assert actions.undo_reason(edit=change.edit, by=cast.merchant) == 2
    codes = [
        c.reason.code if c.reason else "" for c in Closure.objects.order_by("pk").select_related("reason")
    ]
    assert codes == ["travel", "", "complaints"]
    with pytest.raises(Refused, match="undone already"):
        actions.undo_reason(edit=change.edit, by=cast.merchant)


def test_the_trail_counts_the_closures_of_a_reason_for_many_and_names_no_keys(cast: Cast) -> None:
    closures = log(cast, NUMBERS, reason=None).logged
    change = actions.set_reason(closures=closures, reason=reason("travel"), by=cast.merchant)
    event = AuditEvent.objects.get(verb="closure_reasons_set")
    assert (event.before, event.after) == ({}, {"code": "travel", "orders": 40})
    assert changes(event) == ["Reason: Ordering while travelling", "Orders: 40"]
    assert change.edit is not None
    assert change.edit.rows.count() == 40
    assert actions.undo_reason(edit=change.edit, by=cast.merchant) == 40
    undone = AuditEvent.objects.get(verb="closure_reasons_undone")
    assert (undone.before, undone.after) == ({}, {"orders": 40})
    # A day later nobody asks for the earlier reasons any more.
    BulkEdit.objects.update(created_at=timezone.now() - timedelta(days=2))
    actions.set_reason(closures=closures[:1], reason=reason("travel"), by=cast.merchant)
    assert BulkEditRow.objects.count() == 1


def test_another_team_or_another_kind_of_bulk_edit_is_not_undone_here(cast: Cast, other_cast: Cast) -> None:
    theirs = actions.set_reason(
        closures=log(other_cast, NUMBERS[:2]).logged, reason=None, by=other_cast.merchant
    )
    tags = BulkEdit.objects.create(team=cast.team, by=cast.merchant, verb="tag_add")
    for edit in (theirs.edit, tags):
        assert edit is not None
        with pytest.raises(Refused, match="nothing to undo"):
            actions.undo_reason(edit=edit, by=cast.merchant)


def test_an_undo_comes_too_late_after_ten_minutes(cast: Cast) -> None:
    closures = log(cast, NUMBERS[:2], reason=None).logged
    change = actions.set_reason(closures=closures, reason=reason(), by=cast.merchant)
    assert change.edit is not None
    BulkEdit.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    with pytest.raises(Refused, match="ten minutes"):
        actions.undo_reason(edit=change.edit, by=cast.merchant)


def test_a_reason_that_changes_nothing_leaves_no_line(cast: Cast) -> None:
    closures = log(cast, NUMBERS[:1]).logged
    assert actions.set_reason(closures=closures, reason=reason(), by=cast.merchant).edit is None


def test_closures_of_another_team_are_not_touched(cast: Cast, other_cast: Cast) -> None:
    theirs = log(other_cast, NUMBERS[:1]).logged
    assert actions.set_reason(closures=theirs, reason=None, by=cast.merchant).changed == 0


def test_an_own_reason_never_takes_the_code_of_another(cast: Cast) -> None:
    first = actions.add_reason(team=cast.team, name="Travel", by=cast.merchant)
    assert first.code == "travel-2"
    assert ClosureReason.objects.with_retired(cast.team).filter(code=first.code).count() == 1
    assert actions.add_reason(team=cast.team, name="罢工", by=cast.merchant).code == "own"
    assert actions.add_reason(team=cast.team, name="New", by=cast.merchant).code == "new-2"
    with pytest.raises(Refused, match="already"):
        actions.add_reason(team=cast.team, name="TRAVEL", by=cast.merchant)


def test_a_retired_reason_is_offered_no_longer_and_comes_back_by_its_name(cast: Cast) -> None:
    own = actions.add_reason(team=cast.team, name="Strike", by=cast.merchant)
    (closure,) = log(cast, NUMBERS[:1], reason=own).logged
    actions.retire_reason(reason=own, by=cast.merchant)
    own.refresh_from_db()
    assert own not in ClosureReason.objects.for_team(cast.team)
    with pytest.raises(Refused, match="no longer in use"):
        log(cast, NUMBERS[1:2], reason=own)
    closure.refresh_from_db()
    assert closure.reason == own
    assert actions.add_reason(team=cast.team, name="strike", by=cast.merchant) == own
    with pytest.raises(Refused, match="your team added"):
        actions.retire_reason(reason=reason(), by=cast.merchant)


def test_words_like_the_seeded_ones_are_kept_blank_so_that_they_stay_translated(cast: Cast) -> None:
    seeded = BUILTIN["travel"]
    actions.edit_playbook(
        team=cast.team,
        reason=reason("travel"),
        by=cast.merchant,
        verified_on=None,
        do_now="Call Ana.",
        prevention=str(seeded.prevention),
    )
    playbook = Playbook.objects.get()
    assert playbook.do_now == "Call Ana."
    assert playbook.prevention == ""
