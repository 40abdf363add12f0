from __future__ import annotations

from .calendar import account_event_withdrawal, calendar, trip_cancellation, trip_step
from .checklist import checklist, confirmation, dismissal, dismissal_withdrawal, withdrawal
from .notices import notice_withdrawal, notices
from .thresholds import threshold

__all__ = [
    "account_event_withdrawal",
    "calendar",
    "checklist",
    "confirmation",
    "dismissal",
    "dismissal_withdrawal",
    "notice_withdrawal",
    "notices",
    "threshold",
    "trip_cancellation",
    "trip_step",
    "withdrawal",
]
