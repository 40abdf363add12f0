"""One figure in the home currency, by stated rates only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone, translation

from closedorders.accounts.exchange.actions import state_rate
from closedorders.accounts.exchange.figures import home_figure
from closedorders.accounts.models import AuditEvent, ExchangeRate, Membership, Team
from closedorders.core.money import Total, format_whole_money
from closedorders.core.refusals import Refused
from tests.cast import Cast
from tests.factories import make_incident, make_store, make_store_order, make_supplier_order, reason

SignIn = Callable[[Membership | None], Client]

EURO = Total(Decimal("714.86"), "EUR", 20)
POUND = Total(Decimal("44.75"), "GBP", 2)
DOLLAR = Total(Decimal("30.93"), "USD", 1)


@pytest.fixture
def team(cast: Cast) -> Team:
    cast.team.currency = "EUR"
    cast.team.save()
    return cast.team


def state(cast: Cast, currency: str, rate: str, **fields: object) -> ExchangeRate:
    given = {"stated_on": date(2026, 11, 20), "source": "ECB", "by": cast.merchant} | fields
    return state_rate(team=cast.team, currency=currency, rate=Decimal(rate), **given)  # type: ignore[arg-type]  # by name


def test_amounts_of_several_currencies_are_one_figure_once_each_has_a_rate(team: Team, cast: Cast) -> None:
    totals = [EURO, POUND, DOLLAR]
    assert home_figure(team, totals).value == "€714.86 + £44.75 + $30.93"
    state(cast, "GBP", "1.15")
    assert home_figure(team, totals).value == "€714.86 + £44.75 + $30.93", "one rate is missing"
    state(cast, "USD", "0.92", stated_on=date(2026, 11, 22), source="PayPal")
    figure = home_figure(team, totals)
    # 714.86 + 44.75 × 1.15 + 30.93 × 0.92 = 794.7781
    assert figure.value == "about €795"
    assert figure.parts == "€714.86 + £44.75 + $30.93, at rates of 20 Nov 2026"
    assert "1 GBP = 1.15 EUR on 20 Nov 2026 (ECB)" in figure.rates
    assert "1 USD = 0.92 EUR on 22 Nov 2026 (PayPal)" in figure.rates


def test_what_is_all_in_the_home_currency_is_exact_and_asks_for_no_rate(team: Team) -> None:
    assert home_figure(team, [EURO]).as_figure() == {"value": "€714.86", "parts": "", "title": ""}
    assert home_figure(team, []).value == "–"
    assert home_figure(team, [Total(Decimal(5), "", 1)]).value == "5", (
        "of an unknown currency there is no rate"
    )


def test_a_rate_for_another_home_currency_is_not_used(team: Team, cast: Cast) -> None:
    state(cast, "GBP", "1.15")
    team.currency = "USD"
    team.save()
    assert home_figure(team, [POUND]).value == "£44.75"


def test_whole_amounts_are_written_the_readers_way() -> None:
    assert format_whole_money(Decimal("12794.5"), "EUR", "en") == "€12,795"
    assert format_whole_money(Decimal("12794.5"), "EUR", "es") == "12.795\xa0€"
    assert format_whole_money(Decimal("4.75"), "EUR", "en") == "€4.75"


def test_a_stated_rate_replaces_the_one_before_and_both_are_in_the_trail(team: Team, cast: Cast) -> None:
    state(cast, "GBP", "1.15")
    state(cast, "GBP", "1.20", source="Bank")
    assert ExchangeRate.objects.get().rate == Decimal("1.2")
    event = AuditEvent.objects.filter(verb="rate_stated").latest("pk")
    assert (event.before["exchange_rate"], event.after["exchange_rate"]) == ("1.15", "1.2")


def test_only_a_merchant_states_a_rate_that_can_be_true(team: Team, cast: Cast, other_cast: Cast) -> None:
    for person in (cast.assistant, cast.reviewer, other_cast.merchant):
        with pytest.raises(Refused):
            state(cast, "GBP", "1.15", by=person)
    for currency, rate, day in (
        ("EUR", "1", date(2026, 11, 20)),
        ("GBP", "0", date(2026, 11, 20)),
        ("GBP", "1", timezone.localdate() + timedelta(days=2)),
    ):
        with pytest.raises(Refused):
            state(cast, currency, rate, stated_on=day)
    assert not ExchangeRate.objects.exists()


def test_the_page_takes_a_rate_and_today_shows_one_figure(team: Team, cast: Cast, client_of: SignIn) -> None:
    bought = [
        make_supplier_order(team, make_store_order(make_store(team), currency=code, total=Decimal(100)))
        for code in ("EUR", "GBP")
    ]
    incident = make_incident(team, cast.merchant, bought, reason=reason())
    client, url = client_of(cast.merchant), f"/t/{team.slug}/settings/rates/"
    wrong = client.post(url, {"currency": "gpb", "rate": "0", "stated_on": "2999-01-01", "source": ""})
    for words in ("GPB is not a currency code", "more than zero", "in the future"):
        assert words in wrong.content.decode()
    given = {"currency": "gbp", "rate": "1.15", "stated_on": "2026-11-20", "source": "ECB"}
    assert "1.15" in client.post(url, given, follow=True).content.decode()
    for path in ("", f"incidents/{incident.number}/"):
        page = client.get(f"/t/{team.slug}/{path}").content.decode()
        assert "about €215" in page
        assert "€100.00 + £100.00" in page
        assert 'title="1 GBP = 1.15 EUR on 20 Nov 2026 (ECB)"' in page
    client.post(f"{url}{ExchangeRate.objects.get().pk}/removal/")
    assert "about" not in client.get(f"/t/{team.slug}/").content.decode().partition("Value at risk")[2][:200]


def test_the_figure_is_in_the_readers_language(team: Team, cast: Cast) -> None:
    state(cast, "GBP", "1.15")
    with translation.override("es"):
        assert "51\xa0€" in home_figure(team, [POUND]).value
