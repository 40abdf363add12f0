from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

_BODY = "\n\nThe body says why."


@pytest.fixture(scope="module")
def check() -> ModuleType:
    path = Path(__file__).parents[1] / ".ci" / "check_commits.py"
    spec = importlib.util.spec_from_file_location("check_commits", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "subject",
    [
        "Bound the time to parse a cell",
        "Read workbooks in a limited child, counted by an XML parser",
        "Bring the pages of a silent database into Spanish",
        "Need a reason before an incident ends",
        'Say "no room left" on a full disk, and keep no part of a file',
        "x".upper() + "y" * 71,
    ],
)
def test_an_order_with_a_reason_passes(check: ModuleType, subject: str) -> None:
    assert check.faults(subject + _BODY) == []


@pytest.mark.parametrize(
    "message",
    [
        "X" + "y" * 72 + _BODY,
        "bound the time to parse a cell" + _BODY,
        "Bound the time to parse a cell." + _BODY,
        "Added a limit to the time of a cell" + _BODY,
        "Bounding the time to parse a cell" + _BODY,
        "A limit to the time of a cell" + _BODY,
        "No cell takes longer to refuse than to read" + _BODY,
        "Bound the time to parse a cell",
        "Bound the time to parse a cell\n\n  \n",
        "Bound the time to parse a cell\nWithout a blank line between.",
    ],
)
def test_other_messages_are_named_with_what_is_wrong(check: ModuleType, message: str) -> None:
    assert len(check.faults(message)) == 1
