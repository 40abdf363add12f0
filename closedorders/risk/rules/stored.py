"""Facts turned into JSON and back, for whoever stores them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from datetime import date
from decimal import Decimal
from typing import Any

from .base import (
    AccountFacts,
    ChangeFacts,
    Facts,
    FundsFacts,
    KnownDays,
    PaymentFailure,
    SignIns,
    State,
    SupplierFacts,
    TripFacts,
)


def facts_to_json(facts: Facts) -> dict[str, Any]:
    """Amounts and days become text, tuples lists."""
    stored: dict[str, Any] = json.loads(json.dumps(asdict(facts), default=str))
    return stored


def facts_from_json(stored: Mapping[str, Any]) -> Facts:
    """What `facts_to_json` made of facts, turned back. What an older version did not store has its default."""
    values = {each.name: stored[each.name] for each in fields(Facts) if each.name in stored}
    return Facts(**{name: _READ[name](value) if name in _READ else value for name, value in values.items()})


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None


def _account(stored: Mapping[str, Any]) -> AccountFacts:
    return AccountFacts(
        stored["pk"],
        stored["label"],
        tuple(map(Decimal, stored["spent"])),
        tuple(stored["orders"]),
        {whom: date.fromisoformat(day) for whom, day in stored["told"].items()},
    )


def _funds(stored: Mapping[str, Any]) -> FundsFacts:
    amounts = {name: _decimal(stored[name]) for name in ("available", "limit")}
    known = {name: Decimal(stored[name]) for name in ("to_pay", "spent_today")}
    return FundsFacts(**{**stored, **amounts, **known, "stated_on": date.fromisoformat(stored["stated_on"])})


def _sign_ins(stored: Mapping[str, Any]) -> SignIns:
    return SignIns(
        networks=tuple((network, office, people) for network, office, people in stored["networks"]),
        people=stored["people"],
        offices=stored["offices"],
        outside=tuple(stored["outside"]),
        proxied=tuple(stored["proxied"]),
        a_day=tuple((who, networks) for who, networks in stored["a_day"]),
    )


def _days(*names: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return lambda stored: {**stored, **{name: date.fromisoformat(stored[name]) for name in names}}


def _each(read: Callable[[Any], Any]) -> Callable[[list[Any]], tuple[Any, ...]]:
    return lambda stored: tuple(map(read, stored))


#: Field -> how it is read back; all others are as JSON has them.
_READ: Mapping[str, Callable[[Any], Any]] = {
    "today": date.fromisoformat,
    "refunds_missing": Decimal,
    "accounts": _each(_account),
    "rated": _each(lambda row: (row[0], Decimal(row[1]), date.fromisoformat(row[2]), row[3])),
    "destinations": _each(tuple),
    "trips": _each(lambda row: TripFacts(**_days("starts", "ends")(row))),
    "changes": _each(lambda row: ChangeFacts(**_days("day")(row))),
    "suppliers": _each(lambda row: SupplierFacts(**row)),
    "unrated": tuple,
    "accounts_without_place": tuple,
    "sign_ins": _sign_ins,
    "funds": _each(_funds),
    "failures": _each(lambda row: PaymentFailure(**row)),
    "methods": _each(tuple),
    "known_days": _each(lambda row: KnownDays(**_days("starts", "ends")(row))),
    "snoozed": _each(lambda row: (row[0], row[1], State(row[2]))),
}
