"""One line per event: JSON in production, short and readable embedded.

Log with ids, counts, states and seconds: ``log.info("campaign sent", campaign_id=7, messages=40)``. What could
name a customer is taken out again here, because the texts of other libraries' errors are not ours to word.
"""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from django.conf import settings
from structlog.typing import Processor

_ADDRESS = re.compile(r"[^\s<>\"'(),;:=]+@[^\s<>\"'(),;:]+")
# PostgreSQL repeats the offending row: `DETAIL:  Key (email)=(someone) already exists.`
_ROW_CONTENT = re.compile(r"^\s*(DETAIL|CONTEXT): .*$", re.MULTILINE)
_WORDS = {"event", "level", "logger", "timestamp", "exception", "stack"}
_FREE_TEXT = {"event", "exception", "stack"}
# Short vocabularies of our own, never anything a person typed.
_VOCABULARY = {"action", "kind", "model", "outcome", "reason", "role", "state", "task"}


def without_personal_data(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Keep ids, numbers and the vocabularies above; mask addresses and row contents in free text."""
    for name, value in event.items():
        if name in _FREE_TEXT:
            event[name] = _ROW_CONTENT.sub("", _ADDRESS.sub("[address]", str(value)))
        elif name in _WORDS or name.endswith(("_id", "_ids")) or name in _VOCABULARY:
            continue
        elif not isinstance(value, bool | int | float | None):
            event[name] = "[left out]"
    return event


def without_known_traces(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A stranger's wrong host name or form is one line: its trace would only tell how Django found out."""
    if str(event.get("logger", "")).startswith("django.security."):
        event.pop("exc_info", None)
    return event


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    without_known_traces,
    structlog.processors.format_exc_info,
    without_personal_data,
]

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        *_SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def formatter() -> logging.Formatter:
    """The formatter that `settings.LOGGING` names, for our own lines and those of Django, Celery and gunicorn."""
    renderer: Processor = _readable if settings.EMBEDDED else structlog.processors.JSONRenderer()
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def _readable(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    trace = event.pop("exception", "")
    level, name, text = event.pop("level", "info"), event.pop("logger", ""), event.pop("event", "")
    event.pop("timestamp", None)  # The terminal's lines carry the time already.
    facts = "".join(f" {key}={value}" for key, value in sorted(event.items()))
    return f"{level}: {text}{facts} ({name})" + (f"\n{trace}" if trace else "")
