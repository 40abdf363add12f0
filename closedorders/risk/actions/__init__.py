"""What members do with the checklist. Each of these asks whether they may, writes, and notes it in the audit trail."""

from __future__ import annotations

from .confirmations import confirm_check, withdraw_confirmation
from .notices import note_notice, withdraw_notice
from .thresholds import set_threshold

__all__ = [
    "confirm_check",
    "note_notice",
    "set_threshold",
    "withdraw_confirmation",
    "withdraw_notice",
]
