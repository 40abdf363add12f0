"""The broker is only a bell: what is due stands in the database, and a sweep rings again for what was missed."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def ring(task: Task[Any, Any], *args: int) -> None:
    """Ask a worker to run `task` with these ids once the surrounding transaction is committed.

    A broker that is away is logged and otherwise ignored: the sweep of the task's app finds the work in the database.
    """
    transaction.on_commit(partial(_send, task, args))


def _send(task: Task[Any, Any], args: tuple[int, ...]) -> None:
    try:
        task.apply_async(args=args)
    except (OperationalError, OSError):
        log.warning("broker away, the sweep will ring again: %s%r", task.name, args)
