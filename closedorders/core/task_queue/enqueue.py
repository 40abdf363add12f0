"""The broker is only a bell: what is due stands in the database, and a sweep rings again for what was missed."""

from __future__ import annotations

import logging
import os
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from functools import partial
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

RING_SECONDS = 1.0
"""How long a page waits for the broker. One that hangs costs several timeouts, in a thread of its own."""


def ring(task: Task[Any, Any], *args: int) -> None:
    """Ask a worker to run `task` with these ids once the surrounding transaction is committed.

    A broker that is away is logged and otherwise ignored: the sweep of the task's app finds the work in the database.
    """
    transaction.on_commit(partial(_send, task, args))


class _Ringer:
    """One thread that speaks to the broker, so that whoever rings can stop waiting for it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ring")
        self._hung: Future[Any] | None = None

    def ring(self, task: Task[Any, Any], args: tuple[int, ...]) -> bool:
        """Whether the broker took it in time. While an earlier ring hangs, no other is tried."""
        if self._hung is not None and not self._hung.done():
            return False
        sent = self._thread.submit(task.apply_async, args=args)
        try:
            sent.result(timeout=RING_SECONDS)
        except TooSlow:
            self._hung = sent
            return False
        except (OperationalError, OSError):
            return False
        return True


_ringer: _Ringer | None = None


def _forget_ringer() -> None:
    global _ringer
    _ringer = None


# A forked process has its parent's objects, but not its threads.
os.register_at_fork(after_in_child=_forget_ringer)


def _send(task: Task[Any, Any], args: tuple[int, ...]) -> None:
    global _ringer
    _ringer = _ringer or _Ringer()
    if not _ringer.ring(task, args):
        log.warning("broker away, the sweep will ring again: %s%r", task.name, args)
