"""Garbage into every page of a team, as every role: never a server error. Seeded, so a failure comes again."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from closedorders.accounts.access import ASSISTANT, MERCHANT
from closedorders.accounts.models import Membership
from closedorders.imports.models import Import
from tests.access.matrix import MATRIX, TEAM_ROUTES, Route
from tests.access.world import things_of
from tests.cast import Cast
from tests.factories import make_store

# More of both for a longer look: FUZZ_ROUNDS=20 FUZZ_SEED=whatever
ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "1"))
SEED = os.environ.get("FUZZ_SEED", "closed orders")

SignIn = Callable[[Membership | None], Client]

NAMES = [
    "account",
    "address",
    "after",
    "agent",
    "answer",
    "answer_due",
    "asked_for",
    "before",
    "body",
    "buyer_account",
    "card_country",
    "cause",
    "channel",
    "closed_at",
    "closure",
    "code_expires_on",
    "code_percent",
    "confirmation",
    "count",
    "currency",
    "customer",
    "date_order",
    "detail",
    "do",
    "done",
    "email",
    "expires_on",
    "expiry",
    "filter_reason",
    "follow_up_at",
    "format",
    "gift",
    "hours",
    "incident",
    "kind",
    "label",
    "language",
    "log",
    "name",
    "new_account",
    "new_date",
    "newest",
    "next",
    "note",
    "number",
    "numbers",
    "older",
    "ordering_place",
    "outcome",
    "person",
    "phase",
    "pk",
    "platform",
    "promise",
    "promised_by",
    "purpose",
    "q",
    "reason",
    "refund_base",
    "refund_percent",
    "replacement",
    "reply_to",
    "role",
    "scope",
    "seen",
    "sender_email",
    "sender_name",
    "state",
    "store",
    "subject",
    "summary",
    "text",
    "tier",
    "time_zone",
    "valid_until",
    "verdict",
    "verified_on",
    "view",
    "what_happened",
    "words",
]
GARBAGE = (
    "",
    "\0",
    "a\0b",
    "-1",
    "0",
    "²",
    "٣",
    "9" * 19,
    "9" * 5000,
    "1e400",
    "NaN",
    "x" * 300,
    "x" * 5001,
    "\ud7ff\uffff",
    "2026-02-31",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "5.0001-01-01T00:00:00+14:00",
    "5.9999-12-31T23:59:59-12:00",
    "{{7*7}}",
    "{first_name.__class__}",
    "=cmd|'/C calc'!A0",
    "<script>",
    "../../etc/passwd",
    "a@b",
    f"{'a' * 300}@example.com",
    "a@example.com\nBcc: b@example.com",
    "🦜",
    "EUR",
    "ZZ9",
    "not_sure",
    "1",
    "ask_again",
    "8201000000000001",
    "https://evil.example/",
    "//evil.example",
    "sent",
    "open",
    "matching",
    "ticked",
)
# Answers that make a form valid but for the one field that is garbage, where a form asks for several.
FITTING: dict[str, dict[str, str]] = {
    "orders:stores": {"name": "Shop", "platform": "other", "currency": "EUR", "language": "en"},
    "orders:store": {"name": "Shop", "platform": "other", "currency": "EUR", "language": "en"},
    "orders:buyer_accounts": {"label": "Account", "state": "ok"},
    "orders:buyer_account": {"label": "Account", "state": "ok"},
    "orders:order_customer": {"name": "Ana", "email": "ana@example.com"},
    "orders:bulk": {"verb": "tag_add", "all_matching": "1", "query": "view=all"},
    "orders:bulk_applying": {"verb": "tag_add", "chosen": "1", "tag": "VIP", "key": "k"},
    "closures:quick_log": {"numbers": "8201000000000999", "reason": "not_sure"},
    "closures:bulk_reason": {"reason": "not_sure", "scope": "matching", "newest": "5"},
    "closures:closure_reason": {"reason": "not_sure"},
    "closures:closure_outcome": {"outcome": "replaced", "replacement": "8201000000000998"},
    "cases:contacts": {"purpose": "ask", "channel": "chat", "summary": "Asked."},
    "cases:decision": {"seen": "ready", "verdict": "approved"},
    "cases:step_back": {"why": "A slip"},
    "cases:outcome": {"move": "unblocking"},
    "orders:alipay": {"outcome": "asked", "day": "2026-01-05"},
    "cases:slot_entry": {"name": "Ana", "expires_on": "2031-05-12"},
    "cases:slot_review": {"verdict": "asked_again", "reason": "expired"},
    "cases:pack": {"format": "zip"},
    "outreach:offer": {"code_percent": "10", "refund_percent": "10", "refund_base": "total"},
    "outreach:decisions": {"pk": "1", "do": "arrived"},
    "outreach:text": {"subject": "Your order", "body": "It is late."},
    "outreach:template": {"subject": "Your order", "body": "It is late."},
    "outreach:approval_rule": {"people": "50", "amount": "500", "refund": "100"},
    "senders:rules": {"opens_at": "09:00", "closes_at": "20:00", "hourly_cap": "100", "daily_cap": "500"},
    "outreach:suppressions": {"email": "no2@example.com", "cause": "by_hand"},
    "outreach:test_mail": {"address": "me@example.com"},
    "responses:customer_erasure": {"confirmation": "x"},
    "risk:confirmation": {"answer": "fine"},
    "risk:threshold": {"value": "6000", "months": "24"},
    "risk:dismissal": {"reason": "Settled.", "until": "2026-12-01"},
    "risk:calendar": {"starts_on": "2026-12-01", "ends_on": "2026-12-05", "country": "PT"},
    "risk:pocket": {"amount": "100", "currency": "USD", "happened_on": "2026-11-01"},
    "risk:trip_step": {"step": "bank", "done": "1"},
    "risk:alerts": {"act": "email", "watch": "today"},
    "risk:alert_webhook": {"url": "https://hooks.example.com/services/T/B/x"},
    "risk:funds": {"method": "card", "available": "900", "currency": "USD", "stated_on": "2026-11-01"},
    "risk:offices": {"address": "203.0.113.7", "label": "Office"},
    "risk:quiet": {"why": "Fair", "starts_on": "2026-11-01", "ends_on": "2026-11-02", "event": "1"},
    "risk:notices": {"kind": "bank", "sent_on": "2026-11-01"},
    "team:people": {"email": "new@example.com", "role": "assistant"},
    "team:settings": {
        "name": "Casa Luna",
        "time_zone": "America/Los_Angeles",
        "currency": "EUR",
        "storm_closures": "5",
        "storm_hours": "6",
    },
}


def _url(route: Route, arguments: dict[str, Any], cast: Cast) -> str:
    return reverse(route.name, kwargs=arguments | {"team": cast.team.slug})


def _arguments(cast: Cast) -> Iterator[tuple[Route, dict[str, Any]]]:
    known = things_of(cast)
    fixed = {
        "name": "shopify",
        "log": "no-such-log",
        "check_code": "travel",
        "threshold": "spend_watch",
        "moment": 5,
    }
    for route in TEAM_ROUTES:
        names = [name for name in route.arguments if name != "team"]
        yield route, known.get(route.name) or {name: fixed[name] for name in names}


def _forms(route: Route, chance: random.Random) -> Iterator[dict[str, Any]]:
    fitting = FITTING.get(route.name, {})
    for _round in range(ROUNDS):
        yield {name: chance.choice(GARBAGE) for name in NAMES}
        for name in sorted(fitting) or chance.sample(NAMES, 1):
            yield {**fitting, name: chance.choice(GARBAGE)}
        spare = [name for name in chance.sample(NAMES, 6) if name not in fitting]
        yield fitting | {name: chance.choice(GARBAGE) for name in spare}


@pytest.fixture
def people(cast: Cast, client_of: SignIn) -> dict[str, Client]:
    found = {each.role: client_of(each) for each in (cast.merchant, cast.assistant, cast.reviewer)}
    for person in found.values():
        person.raise_request_exception = False
    return found


def test_no_form_answers_garbage_with_a_server_error(cast: Cast, people: dict[str, Client]) -> None:
    """And what a form lets through can be read again."""
    chance = random.Random(SEED)
    pages = [(route, _url(route, arguments, cast)) for route, arguments in _arguments(cast)]
    failed: list[tuple[str, str, object]] = []
    for route, url in pages:
        for role, person in people.items():
            # Whom a page does not let in never reaches its form: the permission matrix holds that.
            if role not in MATRIX[route.name].who:
                continue
            forms = list(_forms(route, chance))
            for form in forms if role == MERCHANT else forms[:1]:
                if person.post(url, form).status_code >= 500:
                    failed.append(("POST", route.name, {name: value[:40] for name, value in form.items()}))
    for route, url in pages:
        for role, person in people.items():
            if role in MATRIX[route.name].who and person.get(url).status_code >= 500:
                failed.append(("GET", route.name, "after the garbage was saved"))
    assert not failed, failed[:3]


def test_no_page_answers_a_garbage_query_with_a_server_error(cast: Cast, people: dict[str, Client]) -> None:
    chance = random.Random(SEED)
    readable = [garbage for garbage in GARBAGE if "\0" not in garbage]
    failed = []
    for route, arguments in list(_arguments(cast)):
        url = _url(route, arguments, cast)
        for person in (person for role, person in people.items() if role in MATRIX[route.name].who):
            for _round in range(ROUNDS):
                query = {
                    name: chance.choice(readable)
                    for name in ("view", "q", "person", "reason", "incident", "numbers")
                }
                query[chance.choice(["before", "after"])] = chance.choice(readable)
                if person.get(url, query).status_code >= 500:
                    failed.append((route.name, {name: value[:40] for name, value in query.items()}))
    assert not failed, failed[:3]


def test_odd_files_are_taken_in_or_refused_with_a_sentence(cast: Cast, people: dict[str, Client]) -> None:
    chance = random.Random(SEED)
    store = make_store(cast.team)
    url = reverse("imports:imports", args=[cast.team.slug])
    for name in (
        "../../x.csv",
        "a\r\nb.csv",
        "x" * 900 + ".csv",
        "\u202egpj.csv",
        "",
        "maria@hotmail.com.csv",
    ):
        file = SimpleUploadedFile(name or "x", chance.randbytes(300))
        assert people[ASSISTANT].post(url, {"store": store.pk, "file": file}).status_code in {302, 422}
    assert not [
        each for each in Import.objects.values_list("file_name", flat=True) if set(each) & {"/", "\r", "\n"}
    ]


def test_nul_bytes_in_paths_queries_and_cookies_are_a_bad_request(cast: Cast, client_of: SignIn) -> None:
    person = client_of(cast.merchant)
    base = f"/t/{cast.team.slug}/"
    assert person.get(base + "orders/?q=%00").status_code == 400
    assert person.get(base + "orders/?%00=1").status_code == 400
    assert person.post(base + "cases/1/cleanups/%00/").status_code in {400, 404}
    anonymous = Client(raise_request_exception=False)
    assert anonymous.get("/account/sign-in/", HTTP_COOKIE='sessionid="aaaaaaaaaa\\000"').status_code == 400
