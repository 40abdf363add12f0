"""What AliExpress's words suggest of a closure, for pages: a person confirms it."""

from __future__ import annotations

from typing import Any

from closedorders.accounts.models import Team

from ..decoder.reading import decode, guessed_origin, suggested_reason
from ..decoder.wording import explain
from ..models import Closure, ClosureReason

_SHOWN = 5


def suggestion(team: Team, text: str) -> dict[str, Any]:
    """`decoded`: what the codes and phrases mean, `suggested_reason` and `suggested_origin`: what follows, or None.

    One query where a reason follows.
    """
    found = decode(text)
    code, origin = suggested_reason(found), guessed_origin(found)
    return {
        "decoded": [explain(each) for each in found[:_SHOWN]],
        "suggested_reason": ClosureReason.objects.for_team(team).filter(team=None, code=code).first()
        if code
        else None,
        "suggested_origin": Closure.Origin(origin) if origin else None,
    }
