from __future__ import annotations

import pytest

from closedorders.core.refusals import Refused
from closedorders.orders.models import Customer
from closedorders.outreach.audience import find_audience
from closedorders.outreach.recipients.actions import choose_language
from closedorders.outreach.recipients.languages import language_in_words
from tests.cast import Cast
from tests.factories import make_customer, make_store
from tests.outreach.pages.responses import SignIn, text_of, url_of
from tests.outreach.scenes import draft, make_scene


@pytest.mark.parametrize(
    ("of_file", "ships_to", "chosen"),
    [
        ("es", "GB", "Spanish: the shop's order file says so."),
        ("", "GB", "English: the order ships to GB."),
        ("", "MX", "Spanish: the order ships to MX."),
        ("", "DE", "Spanish: the language of the store's customers."),
        ("fr", "US", "English: the order ships to US."),
    ],
)
def test_the_language_is_the_customers_else_the_countrys_else_the_stores(
    of_file: str, ships_to: str, chosen: str, cast: Cast
) -> None:
    store = make_store(cast.team, language="es")
    ana = make_customer(store, "Ana Ruiz", language=of_file, country="")
    scene = make_scene(cast.merchant, store=store, customers=[ana], ship_country=ships_to)
    [person] = find_audience(incident=scene.incident, store=store, kind="resolution").included
    assert person.chosen is not None
    assert language_in_words(person.chosen) == chosen


def test_a_merchant_chooses_the_language_on_the_preview_and_takes_it_back(
    cast: Cast, client_of: SignIn
) -> None:
    store = make_store(cast.team, language="es")
    ana = make_customer(store, "Ana Ruiz", language="")
    campaign = draft(make_scene(cast.merchant, store=store, customers=[ana], ship_country="ES"))
    client = client_of(cast.merchant)
    answer = client.post(url_of("language", campaign), {"customer": ana.pk, "language": "en", "person": "1"})
    assert answer.headers["Location"].endswith("?step=preview&person=1#preview")
    page = text_of(client.get(url_of("campaign", campaign)))
    assert "English: a person of your team chose it." in page
    assert 'class="letter" lang="en"' in page
    client.post(url_of("language", campaign), {"customer": ana.pk, "language": ""})
    assert "Spanish: the order ships to ES." in text_of(client.get(url_of("campaign", campaign)))
    assert Customer.objects.get().edited_fields == []
    assert client.post(url_of("language", campaign), {"customer": "0"}).status_code == 404


def test_nobody_is_written_to_in_a_language_without_words(cast: Cast) -> None:
    ana = make_customer(make_store(cast.team), "Ana Ruiz")
    with pytest.raises(Refused):
        choose_language(customer=ana, language="fr", by=cast.merchant)


def test_the_list_names_who_is_written_to_with_their_language(cast: Cast, client_of: SignIn) -> None:
    campaign = draft(make_scene(cast.merchant, 3))
    page = text_of(client_of(cast.merchant).get(url_of("campaign", campaign)))
    who = page.split('id="who"')[1].split('id="offer"')[0]
    assert who.count("Leave out</button>") == 3
    assert "?step=preview&amp;person=3#preview" in who
