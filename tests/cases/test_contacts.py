from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from closedorders.accounts.models import Membership
from closedorders.cases import actions, moves
from closedorders.cases.models import Case, Contact
from closedorders.cases.reads import case_summary
from closedorders.core.refusals import Refused
from tests.cases.states import due
from tests.cast import Cast


@pytest.mark.parametrize("role", ["merchant", "assistant"])
def test_a_talk_is_logged_with_its_reminder(role: str, case: Case, cast: Cast) -> None:
    by: Membership = getattr(cast, role)
    when = timezone.now() + timedelta(hours=3)
    contact = actions.log_contact(
        case=case, by=by, summary="They look into it", agent="Lina", promise="By noon", follow_up_at=when
    )
    assert (contact.channel, contact.purpose, contact.by) == ("chat", "ask", by)
    summary = case_summary(case)
    assert (summary.follow_up_at, summary.follow_up_due) == (when, False)
    assert list(due(cast, when)) == [contact]
    assert list(due(cast)) == []


def test_a_reviewer_logs_no_talk(case: Case, cast: Cast) -> None:
    with pytest.raises(Refused):
        actions.log_contact(case=case, by=cast.reviewer, summary="Hello")


def test_a_new_talk_settles_the_reminders_that_were_due_and_no_others(case: Case, cast: Cast) -> None:
    now = timezone.now()
    due = Contact.objects.create(
        case=case, by=cast.merchant, summary="a", follow_up_at=now - timedelta(hours=1)
    )
    later = Contact.objects.create(
        case=case, by=cast.merchant, summary="b", follow_up_at=now + timedelta(hours=5)
    )
    assert case_summary(case).follow_up_due
    actions.log_contact(case=case, by=cast.merchant, summary="Asked again")
    assert list(Contact.objects.to_follow_up()) == [later]
    assert not case_summary(case).follow_up_due
    due.refresh_from_db()
    assert due.followed_up_at is not None


def test_a_reminder_is_snoozed_and_then_marked_done_once(case: Case, cast: Cast) -> None:
    now = timezone.now()
    contact = Contact.objects.create(
        case=case, by=cast.merchant, summary="a", follow_up_at=now - timedelta(hours=1)
    )
    with pytest.raises(Refused, match="still to come"):
        actions.snooze_follow_up(contact=contact, until=now - timedelta(minutes=1), by=cast.assistant)
    actions.snooze_follow_up(contact=contact, until=now + timedelta(hours=2), by=cast.assistant)
    assert list(due(cast)) == []
    assert list(due(cast, now + timedelta(hours=2))) == [contact]
    actions.mark_followed_up(contact=contact, by=cast.assistant)
    with pytest.raises(Refused, match="already"):
        actions.mark_followed_up(contact=contact, by=cast.merchant)
    assert list(due(cast, now + timedelta(days=9))) == []


def test_unblocking_settles_every_reminder(case: Case, cast: Cast) -> None:
    actions.log_contact(
        case=case, by=cast.merchant, summary="a", follow_up_at=timezone.now() + timedelta(hours=1)
    )
    actions.move_case(case=case, move=moves.UNBLOCKING, by=cast.merchant, note="Lifted in the chat")
    assert not Contact.objects.to_follow_up().exists()
