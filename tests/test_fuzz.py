"""Garbage into every page of a team, as every role: never a server error. Seeded, so a failure comes again."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from closedorders.accounts.models import Membership
from tests.cast import Cast
from tests.test_permissions import TEAM_ROUTES, Route
from tests.world import foreign_arguments

SignIn = Callable[[Membership | None], Client]

NAMES = (
    "account", "address", "agent", "alipay_verified_on", "answer", "body", "card_country", "cause", "channel", "closed_at",
    "closure", "code_expires_on", "code_percent", "count", "currency", "customer", "date_order", "detail", "do", "done",
    "email", "filter_reason", "follow_up_at", "gift", "hours", "incident", "kind", "label", "language", "name",
    "new_account", "new_date", "newest", "note", "number", "numbers", "ordering_place", "outcome", "person", "pk",
    "platform", "promise", "promised_by", "purpose", "reason", "refund_base", "refund_percent", "replacement", "reply_to",
    "role", "scope", "seen", "sender_email", "sender_name", "state", "store", "subject", "summary", "tier", "time_zone",
    "valid_until", "verdict", "verified_on", "view", "what_happened", "words", "next", "before", "after", "q", "phase", "log",
    "buyer_account",
)  # fmt: skip
GARBAGE = (
    "", "\0", "a\0b", "-1", "0", "²", "٣", "9" * 19, "9" * 5000, "1e400", "NaN", "x" * 300, "x" * 5001, "\ud7ff\uffff",
    "2026-02-31", "0001-01-01", "9999-12-31", "0001-01-01T00:00", "9999-12-31T23:59", "5.0001-01-01T00:00:00+14:00",
    "5.9999-12-31T23:59:59-12:00", "{{7*7}}", "{first_name.__class__}", "=cmd|'/C calc'!A0", "<script>", "../../etc/passwd",
    "a@b", f"{'a' * 300}@example.com", "a@example.com\nBcc: b@example.com", "🦜", "EUR", "ZZ9", "not_sure", "1",
    "ask_again", "8201000000000001", "https://evil.example/", "//evil.example", "sent", "open", "matching", "ticked",
)  # fmt: skip
# Answers that make a form valid but for the one field that is garbage, where a form asks for several.
FITTING: dict[str, dict[str, str]] = {
    "orders:stores": {"name": "Shop", "platform": "other", "currency": "EUR", "language": "en"},
    "orders:store": {"name": "Shop", "platform": "other", "currency": "EUR", "language": "en"},
    "orders:buyer_accounts": {"label": "Account", "state": "ok"},
    "orders:buyer_account": {"label": "Account", "state": "ok"},
    "orders:order_customer": {"name": "Ana", "email": "ana@example.com"},
    "closures:quick_log": {"numbers": "8201000000000999", "reason": "not_sure"},
    "closures:bulk_reason": {"reason": "not_sure", "scope": "matching", "newest": "5"},
    "closures:closure_reason": {"reason": "not_sure"},
    "closures:closure_outcome": {"outcome": "replaced", "replacement": "8201000000000998"},
    "cases:contacts": {"purpose": "ask", "channel": "chat", "summary": "Asked."},
    "cases:decision": {"seen": "ready", "verdict": "approved"},
    "outreach:offer": {"code_percent": "10", "refund_percent": "10", "refund_base": "total"},
    "outreach:text": {"subject": "Your order", "body": "It is late."},
    "outreach:template": {"subject": "Your order", "body": "It is late."},
    "outreach:suppressions": {"email": "no2@example.com", "cause": "by_hand"},
    "outreach:test_mail": {"address": "me@example.com"},
    "risk:confirmation": {"answer": "fine"},
    "team:people": {"email": "new@example.com", "role": "assistant"},
    "team:settings": {"name": "Casa Luna", "time_zone": "America/Los_Angeles", "currency": "EUR"},
}


def _arguments(cast: Cast) -> Iterator[tuple[Route, dict[str, Any]]]:
    known = foreign_arguments(cast)
    fixed = {"name": "shopify", "log": "no-such-log", "check_code": "travel"}
    for route in TEAM_ROUTES:
        names = [name for name in route.arguments if name != "team"]
        yield route, known.get(route.name) or {name: fixed[name] for name in names}


def _forms(route: Route, chance: random.Random) -> Iterator[dict[str, Any]]:
    fitting = FITTING.get(route.name, {})
    for _round in range(2):
        yield {name: chance.choice(GARBAGE) for name in NAMES}
    for name in chance.sample(sorted({*fitting, *chance.sample(NAMES, 3)}), k=min(4, len(fitting) + 3)):
        yield {**fitting, name: chance.choice(GARBAGE)}
    yield {
        **fitting,
        **{name: chance.choice(GARBAGE) for name in chance.sample(NAMES, 6) if name not in fitting},
    }


@pytest.fixture
def people(cast: Cast, client_of: SignIn) -> list[Client]:
    found = [client_of(each) for each in (cast.merchant, cast.assistant, cast.reviewer)]
    for person in found:
        person.raise_request_exception = False
    return found


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati"])
def test_no_form_answers_garbage_with_a_server_error(cast: Cast, people: list[Client], zone: str) -> None:
    cast.team.time_zone = zone
    cast.team.save(update_fields=["time_zone"])
    chance = random.Random(zone)
    failed = []
    for route, arguments in list(_arguments(cast)):
        url = reverse(route.name, kwargs=arguments | {"team": cast.team.slug})
        for person in people if zone.startswith("A") else people[:1]:
            for form in _forms(route, chance):
                if chance.random() < 0.1:
                    form = {**form, "file": SimpleUploadedFile("../\r\na.csv", chance.randbytes(300))}
                if person.post(url, form).status_code >= 500:
                    failed.append((route.name, {name: str(value)[:40] for name, value in form.items()}))
    assert not failed, failed[:3]


def test_no_page_answers_a_garbage_query_with_a_server_error(cast: Cast, people: list[Client]) -> None:
    chance = random.Random("queries")
    failed = []
    for route, arguments in list(_arguments(cast)):
        url = reverse(route.name, kwargs=arguments | {"team": cast.team.slug})
        for person in people:
            for _round in range(3):
                query = {name: chance.choice(GARBAGE) for name in chance.sample(NAMES, 8)}
                query |= {
                    name: chance.choice(GARBAGE)
                    for name in ("before", "after", "view", "q", "person")
                    if chance.random() < 0.6
                }
                if b"\\0" not in str(query).encode() or chance.random() < 0.2:
                    if person.get(url, query).status_code >= 500:
                        failed.append((route.name, {name: value[:40] for name, value in query.items()}))
    assert not failed, failed[:3]


def test_every_page_still_opens_after_all_that_garbage_was_saved(cast: Cast, people: list[Client]) -> None:
    """What a form lets through must also be readable again."""
    chance = random.Random("saved")
    pages = list(_arguments(cast))
    merchant = people[0]
    for _round in range(2):
        for route, arguments in pages:
            url = reverse(route.name, kwargs=arguments | {"team": cast.team.slug})
            for form in _forms(route, chance):
                merchant.post(url, form)
    failed = []
    for route, arguments in pages:
        url = reverse(route.name, kwargs=arguments | {"team": cast.team.slug})
        failed += [route.name for person in people if person.get(url).status_code >= 500]
    assert not failed


def test_nul_bytes_in_paths_queries_and_cookies_are_a_bad_request(cast: Cast, client_of: SignIn) -> None:
    person = client_of(cast.merchant)
    base = f"/t/{cast.team.slug}/"
    assert person.get(base + "orders/?q=%00").status_code == 400
    assert person.get(base + "orders/?%00=1").status_code == 400
    assert person.post(base + "cases/1/cleanups/%00/").status_code in {400, 404}
    anonymous = Client(raise_request_exception=False)
    assert anonymous.get("/account/sign-in/", HTTP_COOKIE='sessionid="aaaaaaaaaa\\000"').status_code == 400
