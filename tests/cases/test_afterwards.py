from __future__ import annotations

import pytest

from closedorders.accounts.models import AuditEvent
from closedorders.cases import actions
from closedorders.cases.models import Case, Cleanup
from closedorders.core.refusals import Refused
from tests.cast import Cast

from .conftest import walk_to


def test_a_place_is_ticked_with_time_and_person_and_can_be_unticked(case: Case, cast: Cast) -> None:
    cleanup = Cleanup.objects.get(case=case, place="phone")
    actions.tick_cleanup(cleanup=cleanup, by=cast.merchant)
    cleanup.refresh_from_db()
    assert cleanup.done_at is not None
    assert cleanup.done_by == cast.merchant
    actions.tick_cleanup(cleanup=cleanup, by=cast.merchant)
    assert AuditEvent.objects.filter(verb="cleanup_ticked").count() == 1
    actions.tick_cleanup(cleanup=cleanup, by=cast.merchant, done=False)
    cleanup.refresh_from_db()
    assert cleanup.done_at is None


def test_a_closed_case_takes_no_more_talks_or_ticks(case: Case, cast: Cast) -> None:
    walk_to(case, "closed", cast)
    with pytest.raises(Refused, match="closed"):
        actions.log_contact(case=case, by=cast.merchant, summary="Hello")
    with pytest.raises(Refused, match="closed"):
        actions.tick_cleanup(cleanup=case.cleanups.all()[0], by=cast.merchant, done=False)


def test_every_write_leaves_one_line_of_the_person_and_the_team(case: Case, cast: Cast) -> None:
    walk_to(case, "closed", cast)
    lines = AuditEvent.objects.filter(team=cast.team)
    assert lines.count() == AuditEvent.objects.count()
    assert set(lines.values_list("actor", flat=True)) == {cast.merchant.user_id, cast.reviewer.user_id}
    counts = {verb: lines.filter(verb=verb).count() for verb in lines.values_list("verb", flat=True)}
    assert counts == {
        "case_opened": 1,
        "slot_set": 7,
        "slot_decided": 7,
        "case_moved": 5,
        "cleanup_ticked": 4,
        "contact_logged": 1,
    }
