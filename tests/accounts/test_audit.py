from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from closedorders.accounts.audit import words
from closedorders.accounts.audit.verbs import VERBS
from closedorders.accounts.forms import TeamForm
from closedorders.accounts.models import AuditEvent, Membership
from closedorders.accounts.team_cache import clear_cache
from closedorders.accounts.templatetags.audit import audit_changes, audit_verb
from closedorders.cases.actions import log_contact, open_case, set_slot
from closedorders.closures.actions import add_reason, set_reason
from closedorders.closures.models import Closure
from closedorders.closures.playbooks import PLAYBOOK_WORDS
from closedorders.orders.field_names import FIELD_NAMES
from closedorders.orders.forms import BuyerAccountForm, StoreForm
from closedorders.outreach.forms import OfferForm
from closedorders.outreach.models import Refund
from tests.cast import Cast
from tests.factories import make_incident, make_supplier_order

THINGS_WITH_CODES = (
    "accounts.membership",
    "accounts.invitation",
    "orders.store",
    "orders.buyeraccount",
    "orders.supplierorder",
    "closures.closure",
    "cases.case",
    "cases.slot",
    "cases.contact",
    "outreach.campaign",
    "outreach.refund",
    "outreach.suppression",
    "outreach.template",
    "risk.confirmation",
)
HOUSE = Path(__file__).resolve().parents[2] / "closedorders"


def test_every_verb_that_an_action_records_has_words() -> None:
    used = set()
    for file in HOUSE.rglob("*.py"):
        used |= set(re.findall(r'verb="([a-z_]+)"', file.read_text(encoding="utf-8")))
    assert len(used) > 30
    assert used - VERBS.keys() == set()


def test_an_event_reads_as_what_changed() -> None:
    event = AuditEvent(verb="team_changed", before={"name": "Casa Luna"}, after={"name": "Casa Sol"})
    assert audit_verb(event) == "Changed the team's settings"
    assert audit_changes(event) == "Name: Casa Luna → Casa Sol"


def test_codes_and_moments_are_said_in_the_readers_language(cast: Cast) -> None:
    case = AuditEvent(thing="cases.case", before={"state": "collecting"}, after={"state": "ready"})
    slot = AuditEvent(thing="cases.slot", before={"state": "missing"}, after={"state": "ready"})
    logged = AuditEvent(
        thing="closures.incident", after={"reason": "fraud_review", "closed_at": "2026-11-23T10:00:00+00:00"}
    )
    with translation.override("es"), timezone.override("Europe/Madrid"):
        # Two things use one code, each in its own words.
        ready = {audit_changes(each).partition(" → ")[2] for each in (case, slot)}
        assert len(ready - {"", "ready"}) == 2
        assert "fraud_review" not in audit_changes(logged)
        assert "11:00" in audit_changes(logged)
        assert "Motivo" in audit_changes(logged)


def test_a_long_old_value_leaves_the_new_one_to_be_read() -> None:
    event = AuditEvent(before={"words": "a" * 900}, after={"words": "b" * 900, "name": "Casa Sol"})
    old, _arrow, new = audit_changes(event).partition(" → ")
    assert old.endswith("a" * 50 + "…")
    assert new.startswith("b" * 199 + "…; Name: Casa Sol")


def test_the_trail_names_a_reason_of_the_teams_own_and_never_its_key(
    cast: Cast, client_of: Callable[[Membership | None], Client]
) -> None:
    own = add_reason(team=cast.team, name="Parcel lost at sea", by=cast.merchant)
    bought = [make_supplier_order(cast.team) for _each in range(2)]
    make_incident(cast.team, cast.merchant, bought)
    set_reason(closures=Closure.objects.all(), reason=own, by=cast.merchant)
    browser = client_of(cast.merchant)
    address = reverse("team:audit", args=[cast.team.slug])
    page = browser.get(address).content.decode()
    assert page.count("Reason: – → Parcel lost at sea") == 2
    assert ">Reason: Parcel lost at sea; Orders: 2<" in page
    assert own.code not in page

    def cost() -> int:
        clear_cache()
        with CaptureQueriesContext(connection) as queries:
            browser.get(address)
        return len(queries)

    before = cost()
    set_reason(closures=Closure.objects.all(), reason=None, by=cast.merchant)
    assert cost() == before


