"""Who must act next in a case gets one mail with a link, and with nothing of the documents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone

from closedorders.accounts.models import Membership, Team
from closedorders.cases import actions, moves, tasks
from closedorders.cases.actions.reviews import Asked
from closedorders.cases.models import Case, Decision, Notice, Slot
from closedorders.cases.notices import sending
from tests.cases.conftest import tick_all, walk_to
from tests.cast import Cast
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def _send_all() -> list[EmailMessage]:
    """As the worker does once the minute is over in which a move can be taken back."""
    Notice.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    for key in sending.due_ids():
        tasks.send_notice(key)
    return list(mail.outbox)


def _ask_again(case: Case, by: Membership) -> None:
    slots = list(case.slots.filter(state=Slot.State.READY))
    asked = [
        Asked(slot, slot.state, Decision.Reason.NUMBERS_VISIBLE, "The number 4242 shows") for slot in slots
    ]
    actions.ask_again(case=case, asked=asked, note="Cover the passport of Anna", by=by)


def test_who_asks_again_mails_the_merchants_a_link_and_nothing_of_the_documents(
    case: Case, cast: Cast
) -> None:
    walk_to(case, "in_review", cast)
    Notice.objects.all().delete()
    second = make_member(cast.team)
    _ask_again(case, cast.reviewer)
    sent = _send_all()
    assert sorted(each.to[0] for each in sent) == sorted([cast.merchant.user.email, second.user.email])
    for each in sent:
        assert f"/t/{cast.team.slug}/cases/{case.pk}/" in each.body
        words = f"{each.subject} {each.body}".lower()
        for secret in ("passport", "4242", "anna", "credit card", "number can be read", "licence"):
            assert secret not in words
        assert not each.attachments
    assert not Notice.objects.exists()


def test_documents_sent_for_review_are_for_the_reviewer_and_approved_ones_for_the_merchant(
    case: Case, cast: Cast
) -> None:
    walk_to(case, "in_review", cast)
    (first,) = _send_all()
    assert first.to == [cast.reviewer.user.email]
    assert "review" in first.subject
    mail.outbox.clear()
    for slot in case.slots.filter(state=Slot.State.READY):
        actions.decide(slot=slot, verdict=Decision.Verdict.APPROVED, by=cast.reviewer)
    actions.move_case(case=case, move=moves.APPROVAL, by=cast.reviewer)
    (second,) = _send_all()
    assert second.to == [cast.merchant.user.email]
    assert "ready to be sent" in second.subject


def test_nobody_is_mailed_about_their_own_move(case: Case, cast: Cast) -> None:
    Membership.objects.filter(pk=cast.reviewer.pk).update(ended_at=timezone.now())
    tick_all(case, cast.merchant)
    actions.move_case(case=case, move=moves.REVIEW, by=cast.merchant)
    assert not Notice.objects.exists()


def test_another_merchant_of_a_team_without_a_reviewer_is_asked_to_look(case: Case, cast: Cast) -> None:
    Membership.objects.filter(pk=cast.reviewer.pk).update(ended_at=timezone.now())
    other = make_member(cast.team)
    tick_all(case, cast.merchant)
    actions.move_case(case=case, move=moves.REVIEW, by=cast.merchant)
    assert [each.reader for each in Notice.objects.all()] == [other]


def test_a_move_that_is_taken_back_within_its_minute_mails_nobody(case: Case, cast: Cast) -> None:
    walk_to(case, "in_review", cast)
    assert Notice.objects.count() == 1
    assert not sending.due_ids(), "it can still be taken back"
    transition = case.transitions.last()
    assert transition is not None
    actions.undo_move(transition=transition, by=cast.merchant)
    assert not Notice.objects.exists()


def test_a_mail_that_nobody_needs_any_more_is_not_sent(case: Case, cast: Cast) -> None:
    walk_to(case, "in_review", cast)
    _ask_again(case, cast.reviewer)
    sent = _send_all()
    assert [each.to for each in sent] == [[cast.merchant.user.email]], "not to the reviewer, who is done"
    assert not Notice.objects.exists()


def test_who_left_the_team_meanwhile_gets_no_mail(case: Case, cast: Cast) -> None:
    walk_to(case, "in_review", cast)
    Membership.objects.filter(pk=cast.reviewer.pk).update(ended_at=timezone.now())
    assert not _send_all()
    assert not Notice.objects.exists()


def test_a_fire_drill_mails_nobody(case: Case, cast: Cast, other_cast: Cast) -> None:
    Team.objects.filter(pk=cast.team.pk).update(drill_of=other_cast.team)
    walk_to(Case.objects.get(pk=case.pk), "in_review", cast)
    assert not Notice.objects.exists()


def test_a_mail_is_in_the_language_of_its_reader(case: Case, cast: Cast) -> None:
    walk_to(case, "in_review", cast)
    user = cast.reviewer.user
    user.language = "es"
    user.save()
    (sent,) = _send_all()
    assert str(case.incident.number) in sent.subject


Failing = Callable[[], Exception]


@pytest.mark.parametrize(
    ("failure", "left"),
    [
        (lambda: SMTPServerDisconnected("gone"), 1),
        (lambda: ConnectionRefusedError(), 1),
        (lambda: SMTPRecipientsRefused({"a": (451, b"later")}), 1),
        (lambda: SMTPRecipientsRefused({"a": (550, b"no such person")}), 0),
    ],
)
def test_a_mail_server_that_fails_is_asked_again_later_unless_it_refuses_for_good(
    case: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch, failure: Failing, left: int
) -> None:
    walk_to(case, "in_review", cast)

    def fails(self: EmailMessage, fail_silently: bool = False) -> int:
        raise failure()

    with monkeypatch.context() as patched:
        patched.setattr(EmailMessage, "send", fails)
        assert not _send_all()
    assert Notice.objects.count() == left
    assert not sending.due_ids(), "not at once again"
    if left:
        assert len(_send_all()) == 1


def test_a_worker_does_not_send_what_another_one_has(case: Case, cast: Cast) -> None:
    walk_to(case, "in_review", cast)
    Notice.objects.update(not_before=timezone.now() + timedelta(seconds=100))
    tasks.send_notice(Notice.objects.get().pk)
    assert not mail.outbox


def test_what_could_not_be_sent_for_a_day_is_forgotten(case: Case, cast: Cast) -> None:
    walk_to(case, "in_review", cast)
    Notice.objects.update(noted_at=timezone.now() - timedelta(hours=25))
    tasks.sweep()
    assert not Notice.objects.exists()
