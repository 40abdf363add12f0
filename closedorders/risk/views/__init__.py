from __future__ import annotations

from .calendar import account_event_withdrawal, calendar, trip_cancellation, trip_step
from .checklist import checklist, confirmation, dismissal, dismissal_withdrawal, withdrawal
from .notices import notice_withdrawal, notices
from .pocket import pocket, pocket_withdrawal
from .thresholds import threshold
from .tools import apology_calculator, pocket_calculator

__all__ = [
    "account_event_withdrawal",
    "apology_calculator",
    "calendar",
    "checklist",
    "confirmation",
    "dismissal",
    "dismissal_withdrawal",
    "notice_withdrawal",
    "notices",
    "pocket",
    "pocket_calculator",
    "pocket_withdrawal",
    "threshold",
    "trip_cancellation",
    "trip_step",
    "withdrawal",
]
