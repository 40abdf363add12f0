"""The search by a customer's name. By numbers and addresses: `test_order_search.py`."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from closedorders.accounts.models import Membership, User
from closedorders.core.text.folding import folded
from closedorders.orders import querysets
from closedorders.orders.models import Customer, Store, StoreOrder
from tests.cast import Cast
from tests.factories import make_customer, make_store_order
from tests.imports.files import text

ClientOf = Callable[[Membership | None], Client]

on_postgresql = pytest.mark.services  # SQLite has no index of parts of names.


def names_found(cast: Cast, words: str, *, whole: bool = False) -> list[str]:
    orders = StoreOrder.objects.for_team(cast.team).matching(words, team=cast.team, whole=whole)
    return sorted(orders.values_list("customer__name", flat=True))


@pytest.mark.parametrize("words", ["garcia", "GARCIA", "García", "GARCÍA", "garci\u0301a", "arcí", "Gärcîå"])
def test_a_name_is_found_whatever_accents_and_case_it_is_typed_with(
    cast: Cast, store: Store, client_of: ClientOf, words: str
) -> None:
    accented, plain, loud, other = (
        make_store_order(store, make_customer(store, name=name))
        for name in ("Ana García", "Ana Garcia", "ANA GARCI\u0301A", "Ana Gracia")
    )
    page = text(client_of(cast.assistant).get(reverse("orders:orders", args=[cast.team.slug]), {"q": words}))
    for order in (accented, plain, loud):
        assert f'/orders/{order.pk}/" data-row-link' in page
    assert f'/orders/{other.pk}/" data-row-link' not in page


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("José Muñoz", "jose munoz"),
        ("José Muñoz", "JOSÉ MUÑOZ"),
        ("jose munoz", "José Muñoz"),
        ("Jürgen Weiß", "WEISS"),
        ("JÜRGEN WEISS", "weiß"),
        ("Søren Kjær", "soren kjaer"),
        ("Łukasz Wójcik", "lukasz wojcik"),
        ("İlker Işık", "ilker isik"),
        ("Nguyễn Thị Ánh", "nguyen thi anh"),
        ("Γιώργος", "ΓΙΩΡΓΟΣ"),
        ("АНДРЕЙ", "андреи"),
        ("김철수", "김철수"),
        ("100% Ann_Marie \\ Co", "% ANN_M"),
        ("Ann Marie \\ Co", "e \\ c"),
    ],
)
def test_accents_and_joined_letters_of_other_languages_are_no_hurdle(
    cast: Cast, store: Store, name: str, words: str
) -> None:
    make_store_order(store, make_customer(store, name=name))
    make_store_order(store, make_customer(store, name="Annamarie Peters"))
    assert names_found(cast, words) == [name]


@pytest.mark.parametrize("words", ["\u0301\u0308\u0303", "e\u0301a", "%%%", "___"])
def test_accents_alone_and_signs_find_nobody(cast: Cast, store: Store, words: str) -> None:
    make_store_order(store, make_customer(store, name="Léa García"))
    assert names_found(cast, words) == []


@pytest.mark.parametrize("words", ["Li", "li", "LÍ", "Li Na", "na li", "Na"])
def test_a_name_of_two_letters_is_found_and_no_longer_one_that_has_them(
    cast: Cast, store: Store, words: str
) -> None:
    for name in ("Li Na", "Lina Olin", "Alina"):
        make_store_order(store, make_customer(store, name=name))
    assert names_found(cast, words) == ["Li Na"]


def test_a_name_of_two_signs_is_found(cast: Cast, store: Store) -> None:
    make_store_order(store, make_customer(store, name="王伟"))
    assert names_found(cast, "王伟") == ["王伟"]


@pytest.mark.parametrize("words", ["García Ana", "ruiz ana garcia", "ana  garc", "garcia r"])
def test_the_words_of_a_name_are_found_in_any_order(cast: Cast, store: Store, words: str) -> None:
    make_store_order(store, make_customer(store, name="Ana García Ruiz"))
    make_store_order(store, make_customer(store, name="Ana Gil"))
    assert names_found(cast, words) == ["Ana García Ruiz"]


def test_a_name_of_very_many_customers_is_found_without_its_accents(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querysets, "CANDIDATES", 2)
    for number in range(4):
        make_store_order(store, make_customer(store, name=f"María {number}"))
    make_store_order(store, make_customer(store, name="María maria@example.com"))
    make_store_order(store, make_customer(store, name="Marta"))
    assert names_found(cast, "MARIA") == [f"María {number}" for number in range(4)]


@pytest.mark.parametrize("sign", ["@", "＠"])
def test_an_address_in_a_names_place_is_found_only_whole(cast: Cast, store: Store, sign: str) -> None:
    name = f"josé{sign}example.com"
    make_store_order(store, make_customer(store, name=name))
    for words in ("jose", "josé", "example", "example.com"):
        assert names_found(cast, words) == names_found(cast, words, whole=True) == []
    assert names_found(cast, "josé@example") == []
    assert names_found(cast, "JOSÉ@Example.com") == ([name] if sign == "@" else [])


def test_an_address_is_not_found_by_another_one_that_differs_in_an_accent(cast: Cast, store: Store) -> None:
    make_store_order(store, make_customer(store, name="", email="jose@example.com"))
    assert names_found(cast, "josé@example.com", whole=True) == []
    assert names_found(cast, "jose@example.com") == [""]


def test_the_database_folds_every_letter_of_latin_greek_and_cyrillic_as_python_does(db: None) -> None:
    letters = [
        character
        for character in map(chr, range(sys.maxunicode))
        if unicodedata.name(character, "").startswith(("LATIN ", "GREEK ", "CYRILLIC ", "COMBINING "))
        # Younger letters are in one of the two and not yet in the other.
        and unicodedata.ucd_3_2_0.category(character) != "Cn"
    ]
    assert len(letters) > 1_000
    with connection.cursor() as cursor:
        cursor.execute("SELECT FOLD_NAME(%s), FOLD_NAME(%s), FOLD_NAME(NULL)", ["|".join(letters), "Ann B."])
        accented, plain, nothing = cursor.fetchone()
    pairs = zip(letters, accented.split("|"), strict=True)
    assert [letter for letter, in_database in pairs if in_database != folded(letter)] == []
    assert (plain, nothing) == ("ann b.", None)


@on_postgresql
@pytest.mark.parametrize("lookup", ["name__folded__contains", "name__folded"])
def test_the_index_answers_the_search_for_a_name(db: None, lookup: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan TO off")
    plan = Customer.objects.filter(**{lookup: "José Muñoz"}).explain()
    assert "Bitmap Index Scan on customer_name_parts" in plan


@on_postgresql
def test_imports_pay_for_one_index_of_parts_of_names(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexdef ~ 'orders_customer.*trgm'")
        assert cursor.fetchall() == [("customer_name_parts",)]


def test_operators_find_people_without_typing_their_accents(client: Client, db: None) -> None:
    operator = User.objects.create_superuser("operator@example.org", None, name="Operator", language="en")
    User.objects.create_user("jm@example.org", None, name="José Muñoz", language="en")
    client.force_login(operator)
    page = text(client.get(reverse("admin:accounts_user_changelist"), {"q": "MUNOZ jose"}))
    assert "jm@example.org" in page
