"""What members do with the checklist. Each of these asks whether they may, writes, and notes it in the audit trail."""

from __future__ import annotations

from .calendar import add_trip, cancel_trip, note_account_event, set_trip_step, withdraw_account_event
from .confirmations import confirm_check, withdraw_confirmation
from .dismissals import dismiss_cause, withdraw_dismissal
from .notices import note_notice, withdraw_notice
from .pocket import note_pocket_entry, withdraw_pocket_entry
from .thresholds import set_threshold

__all__ = [
    "add_trip",
    "cancel_trip",
    "confirm_check",
    "dismiss_cause",
    "note_account_event",
    "note_notice",
    "note_pocket_entry",
    "set_threshold",
    "set_trip_step",
    "withdraw_account_event",
    "withdraw_confirmation",
    "withdraw_dismissal",
    "withdraw_notice",
    "withdraw_pocket_entry",
]