def test_every_state_of_a_refund_has_its_verb() -> None:
    # `note_refund_moves` makes the verb of the state.
    assert {f"refund_{state}" for state in Refund.State.values} <= VERBS.keys()


def test_what_identifies_rows_or_files_is_not_said() -> None:
    assert audit_changes(AuditEvent(after={"sha256": "00ff", "customer": 7, "note": ""})) == ""


def recorded_fields() -> set[str]:
    """Every name that stands as a field in what the product's actions record, and those of forms recorded whole."""
    found: set[str] = set()
    for file in HOUSE.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = getattr(call.func, "id", "") if isinstance(call, ast.Call) else ""
            if isinstance(call, ast.Call) and name in ("record", "record_each"):
                for argument in (each.value for each in call.keywords if each.arg in ("before", "after")):
                    found |= {
                        key.value
                        for part in ast.walk(argument)
                        if isinstance(part, ast.Dict)
                        for key in part.keys
                        if isinstance(key, ast.Constant) and isinstance(key.value, str)
                    }
    for form in (StoreForm, BuyerAccountForm, TeamForm, OfferForm):
        found |= set(form.Meta.fields)
    return found | {
        *PLAYBOOK_WORDS,
        *FIELD_NAMES,
        "verified_on",
        "exchange_rate",
        "rate_stated_on",
        "rate_source",
    }


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_verb_and_field_of_the_trail_is_in_the_readers_language(language: str) -> None:
    fields = recorded_fields() - {name for _thing, name in words._HIDDEN}
    assert len(fields) > 60
    assert {name for name in fields if name not in words._FIELDS} == set()
    with translation.override(language):
        shown = {name: words.field_name(name) for name in fields} | {
            verb: audit_verb(AuditEvent(verb=verb)) for verb in VERBS
        }
    raw = {name for name, text in shown.items() if "_" in text or not text}
    assert raw == set()
    if language == "es":
        english = {name: str(text) for name, text in [*words._FIELDS.items(), *VERBS.items()]}
        same = {name for name, text in shown.items() if text == english.get(name)}
        # The same word in both languages.
        assert same <= {"total", "subtotal"}


@pytest.mark.parametrize("language", ["en", "es"])
def test_codes_in_the_trail_are_words_in_the_readers_language(language: str) -> None:
    """Of each kind of thing and each field with choices that actions record of it."""
    recorded = recorded_fields()
    raw = []
    with translation.override(language):
        for thing in THINGS_WITH_CODES:
            model = apps.get_model(thing)
            for field in model._meta.fields:
                if not field.choices or field.name not in recorded or field.name in ("language", "theme"):
                    continue
                for code, label in field.flatchoices:
                    event = AuditEvent(thing=thing, after={field.name: code})
                    shown = audit_changes(event).partition(": ")[2]
                    if code and shown != str(label):
                        raw.append((thing, field.name, code, shown))
    assert raw == []


def test_a_thing_is_named_in_the_readers_language_whoever_made_it(
    cast: Cast, client_of: Callable[[Membership | None], Client]
) -> None:
    with translation.override("en"):
        incident = make_incident(cast.team, cast.merchant, [make_supplier_order(cast.team)])
        case = open_case(incident=incident, by=cast.merchant)
        log_contact(case=case, by=cast.assistant, summary="Asked")
        for slot in case.slots.all():
            set_slot(slot=slot, state="ready", by=cast.merchant)
    audit = reverse("team:audit", args=[cast.team.slug])
    merchant = client_of(cast.merchant)
    with CaptureQueriesContext(connection) as asked:
        page = merchant.get(audit, HTTP_ACCEPT_LANGUAGE="es").content.decode()
    assert len(asked) < 20
    for english in ("Case of incident", "Passport", "Live chat", "Merchant<"):
        assert english not in page
    with translation.override("es"):
        assert str(case) in page
