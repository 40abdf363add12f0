"""A case's first question: what AliExpress verifies. Its answer says which documents are asked for."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases import actions, moves
from closedorders.cases.models import Case, Review
from closedorders.cases.reads import case_summary
from closedorders.cases.verification import ASKED_FOR, asked_for, propose
from closedorders.closures.models import Closure
from closedorders.core.refusals import Refused
from closedorders.documents.kinds import RULES
from tests.cases.conftest import walk_to
from tests.cast import Cast
from tests.factories import make_incident, make_supplier_order

SignIn = Callable[[Membership | None], Client]

TABLE = {
    "card": ["card_front", "card_back", "identity", "statement"],
    "company_card": ["card_front", "card_back", "business", "statement"],
    "account": ["card_front", "card_back", "identity", "driving_licence", "business", "contact"],
    "unsure": ["card_front", "card_back", "identity", "driving_licence", "business", "contact", "statement"],
}


def kinds(case: Case) -> list[str]:
    return list(case.slots.values_list("kind", flat=True))


@pytest.mark.parametrize("verification", list(TABLE))
def test_each_verification_asks_for_these_documents(verification: str, case: Case, cast: Cast) -> None:
    actions.set_verification(case=case, verification=verification, by=cast.merchant)
    assert sorted(kinds(case)) == sorted(TABLE[verification])
    assert [kind.value for kind in asked_for(verification)] == TABLE[verification]


def test_every_answer_has_its_documents_and_every_document_its_rules() -> None:
    assert set(ASKED_FOR) == set(Case.Verification.values) == set(TABLE)
    assert {kind for found in ASKED_FOR.values() for kind in found} <= set(RULES)


def test_a_case_nobody_answered_for_asks_for_all_and_the_question_comes_first(case: Case, cast: Cast) -> None:
    assert kinds(case) == TABLE["unsure"]
    assert case_summary(case).next_label == "Say which verification it is"
    actions.set_verification(case=case, verification="unsure", by=cast.merchant)
    case.refresh_from_db()
    assert case_summary(case).next_label == "Get the documents ready"


def test_another_answer_keeps_what_has_a_document_a_tick_or_a_decision(case: Case, cast: Cast) -> None:
    slots = {slot.kind: slot for slot in case.slots.all()}
    actions.set_slot(slot=slots["driving_licence"], state="ready", by=cast.merchant)
    actions.set_slot(slot=slots["statement"], state="not_needed", by=cast.merchant)
    actions.set_verification(case=case, verification="card", by=cast.merchant)
    states = dict(case.slots.values_list("kind", "state"))
    assert states == {
        "card_front": "missing",
        "card_back": "missing",
        "identity": "missing",
        "driving_licence": "ready",
        "statement": "missing",
    }
    event = AuditEvent.objects.get(verb="verification_set")
    assert (event.before, event.after) == ({"verification": ""}, {"verification": "card"})


def test_the_answer_changes_while_documents_are_collected_and_by_a_merchant_only(
    case: Case, cast: Cast
) -> None:
    for by in (cast.assistant, cast.reviewer):
        with pytest.raises(Refused):
            actions.set_verification(case=case, verification="card", by=by)
    with pytest.raises(Refused, match="Choose what"):
        actions.set_verification(case=case, verification="passport", by=cast.merchant)
    walk_to(case, "in_review", cast)
    with pytest.raises(Refused, match="With the reviewer"):
        actions.set_verification(case=case, verification="card", by=cast.merchant)


@pytest.mark.parametrize(
    ("texts", "verification"),
    [
        (["CSC_7200026"], "card"),
        (["CSC 7200031: please appeal"], "account"),
        (["Your card has expired"], "card"),
        (["Account is suspended"], "account"),
        # A code that names the verification counts before the card that failed.
        (["CSC_7200031", "insufficient funds"], "account"),
        (["CSC_7200026", "CSC_7200031"], ""),
        (["insufficient funds", "Account is blocked"], ""),
        (["Closed due to security"], ""),
        ([], ""),
    ],
)
def test_words_and_codes_of_aliexpress_propose_an_answer(texts: list[str], verification: str) -> None:
    found = propose(texts)
    assert (found.verification.value if found else "") == verification


def test_the_page_marks_the_proposal_and_shows_what_each_document_must_show(
    cast: Cast, client_of: SignIn
) -> None:
    incident = make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team)])
    Closure.objects.update(words="Payment failed: CSC_7200026")
    case = actions.open_case(incident=incident, by=cast.merchant)
    merchant = client_of(cast.merchant)
    page = unescape(merchant.get(case.get_absolute_url()).content.decode())
    assert "AliExpress wrote “CSC_7200026”" in page
    assert 'value="card" id="id_verification_0" checked' in " ".join(page.split()) or 'value="card"' in page
    assert "All other digits of the number." in page
    merchant.post(f"{case.get_absolute_url()}verification/", {"verification": "company_card"})
    case.refresh_from_db()
    assert case.verification == "company_card"
    assert "A company's card" in unescape(
        client_of(cast.assistant).get(case.get_absolute_url()).content.decode()
    )


def test_what_aliexpress_asked_for_in_this_round_stays_whatever_the_answer(case: Case, cast: Cast) -> None:
    actions.set_verification(case=case, verification="card", by=cast.merchant)
    walk_to(case, "submitted", cast)
    asked = ["driving_licence"]
    actions.move_case(
        case=case, move=moves.FURTHER_REQUEST, by=cast.merchant, note="Licence", asked_for=asked
    )
    actions.set_verification(case=case, verification="company_card", by=cast.merchant)
    assert case.slots.get(kind="driving_licence").state == "missing"


def test_what_somebody_looked_at_stays_whatever_the_answer(case: Case, cast: Cast) -> None:
    Review.objects.create(slot=case.slots.get(kind="contact"), by=cast.reviewer, ended_at=timezone.now())
    actions.set_verification(case=case, verification="card", by=cast.merchant)
    assert Review.objects.count() == 1
    assert "contact" in kinds(case)
    assert "business" not in kinds(case)
