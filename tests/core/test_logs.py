from __future__ import annotations

import json
import logging
import sys

import pytest
from pytest_django import Settings

from closedorders.core.logs import formatter, without_personal_data

# Not written where it is raised: a trace shows that line.
ROW_REPEATED = "duplicate key\nDETAIL:  Key (name)=(María García) already exists.\n<maria@example.com>"


def _fail(text: str) -> None:
    raise ValueError(text)


def _record(
    message: str, *args: object, exc_info: bool = False, name: str = "closedorders"
) -> logging.LogRecord:
    trace = sys.exc_info() if exc_info else None
    return logging.LogRecord(name, logging.ERROR, "file.py", 1, message, args, trace)


def test_production_lines_are_json(settings: Settings) -> None:
    settings.EMBEDDED = False
    line = json.loads(formatter().format(_record("broker away: %s", "sweep")))
    assert (line["event"], line["level"], line["logger"]) == ("broker away: sweep", "error", "closedorders")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("embedded", [True, False])
def test_a_customer_is_not_named_by_another_librarys_error(settings: Settings, embedded: bool) -> None:
    settings.EMBEDDED = embedded
    try:
        _fail(ROW_REPEATED)
    except ValueError:
        line = formatter().format(_record("mail to %s failed", "maria@example.com", exc_info=True))
    assert "maria" not in line.lower()
    assert "García" not in line
    assert "ValueError: duplicate key" in line
    assert "[address]" in line


def test_facts_are_ids_numbers_and_our_own_words() -> None:
    event = without_personal_data(
        None,
        "info",
        {
            "event": "sent",
            "message_id": 7,
            "seconds": 0.5,
            "state": "sent",
            "customer": "María",
            "file": "dni.jpg",
        },
    )
    assert event == {
        "event": "sent",
        "message_id": 7,
        "seconds": 0.5,
        "state": "sent",
        "customer": "[left out]",
        "file": "[left out]",
    }


def test_a_wrong_host_name_is_one_line() -> None:
    try:
        _fail("Invalid HTTP_HOST header")
    except ValueError:
        line = formatter().format(
            _record("Invalid host", exc_info=True, name="django.security.DisallowedHost")
        )
    assert "Traceback" not in line
