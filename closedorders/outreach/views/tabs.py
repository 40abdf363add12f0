"""The tabs above a list."""

from __future__ import annotations

from typing import Any

from closedorders.accounts.access import TeamRequest
from closedorders.core.paging import capped_count


def tabs(request: TeamRequest, active: str, views: dict[str, tuple[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": f"?view={name}", "count": capped_count(rows), "active": name == active}
        for name, (label, rows) in views.items()
    ]
