from __future__ import annotations

import re
from pathlib import Path

from django.utils import timezone, translation

from closedorders.accounts.models import AuditEvent
from closedorders.accounts.templatetags.audit import audit_changes, audit_verb
from closedorders.accounts.verbs import VERBS
from tests.cast import Cast

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
        assert audit_changes(case) != audit_changes(slot)
        assert "fraud_review" not in audit_changes(logged)
        assert "11:00" in audit_changes(logged)
        assert "Motivo" in audit_changes(logged)


def test_what_identifies_rows_or_files_is_not_said() -> None:
    assert audit_changes(AuditEvent(after={"sha256": "00ff", "customer": 7, "note": ""})) == ""
