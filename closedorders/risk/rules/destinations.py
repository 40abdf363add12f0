"""Cause 2: one place of ordering and many countries, seen from the card's country."""

from __future__ import annotations

from decimal import Decimal

from .base import Facts, Reading, Signal, State, Thresholds, signal, staleness

#: The article names the pattern without a number. Ours: half of the orders abroad, and at least five countries.
ABROAD_WATCH, COUNTRIES_WATCH = 50, 5


def judge(facts: Facts, thresholds: Thresholds) -> Signal:
    if facts.accounts_without_place:
        return signal(Reading(State.UNKNOWN, "place_missing", {"accounts": facts.accounts_without_place}))
    if (stale := staleness(facts)) is not None:
        return signal(stale)
    if not facts.orders_with_country:
        return signal(Reading(State.UNKNOWN, "no_destinations"))
    percent = int(Decimal(facts.orders_abroad) * 100 / facts.orders_with_country)
    numbers = {
        "abroad": facts.orders_abroad,
        "orders": facts.orders_with_country,
        "percent": percent,
        "countries": facts.ship_countries,
    }
    many = percent >= ABROAD_WATCH and facts.ship_countries >= COUNTRIES_WATCH
    reading = (
        Reading(State.WATCH, "many_countries", numbers)
        if many
        else Reading(State.OK, "few_countries", numbers)
    )
    return signal(reading, value=percent, threshold=ABROAD_WATCH)
