"""A step that only rests on a person's word can be taken back for a minute, while nothing was built on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases import actions, moves
from closedorders.cases.models import Case, Contact, Transition
from closedorders.cases.reads import case_summary
from closedorders.core.refusals import Refused
from closedorders.incidents.actions import end_incident
from tests.cases.states import account_state
from tests.cast import Cast

from .conftest import walk_to

SignIn = Callable[[Membership | None], Client]


def newest(case: Case) -> Transition:
    found = case.transitions.select_related("case__incident").order_by("pk").last()
    assert found is not None
    return found


@pytest.mark.parametrize("state", ["in_review", "ready", "submitted", "rejected", "unblocked", "closed"])
def test_each_step_is_taken_back_with_what_it_did_to_the_account(state: str, case: Case, cast: Cast) -> None:
    walk_to(case, state, cast)
    made = newest(case)
    before, clock = made.before, case_summary(case).clock.running
    by = cast.reviewer if state == "ready" else cast.merchant
    actions.undo_move(transition=made, by=by)
    case.refresh_from_db()
    assert case.state == before
    assert not case.transitions.filter(pk=made.pk).exists()
    assert account_state(case) == ("ok" if state == "closed" else "under_review")
    assert case_summary(case).clock.running or (state == "closed" and not clock)
    audit = AuditEvent.objects.filter(verb="case_move_undone").latest("pk")
    assert (audit.before["state"], audit.after["state"]) == (state, before)


def test_a_round_that_began_by_mistake_is_taken_back(case: Case, cast: Cast) -> None:
    walk_to(case, "submitted", cast)
    made = actions.move_case(case=case, move=moves.FURTHER_REQUEST, by=cast.merchant, note="A bank letter")
    assert Case.objects.get(pk=case.pk).round == 2
    actions.undo_move(transition=made, by=cast.merchant)
    assert Case.objects.get(pk=case.pk).round == 1


def test_a_reminder_that_the_unblocking_ended_is_due_again(case: Case, cast: Cast) -> None:
    walk_to(case, "submitted", cast)
    due = timezone.now() + timedelta(days=1)
    actions.log_contact(case=case, by=cast.assistant, summary="Wait", follow_up_at=due)
    actions.move_case(case=case, move=moves.UNBLOCKING, by=cast.merchant)
    actions.undo_move(transition=newest(case), by=cast.merchant)
    assert Contact.objects.to_follow_up().filter(case=case).count() == 1


def test_an_account_that_somebody_blocked_meanwhile_stays_blocked(case: Case, cast: Cast) -> None:
    walk_to(case, "unblocked", cast)
    case.buyer_account.state = "blocked"
    case.buyer_account.save()
    actions.undo_move(transition=newest(case), by=cast.merchant)
    assert account_state(case) == "blocked"


def test_after_a_minute_it_stays(case: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    walk_to(case, "unblocked", cast)
    at = newest(case).at
    monkeypatch.setattr(timezone, "now", lambda: at + timedelta(seconds=61))
    with pytest.raises(Refused, match="minute"):
        actions.undo_move(transition=newest(case), by=cast.merchant)
    assert Case.objects.get(pk=case.pk).state == "unblocked"
    monkeypatch.setattr(timezone, "now", lambda: at + timedelta(seconds=59))
    actions.undo_move(transition=newest(case), by=cast.merchant)
    assert Case.objects.get(pk=case.pk).state == "submitted"


def test_only_the_newest_step_is_taken_back(case: Case, cast: Cast) -> None:
    walk_to(case, "submitted", cast)
    first = newest(case)
    actions.move_case(case=case, move=moves.UNBLOCKING, by=cast.merchant)
    with pytest.raises(Refused, match="moved this case on"):
        actions.undo_move(transition=first, by=cast.merchant)


def test_a_step_stays_once_something_was_built_on_it(case: Case, cast: Cast) -> None:
    walk_to(case, "submitted", cast)
    actions.log_contact(case=case, by=cast.assistant, summary="They have them")
    with pytest.raises(Refused, match="noted in this case since"):
        actions.undo_move(transition=newest(case), by=cast.merchant)
    actions.move_case(case=case, move=moves.UNBLOCKING, by=cast.merchant)
    end_incident(incident=case.incident, by=cast.merchant)
    with pytest.raises(Refused, match="ended since"):
        actions.undo_move(transition=newest(case), by=cast.merchant)


def test_only_who_may_make_the_step_takes_it_back(case: Case, cast: Cast, other_cast: Cast) -> None:
    walk_to(case, "submitted", cast)
    for person in (cast.assistant, cast.reviewer, other_cast.merchant):
        with pytest.raises(Refused):
            actions.undo_move(transition=newest(case), by=person)
    assert Case.objects.get(pk=case.pk).state == "submitted"


def test_the_page_offers_the_minute_and_takes_the_step_back(
    case: Case, cast: Cast, client_of: SignIn
) -> None:
    walk_to(case, "submitted", cast)
    merchant = client_of(cast.merchant)
    done = merchant.post(f"{case.get_absolute_url()}unblocking/", follow=True).content.decode()
    undo_url = f"{case.get_absolute_url()}move-undo/?move={newest(case).pk}"
    assert f'action="{undo_url}"' in done
    assert 'data-toast="60"' in done
    assert "Taken back" in merchant.post(undo_url, follow=True).content.decode()
    assert Case.objects.get(pk=case.pk).state == "submitted"
    assert "taken back already" in merchant.post(undo_url, follow=True).content.decode()
