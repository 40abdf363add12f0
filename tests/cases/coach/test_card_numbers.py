"""Whoever sees a card's number may paste it into a note: only its last four digits are stored."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases import actions, moves
from closedorders.cases.models import Case, Contact
from closedorders.orderfiles.cells.cards_in_notes import with_masked_cards
from tests.cases.conftest import walk_to
from tests.cast import Cast
from tests.factories import make_supplier_order

SignIn = Callable[[Membership | None], Client]

CARD = "4242424242424242"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("4242424242424242", "•••• 4242"),
        ("Card 4242 4242 4242 4242, exp. 12/27", "Card •••• 4242, exp. 12/27"),
        ("N.5555-5555-5555-4444.", "N.•••• 4444."),
        ("x5555.5555.5555.4444x", "x•••• 4444x"),
        ("3782\N{NO-BREAK SPACE}822463\N{NO-BREAK SPACE}10005", "•••• 0005"),
        ("4242 42424242 4242 and 6011111111111117", "•••• 4242 and •••• 1117"),
        # No card: the check digit is wrong, too long, or of no issuer.
        ("4242424242424241", "4242424242424241"),
        ("424242424242424242421", "424242424242424242421"),
        ("8201447122035519", "8201447122035519"),
        ("Call +34 612 345 678", "Call +34 612 345 678"),
        ("JCB 3566002020360505", "JCB •••• 0505"),
        ("", ""),
    ],
)
def test_a_card_keeps_its_last_four_digits_and_other_numbers_stay(text: str, stored: str) -> None:
    assert with_masked_cards(text) == stored


def test_no_word_in_front_of_a_card_makes_it_an_orders_number() -> None:
    for words in ("AliExpress says card", "ali order", "AE:"):
        assert with_masked_cards(f"{words} {CARD} is blocked") == f"{words} •••• 4242 is blocked"


@pytest.mark.parametrize(
    "number",
    [
        "4242  4242  4242  4242",
        "4242\N{EN DASH}4242\N{EN DASH}4242\N{EN DASH}4242",
        "4242\N{NON-BREAKING HYPHEN}4242\N{NON-BREAKING HYPHEN}4242\N{NON-BREAKING HYPHEN}4242",
        "4242 - 4242 - 4242 - 4242",
        "4242 4242\n4242 4242",
        "4242/4242/4242/4242",
        "４２４２　４２４２　４２４２　４２４２",
        "424242 4242424242",
        "42 42 42 42 42 42 42 42",
        "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2",
    ],
)
def test_a_card_is_masked_however_its_digits_are_apart(number: str) -> None:
    assert with_masked_cards(f"Card {number}, 12/27") == "Card •••• 4242, 12/27"
    assert with_masked_cards(f"{number}") == "•••• 4242"


def test_two_cards_in_a_row_are_both_masked() -> None:
    assert with_masked_cards(f"{CARD} 5555555555554444") == "•••• 4242 •••• 4444"
    assert with_masked_cards(f"8201447122035519 {CARD} 12/27") == "8201447122035519 •••• 4242 12/27"
    both = with_masked_cards("4242 4242 4242 4242 5555 5555 5555 4444")
    assert both.endswith("•••• 4444")
    assert "4242 4242" not in both


def test_numbers_of_orders_telephones_and_days_side_by_side_stay() -> None:
    orders = [str(8_201_447_122_035_519 + 7_919 * each) for each in range(300)]
    three = [str(3_041_447_122_035_519 + 7_919 * each) for each in range(300)]
    phones = [f"+34 6{each:02d} 345 6{each:02d}" for each in range(100)]
    local = [f"6{each:02d}345{each:02d}8" for each in range(100)]
    pairs = [f"06 12 34 {each:02d} 78" for each in range(100)]
    days = [f"2026-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 29)]
    written = [f"{day:02d}/{month:02d}/2026" for month in range(1, 13) for day in range(1, 29)]
    for numbers in (orders, three, phones, local, pairs, days, written):
        for between in (" ", "\n", " / ", " - ", ", "):
            text = between.join(numbers)
            assert with_masked_cards(text) == text
    mixed = "\n".join(" ".join(each) for each in zip(phones, orders, days, local, strict=False))
    assert with_masked_cards(mixed) == mixed


def test_every_note_of_a_case_is_masked_before_it_is_stored(case: Case, cast: Cast) -> None:
    contact = actions.log_contact(
        case=case, by=cast.merchant, summary=f"They saw {CARD}", agent=CARD, promise=f"{CARD} by noon"
    )
    contact.refresh_from_db()
    assert (contact.summary, contact.agent, contact.promise) == (
        "They saw •••• 4242",
        "•••• 4242",
        "•••• 4242 by noon",
    )
    slot = actions.add_slot(case=case, label=f"Statement of {CARD}", by=cast.merchant)
    assert slot.label == "Statement of •••• 4242"
    actions.set_slot(slot=slot, state="ready", by=cast.merchant)
    walk_to(case, "submitted", cast)
    made = actions.move_case(case=case, move=moves.REJECTION, by=cast.merchant, note=f"Not {CARD}")
    assert made.note == "Not •••• 4242"
    actions.step_back(transition=made, why=f"Wrong {CARD}", by=cast.merchant)
    made.refresh_from_db()
    assert made.taken_back_why == "Wrong •••• 4242"
    assert not [event for event in AuditEvent.objects.all() if CARD in f"{event.before}{event.after}"]


def test_the_number_of_an_order_of_the_team_survives_though_it_looks_like_a_card(
    case: Case, cast: Cast, other_cast: Cast
) -> None:
    make_supplier_order(cast.team, number=CARD)
    make_supplier_order(other_cast.team, number="5555555555554444")
    contact = actions.log_contact(case=case, by=cast.merchant, summary=f"{CARD} and 5555555555554444")
    assert contact.summary == f"{CARD} and •••• 4444"


def test_the_page_says_that_a_number_was_masked(case: Case, cast: Cast, client_of: SignIn) -> None:
    client, url = client_of(cast.assistant), f"{case.get_absolute_url()}contacts/"
    assert "last four digits only" in client.get(case.get_absolute_url()).content.decode()
    fields = {"purpose": "ask", "channel": "chat"}
    page = client.post(url, fields | {"summary": "Nothing new\n"}, follow=True).content.decode()
    assert "A number looked like a card" not in page
    page = client.post(url, fields | {"summary": f"They saw {CARD}"}, follow=True).content.decode()
    assert "A number looked like a card" in page
    assert CARD not in page
    assert Contact.objects.filter(summary="They saw •••• 4242").exists()
