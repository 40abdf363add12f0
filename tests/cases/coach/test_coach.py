"""The chat coach: the way to the chat, words filled from the case, a timer, and buttons for what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases import actions, moves
from closedorders.cases.coach.reads import coach_for
from closedorders.cases.coach.scripts import FILLED, path_to_chat, scripts_for
from closedorders.cases.models import Case, Contact
from closedorders.cases.reads import case_summary, facts_of
from closedorders.core.refusals import Refused
from closedorders.orders.masking import Sight
from tests.cases.conftest import walk_to
from tests.cast import Cast
from tests.factories import make_incident, make_supplier_order

SignIn = Callable[[Membership | None], Client]


def page(client: Client, case: Case) -> str:
    return unescape(client.get(case.get_absolute_url()).content.decode())


def texts(case: Case, *, whole: bool = True) -> dict[tuple[str, str], str]:
    """(purpose, language) -> what there is to copy."""
    shown = coach_for(case, purpose="ask", sight=Sight(whole))["scripts"]
    return {
        (script.purpose, code): text
        for script, each in zip(scripts_for(case.verification), shown, strict=True)
        for code, _name, text in each["languages"]
    }


@pytest.mark.parametrize("verification", ["", *Case.Verification.values])
def test_each_verification_has_its_way_and_its_words(verification: str) -> None:
    assert len(path_to_chat(verification)) == 4
    assert [script.purpose for script in scripts_for(verification)] == ["ask", "submit", "insist", "thanks"]
    values = dict.fromkeys(FILLED, "x")
    for script in scripts_for(verification):
        for sentence in (*script.english, *script.spanish):
            assert sentence.format_map(values)
        assert len(script.english) == len(script.spanish)


def test_the_words_are_filled_from_the_case_and_blank_sentences_are_left_out(cast: Cast) -> None:
    orders = [make_supplier_order(cast.team) for _ in range(5)]
    incident = make_incident(cast.team, cast.merchant, orders)
    case = actions.open_case(incident=incident, by=cast.merchant)
    actions.set_verification(case=case, verification="company_card", by=cast.merchant)
    case.refresh_from_db()
    said = texts(case)
    assert "belongs to my company" in said["ask", "en"]
    assert "Es de mi empresa" in said["ask", "es"]
    assert (
        f"5 in all, for example {orders[0].number}, {orders[1].number}, {orders[2].number}."
        in said["ask", "en"]
    )
    assert "I was told" not in said["insist", "en"]
    walk_to(case, "submitted", cast)
    actions.log_contact(
        case=case, by=cast.merchant, summary="Wait", agent="Lina", promise="by noon {x} ana@example.com"
    )
    said = texts(case)
    assert "I was told: “by noon {x} ana@example.com”." in said["insist", "en"]
    assert "Me atendió muy amablemente Lina." in said["insist", "es"]
    assert "ana@example.com" not in texts(case, whole=False)["insist", "en"]
    assert "It was on " in said["submit", "en"]
    assert not any("{" in text.replace("{x}", "") for text in said.values())


def test_a_chat_has_a_start_and_the_logged_one_how_long_it_took(
    case: Case, cast: Cast, client_of: SignIn
) -> None:
    assistant = client_of(cast.assistant)
    assert "Start the chat" in page(assistant, case)
    assistant.post(f"{case.get_absolute_url()}chat/", {"going_on": "1"})
    case.refresh_from_db()
    begun = case.chat_started_at
    assert begun is not None
    assert "data-timer" in page(assistant, case)
    actions.start_chat(case=case, by=cast.merchant)
    case.refresh_from_db()
    assert case.chat_started_at == begun
    Case.objects.update(chat_started_at=begun - timedelta(minutes=12))
    contact = actions.log_contact(case=case, by=cast.assistant, summary="They look into it")
    assert contact.duration is not None
    assert contact.duration >= timedelta(minutes=12)
    assert Case.objects.get().chat_started_at is None
    assert "12\N{NO-BREAK SPACE}min" in page(assistant, case)


def test_a_chat_without_an_answer_leaves_nothing_but_its_lines_in_the_trail(case: Case, cast: Cast) -> None:
    actions.start_chat(case=case, by=cast.assistant)
    actions.stop_chat(case=case, by=cast.assistant)
    actions.stop_chat(case=case, by=cast.assistant)
    case.refresh_from_db()
    assert case.chat_started_at is None
    verbs = AuditEvent.objects.filter(verb__startswith="chat_").values_list("verb", flat=True)
    assert sorted(verbs) == ["chat_started", "chat_stopped"]
    with pytest.raises(Refused):
        actions.start_chat(case=case, by=cast.reviewer)


def test_a_mail_does_not_end_the_chat(case: Case, cast: Cast) -> None:
    actions.start_chat(case=case, by=cast.assistant)
    contact = actions.log_contact(case=case, by=cast.assistant, summary="A mail", channel="email")
    assert contact.started_at is None
    case.refresh_from_db()
    assert case.chat_started_at is not None


# What came of it --------------------------------------------------------------------------------------------------

BUTTONS = {
    "collecting": ["unblocking"],
    "in_review": ["unblocking"],
    "ready": ["submission", "unblocking"],
    "submitted": ["further-request", "unblocking"],
    "rejected": ["unblocking"],
    "unblocked": [],
}


@pytest.mark.parametrize("state", list(BUTTONS))
def test_the_newest_contact_has_the_buttons_that_fit(
    state: str, case: Case, cast: Cast, client_of: SignIn
) -> None:
    walk_to(case, state, cast)
    assert "What came of it?" not in page(client_of(cast.merchant), case)
    actions.log_contact(case=case, by=cast.assistant, summary="An earlier one")
    contact = actions.log_contact(case=case, by=cast.assistant, summary="They said so")
    shown = page(client_of(cast.merchant), case)
    address = f'action="{case.get_absolute_url()}contacts/{contact.pk}/outcome/'
    assert shown.count(address) == len(BUTTONS[state])
    for name in BUTTONS[state]:
        assert f'name="move" value="{name}"' in shown
    assert "What came of it?" not in page(client_of(cast.assistant), case)


def test_an_outcome_moves_the_case_with_the_words_of_the_chat_and_is_taken_back_by_one_line(
    case: Case, cast: Cast, client_of: SignIn
) -> None:
    walk_to(case, "submitted", cast)
    contact = actions.log_contact(case=case, by=cast.assistant, summary="The back of the card is blurred")
    merchant = client_of(cast.merchant)
    url = f"{case.get_absolute_url()}contacts/{contact.pk}/outcome/"
    merchant.post(f"{url}?seen=submitted.1", {"move": "further-request", "asked_for": ["card_back"]})
    case.refresh_from_db()
    assert (case.state, case.round) == ("collecting", 2)
    assert case.slots.get(kind="card_back").state == "missing"
    made = case.transitions.get(contact=contact)
    assert made.note == "The back of the card is blurred"
    shown = page(merchant, case)
    assert "What came of it?" not in shown
    assert "Take it back" in shown
    merchant.post(f"{case.get_absolute_url()}step-back/?seen=collecting.2", {"why": "Not this account"})
    case.refresh_from_db()
    assert (case.state, case.round) == ("submitted", 1)
    assert "What came of it?" in page(merchant, case)
    again = merchant.post(f"{url}?seen=submitted.1", {"move": "closing"}, follow=True).content.decode()
    assert "does not fit" in again


def test_a_contact_of_another_case_moves_nothing(case: Case, cast: Cast) -> None:
    other = actions.open_case(incident=make_incident(cast.team, cast.merchant), by=cast.merchant)
    contact = actions.log_contact(case=other, by=cast.merchant, summary="Unblocked")
    with pytest.raises(Refused, match="another case"):
        actions.move_case(case=case, move=moves.UNBLOCKING, by=cast.merchant, note="x", contact=contact)


def test_after_an_unblocking_the_thank_you_is_next_until_it_is_logged(case: Case, cast: Cast) -> None:
    walk_to(case, "submitted", cast)
    # One that was logged before there was anything to thank for counts for nothing.
    actions.log_contact(case=case, by=cast.merchant, summary="Thanks", purpose="thanks")
    contact = actions.log_contact(case=case, by=cast.merchant, summary="It is lifted")
    actions.move_case(case=case, move=moves.UNBLOCKING, by=cast.merchant, note="x", contact=contact)
    for role in ("merchant", "assistant"):
        assert case_summary(case, role=role).next_label == "Say thank you to AliExpress"
    assert not facts_of(case).thanked
    Contact.objects.filter(purpose="thanks").update(at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(Refused, match="Say thank you"):
        actions.move_case(case=case, move=moves.CLOSING, by=cast.merchant)
    actions.log_contact(case=case, by=cast.assistant, summary="Thanked", purpose="thanks")
    assert facts_of(case).thanked
    assert case_summary(case).next_label == "Delete the originals"
