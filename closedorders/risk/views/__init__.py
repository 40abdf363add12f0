from __future__ import annotations

from .checklist import checklist, confirmation, withdrawal
from .notices import notice_withdrawal, notices
from .thresholds import threshold

__all__ = ["checklist", "confirmation", "notice_withdrawal", "notices", "threshold", "withdrawal"]
