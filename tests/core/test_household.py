"""Whose doing it is that a part of `serve` ended."""

from __future__ import annotations

import pytest

from closedorders.core.management.commands.serve import Household


@pytest.mark.parametrize("code", [1, 3, -9])
def test_a_part_that_fails_before_anyone_asks_ended_by_itself_and_one_that_fails_later_did_not(
    code: int,
) -> None:
    household = Household()
    household._processes = {"web": {"returncode": code}, "worker": {"returncode": 0}, "beat": {}}
    household.terminate()
    household._processes["beat"]["returncode"] = code
    household.terminate()
    assert household.ended_by_themselves() == ["web"]


def test_nothing_ended_by_itself_where_nobody_asked_yet() -> None:
    assert Household().ended_by_themselves() == []
