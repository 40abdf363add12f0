"""What members do with the checklist. Each of these asks whether they may, writes, and notes it in the audit trail."""

from __future__ import annotations

from .alerts import choose_alert_ways, mark_alert_seen, send_test_alert, set_alert_webhook
from .calendar import add_trip, cancel_trip, note_account_event, set_trip_step, withdraw_account_event
from .confirmations import confirm_check, withdraw_confirmation
from .dismissals import dismiss_cause, withdraw_dismissal
from .funds import MOST_OFFICES as MOST_OFFICES
from .funds import declare_office, state_funds, withdraw_funds, withdraw_office
from .notices import note_notice, withdraw_notice
from .pocket import note_pocket_entry, withdraw_pocket_entry
from .quiet import (
    note_known_event,
    set_away,
    snooze_account,
    withdraw_away,
    withdraw_known_event,
    withdraw_snooze,
)
from .thresholds import set_threshold

__all__ = [
    "add_trip",
    "cancel_trip",
    "choose_alert_ways",
    "confirm_check",
    "declare_office",
    "dismiss_cause",
    "mark_alert_seen",
    "note_account_event",
    "note_known_event",
    "note_notice",
    "note_pocket_entry",
    "send_test_alert",
    "set_alert_webhook",
    "set_away",
    "set_threshold",
    "set_trip_step",
    "snooze_account",
    "state_funds",
    "withdraw_account_event",
    "withdraw_away",
    "withdraw_confirmation",
    "withdraw_dismissal",
    "withdraw_funds",
    "withdraw_known_event",
    "withdraw_notice",
    "withdraw_office",
    "withdraw_pocket_entry",
    "withdraw_snooze",
]
