from __future__ import annotations

from .alerts import alert_seen, alert_test, alert_webhook, alerts
from .calendar import account_event_withdrawal, calendar, trip_cancellation, trip_step
from .checklist import checklist, confirmation, dismissal, dismissal_withdrawal, withdrawal
from .funds import funds, funds_withdrawal, office_withdrawal, offices, supplier
from .notices import notice_withdrawal, notices
from .pocket import pocket, pocket_withdrawal
from .quiet import away_withdrawal, known_event_withdrawal, quiet, snooze_withdrawal
from .thresholds import threshold
from .tools import apology_calculator, pocket_calculator

__all__ = [
    "account_event_withdrawal",
    "alert_seen",
    "alert_test",
    "alert_webhook",
    "alerts",
    "apology_calculator",
    "away_withdrawal",
    "calendar",
    "checklist",
    "confirmation",
    "dismissal",
    "dismissal_withdrawal",
    "funds",
    "funds_withdrawal",
    "known_event_withdrawal",
    "notice_withdrawal",
    "notices",
    "office_withdrawal",
    "offices",
    "pocket",
    "pocket_calculator",
    "pocket_withdrawal",
    "quiet",
    "snooze_withdrawal",
    "supplier",
    "threshold",
    "trip_cancellation",
    "trip_step",
    "withdrawal",
]
