from __future__ import annotations

import re
from pathlib import Path

from closedorders.accounts.models import AuditEvent
from closedorders.accounts.templatetags.audit import audit_changes, audit_verb
from closedorders.accounts.verbs import VERBS

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
    assert audit_changes(event) == "name: Casa Luna → Casa Sol"
