from __future__ import annotations

from closedorders.closures.actions import log_closures
from closedorders.closures.actions.log import LogResult
from tests.cast import Cast
from tests.factories import make_buyer_account, reason

NUMBERS = [f"{8_201_447_122_030_000 + n}" for n in range(40)]


def log(cast: Cast, numbers: list[str], **fields: object) -> LogResult:
    account = fields.pop("buyer_account", None) or make_buyer_account(cast.team)
    arguments = {"reason": reason(), "by": cast.assistant} | fields
    return log_closures(team=cast.team, numbers=numbers, buyer_account=account, **arguments)  # type: ignore[arg-type]  # named by the caller
