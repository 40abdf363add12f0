from __future__ import annotations

from .alerts import Alert, AlertDelivery, AlertSettings, Way
from .answers import Away, Confirmation, Dismissal, KnownEvent, Snooze
from .calendar import AccountEvent, OfficeNetwork, Trip
from .money import Funds, Notice, PocketEntry
from .totals import ChangedDay, DailyTotal, RiskSnapshot, TeamThreshold, TotalsState, WindowDay

__all__ = [
    "AccountEvent",
    "Alert",
    "AlertDelivery",
    "AlertSettings",
    "Away",
    "ChangedDay",
    "Confirmation",
    "DailyTotal",
    "Dismissal",
    "Funds",
    "KnownEvent",
    "Notice",
    "OfficeNetwork",
    "PocketEntry",
    "RiskSnapshot",
    "Snooze",
    "TeamThreshold",
    "TotalsState",
    "Trip",
    "Way",
    "WindowDay",
]
