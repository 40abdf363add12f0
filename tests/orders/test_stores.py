from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.orders.models import BuyerAccount, Store
from tests.cast import Cast
from tests.factories import make_buyer_account, make_store
from tests.imports.files import text

ClientOf = Callable[[Membership | None], Client]

STORE = {
    "name": "Casa Luna",
    "platform": "shopify",
    "currency": "eur",
    "language": "es",
    "sender_name": "Luna",
    "sender_email": "hola@casaluna.example",
    "reply_to": "",
}
ACCOUNT = {
    "label": "Main",
    "tier": "Gold",
    "state": "ok",
    "card_country": "es",
    "ordering_place": "Madrid",
    "alipay_verified_on": "",
}


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(f"orders:{name}", args=[cast.team.slug, *args])


def test_a_merchant_adds_and_changes_a_store(cast: Cast, client_of: ClientOf) -> None:
    browser = client_of(cast.merchant)
    assert browser.post(url(cast, "stores"), STORE).status_code == 302
    store = Store.objects.get(team=cast.team)
    assert (store.currency, store.language) == ("EUR", "es")
    browser.post(url(cast, "store", store.pk), STORE | {"reply_to": "luna@casaluna.example"})
    event = AuditEvent.objects.get(verb="store_changed")
    assert (event.before, event.after) == ({"reply_to": ""}, {"reply_to": "luna@casaluna.example"})
    assert AuditEvent.objects.filter(verb="store_added", thing_id=store.pk).exists()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("currency", "XYZ", "XYZ is not a currency code"),
        ("currency", "XAU", "XAU is not a currency code"),
        ("sender_email", "nobody", "valid email"),
        ("sender_name", "a\nBcc: x@y.z", "Write it in one line"),
    ],
)
def test_a_store_with_a_mistake_is_not_saved(
    cast: Cast, client_of: ClientOf, field: str, value: str, words: str
) -> None:
    page = client_of(cast.merchant).post(url(cast, "stores"), STORE | {field: value})
    assert words in text(page)
    assert not Store.objects.exists()


def test_two_stores_of_one_name_are_refused_with_a_sentence(cast: Cast, client_of: ClientOf) -> None:
    first, second = make_store(cast.team, name="Casa Luna"), make_store(cast.team, name="Other")
    browser = client_of(cast.merchant)
    assert "There is a store of this name" in text(
        browser.post(url(cast, "stores"), STORE | {"name": "casa luna"})
    )
    page = browser.post(url(cast, "store", second.pk), STORE | {"name": "CASA LUNA"})
    assert "This name is taken" in text(page)
    assert set(Store.objects.values_list("name", flat=True)) == {first.name, second.name}


def test_an_assistant_reads_the_names_and_nothing_else(cast: Cast, client_of: ClientOf) -> None:
    store = make_store(cast.team, name="Casa Luna", sender_email="hola@casaluna.example")
    account = make_buyer_account(cast.team, "Main", tier="Gold")
    browser = client_of(cast.assistant)
    page = text(browser.get(url(cast, "stores")))
    assert "Casa Luna" in page
    assert "hola@" not in page
    assert "Gold" not in text(browser.get(url(cast, "buyer_accounts")))
    browser.post(url(cast, "stores"), STORE | {"name": "New"})
    browser.post(url(cast, "buyer_accounts"), ACCOUNT | {"label": "New"})
    assert browser.get(url(cast, "store", store.pk)).status_code == 403
    assert browser.get(url(cast, "buyer_account", account.pk)).status_code == 403
    assert Store.objects.count() == BuyerAccount.objects.count() == 1


def test_a_merchant_adds_and_changes_a_buyer_account(cast: Cast, client_of: ClientOf) -> None:
    browser = client_of(cast.merchant)
    browser.post(url(cast, "buyer_accounts"), ACCOUNT)
    account = BuyerAccount.objects.get(team=cast.team)
    assert account.card_country == "ES"
    browser.post(url(cast, "buyer_account", account.pk), ACCOUNT | {"state": "blocked"})
    account.refresh_from_db()
    assert account.state == "blocked"
    assert AuditEvent.objects.get(verb="buyer_account_changed").after == {"state": "blocked"}
    page = browser.post(url(cast, "buyer_account", account.pk), ACCOUNT | {"card_country": "Q9"})
    assert "Not a country code" in text(page)


@pytest.mark.parametrize("name", ["store", "buyer_account"])
def test_another_teams_are_not_found(cast: Cast, other_cast: Cast, client_of: ClientOf, name: str) -> None:
    thing = make_store(cast.team) if name == "store" else make_buyer_account(cast.team)
    assert client_of(other_cast.merchant).get(url(other_cast, name, thing.pk)).status_code == 404


def test_a_reviewer_has_no_business_here(cast: Cast, client_of: ClientOf) -> None:
    for name in ("stores", "buyer_accounts"):
        assert client_of(cast.reviewer).get(url(cast, name)).status_code == 403
