"""The chat coach of one case: the way to the chat, and what to say there, filled from the case."""

from __future__ import annotations

from typing import Any

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from closedorders.closures.models import Closure
from closedorders.orders.masking import Sight

from ..models import Case
from .scripts import filled, path_to_chat, scripts_for

_LANGUAGES = (("en", "English"), ("es", "Español"))
#: As many order numbers as an agent needs to find the account.
_MOST_NUMBERS = 3


def coach_for(case: Case, *, purpose: str, sight: Sight) -> dict[str, Any]:
    """What the page shows; four queries. `purpose`: what the next contact is most likely for: its script lies open."""
    facts = _facts(case)
    values = {code: _values(case, sight, code, facts) for code, _name in _LANGUAGES}
    return {
        "path_to_chat": [_(step) for step in path_to_chat(case.verification)],
        "scripts": [
            {
                "title": _(script.title),
                "now": script.purpose == purpose,
                "languages": [
                    (code, name, filled(script.english if code == "en" else script.spanish, values[code]))
                    for code, name in _LANGUAGES
                ],
            }
            for script in scripts_for(case.verification)
        ],
    }


def _facts(case: Case) -> dict[str, Any]:
    closures = Closure.objects.filter(incident=case.incident_id)
    numbers = closures.order_by("closed_at", "pk").values_list("supplier_order__number", flat=True)
    promised = case.contacts.exclude(promise="").first()
    return {
        "orders": closures.count(),
        "numbers": list(numbers[:_MOST_NUMBERS]),
        "sent_at": case.transitions.standing()
        .filter(after=Case.State.SUBMITTED)
        .values_list("at", flat=True)
        .last(),
        "promised": promised,
    }


def _values(case: Case, sight: Sight, code: str, facts: dict[str, Any]) -> dict[str, str]:
    promised, sent_at = facts["promised"], facts["sent_at"]
    with translation.override(code):
        sent_on = date_format(timezone.localtime(sent_at, case.team.zone), "DATE_FORMAT") if sent_at else ""
    return {
        "orders": str(facts["orders"] or ""),
        "numbers": ", ".join(facts["numbers"]),
        "sent_on": sent_on,
        "agent": sight.words(promised.agent) if promised else "",
        "promise": sight.words(promised.promise) if promised else "",
    }
