"""Finding in a letter what belongs to another customer."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from closedorders.outreach.texts.only_yours import Belonging, OnlyYours, Owner, first_strays

ANA = Owner(
    key=1,
    name="Ana Ruiz",
    first_name="Ana",
    address="ana@a.example",
    numbers=("#1001", "77"),
    codes=("ana10-7k",),
)
EVA = Owner(
    key=2,
    name="Eva Sanz Gil",
    first_name="Eva",
    address="eva@a.example",
    numbers=("#1002", "88", "2026"),
    codes=("EVA10-9z",),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hi Ana, your orders #1001 and #77: ana10-7k, ana@a.example.", []),
        ("Your orders #1001, #1002.", [(Belonging.ORDER, "#1002")]),
        ("Your order 1002!", [(Belonging.ORDER, "1002")]),
        ("Use eva10-9Z.", [(Belonging.CODE, "eva10-9z")]),
        ("Write to eva@a.example", [(Belonging.ADDRESS, "eva@a.example")]),
        ("Hi EVA,", [(Belonging.NAME, "eva")]),
        ("for Ana and eva sanz gil", [(Belonging.NAME, "eva"), (Belonging.NAME, "eva sanz gil")]),
        # Amounts, parts and short numbers that happen to be somebody's order number.
        ("88 % of it, 88% of €88 and 88 parcels", []),
        ("Hi Evaristo, evaluate", []),
    ],
)
def test_what_is_anothers_is_found_in_whatever_form(text: str, found: list[tuple[Belonging, str]]) -> None:
    lookup = OnlyYours([ANA, EVA])
    assert [(stray.what, stray.words) for stray in lookup.strays_in(1, text)] == found
    assert all((stray.reader, stray.owner) == (1, 2) for stray in lookup.strays_in(1, text))


def test_two_customers_of_one_name_have_it_both() -> None:
    lookup = OnlyYours([ANA, replace(EVA, name="Ana Ruiz", first_name="Ana")])
    assert lookup.strays_in(1, "Hi Ana Ruiz") == lookup.strays_in(2, "Hi Ana Ruiz") == []


def test_what_stands_in_every_letter_is_nobodys() -> None:
    text = "Eva shop, signed Eva Sanz Gil, on 3 May 2026"
    assert OnlyYours([ANA, EVA], shared=["Eva shop", "Eva Sanz Gil", "3 May 2026"]).strays_in(1, text) == []
    assert OnlyYours([ANA, EVA]).strays_in(1, text) != []


def test_a_first_name_in_the_merchants_own_words_is_no_customer_but_an_order_number_is() -> None:
    lookup = OnlyYours([ANA, EVA], wording=["A scarf of the Eva collection, like #1002"])
    assert [stray.words for stray in lookup.strays_in(1, "A scarf of the Eva collection, like #1002")] == [
        "#1002"
    ]


def test_amounts_of_the_customers_own_are_no_order_numbers() -> None:
    lookup = OnlyYours([replace(ANA, also=("2026 €",)), EVA])
    assert lookup.strays_in(1, "You get 2026 € back") == []


def test_ten_thousand_letters_are_looked_through_in_seconds() -> None:
    owners = [
        Owner(key=n, name=f"Ana Ruiz{n}", first_name="Ana", numbers=(f"#{1000 + n}",), codes=(f"ana-{n:05}",))
        for n in range(10_000)
    ]
    words = "Hi Ana, we are sorry about what happened to your order and will make it good. " * 15
    letters = [(n, f"{words} #{1000 + n} ana-{n:05} Ana Ruiz{n}") for n in range(9_999)]
    started = time.process_time()
    lookup = OnlyYours(owners)
    assert first_strays(lookup, letters) == []
    assert time.process_time() - started < 15
    assert len(first_strays(lookup, [*letters, (9_999, f"{words} #1000 #1001")], most=1)) == 1
