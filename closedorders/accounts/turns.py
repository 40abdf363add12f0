"""The team lock: writers of one team, one at a time."""

from __future__ import annotations

from .models import Team


def lock_team(team_id: int) -> Team:
    """Lock the team's row until the transaction ends, and return it.

    Two writers that each number a new row, or each store a status that depends on rows of the other, would not see
    what the other has not committed. Rows that refer to the team can be written
    meanwhile (`no_key`): an audit line that had to wait would be a deadlock.
    """
    return Team.objects.select_for_update(no_key=True).get(pk=team_id)
