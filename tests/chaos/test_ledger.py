"""That the comparison sees each way in which a promise can be broken."""

from __future__ import annotations

from tests.chaos.fates import Fates
from tests.chaos.ledger import Row, compare

ANA, BEA, EVA = "ana@example.com", "bea@example.com", "eva@example.com"


def _rows(**states: str) -> list[Row]:
    return [Row(f"{name}@example.com", state, "why") for name, state in states.items()]


def test_one_mail_each_and_one_open_question_break_no_promise() -> None:
    found = compare([ANA, BEA], _rows(ana="sent", bea="sent", eva="uncertain"), expected=[ANA, BEA, EVA])
    assert found.broken(may_be_uncertain=1) == []
    assert (found.sent, [row.recipient for row in found.uncertain]) == (2, [EVA])


def test_a_second_mail_to_one_customer_is_seen() -> None:
    found = compare([ANA, BEA, ANA], _rows(ana="sent", bea="sent"), expected=[ANA, BEA])
    assert found.twice == [ANA]
    assert found.broken(may_be_uncertain=0) == ["1 told twice: ana@example.com"]


def test_a_mail_that_left_before_its_question_and_again_after_it_is_seen() -> None:
    assert compare([ANA, ANA], _rows(ana="uncertain"), expected=[ANA]).twice == [ANA]


def test_a_customer_without_mail_and_without_question_is_seen_with_a_row_and_without() -> None:
    found = compare([], _rows(ana="deferred"), expected=[ANA, BEA])
    assert found.lost == [ANA, BEA]
    assert found.broken(may_be_uncertain=0) == ["2 lost: ana@example.com, bea@example.com"]


def test_a_mail_of_which_the_outbox_does_not_know_is_seen() -> None:
    assert compare([ANA], _rows(ana="failed"), expected=[ANA]).lost == [ANA]


def test_sent_without_a_mail_is_seen() -> None:
    found = compare([BEA], _rows(ana="sent", bea="sent"), expected=[ANA, BEA])
    assert found.broken(may_be_uncertain=0) == ["1 said to be sent and were not: ana@example.com"]


def test_more_questions_than_deaths_can_explain_are_seen_and_so_is_one_without_a_reason() -> None:
    found = compare([], [Row(ANA, "uncertain", "")], expected=[ANA])
    assert found.broken(may_be_uncertain=0) == [
        "1 uncertain without a reason: ana@example.com",
        "1 uncertain, and 0 may be",
    ]


def test_the_mail_server_does_the_same_to_each_customer_in_every_run_of_one_seed() -> None:
    def suffered(seed: int) -> list[str]:
        fates = Fates(seed)
        met = []
        for number in range(3_000):
            who = [f"customer{number}@example.com"]
            met += [
                f"{who[0]} {at} {act.does}" for at in ("rcpt", "content", "dot") if (act := fates(at, who))
            ]
        return met

    assert suffered(7) == suffered(7) != suffered(8)
    assert 20 <= len(suffered(7)) <= 90  # One and a half in a hundred.
