from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from closedorders.accounts.audit.verbs import VERBS
from closedorders.accounts.models import AuditEvent, Membership
from closedorders.accounts.team_cache import clear_cache
from closedorders.accounts.templatetags.audit import audit_changes, audit_verb
from closedorders.closures.actions import add_reason, set_reason
from closedorders.closures.models import Closure
from closedorders.outreach.models import Refund
from tests.cast import Cast
from tests.factories import make_incident, make_supplier_order

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
