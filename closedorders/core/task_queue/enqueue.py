"""Enqueues Celery tasks. The database records what is due, so a lost task is enqueued again by its app's sweep."""

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

ENQUEUE_SECONDS = 1.0
"""How long a page waits for the broker. One that hangs costs several timeouts, in a thread of its own."""


def enqueue_on_commit(task: Task[Any, Any], *args: int) -> None:
    """Enqueue `task` with these ids once the surrounding transaction is committed.

    A broker that is away is logged and otherwise ignored: the sweep of the task's app finds the work in the database.
    """
    transaction.on_commit(partial(_send, task, args))


class _Sender:
    """Sends tasks from one thread, so that whoever enqueues need not wait for a broker that hangs."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="enqueue")
        self._hung: Future[Any] | None = None

    def send(self, task: Task[Any, Any], args: tuple[int, ...]) -> bool:
        """Whether the broker took it in time. While an earlier try hangs, no other is made."""
        if self._hung is not None and not self._hung.done():
            return False
        sent = self._thread.submit(task.apply_async, args=args)
        try:
            sent.result(timeout=ENQUEUE_SECONDS)
        except TooSlow:
            self._hung = sent
            return False
        except (OperationalError, OSError):
            return False
        return True


_sender: _Sender | None = None


def _forget_sender() -> None:
    global _sender
    _sender = None


# A forked process has its parent's objects, but not its threads.
os.register_at_fork(after_in_child=_forget_sender)


def _send(task: Task[Any, Any], args: tuple[int, ...]) -> None:
    global _sender
    _sender = _sender or _Sender()
    if not _sender.send(task, args):
        log.warning("broker away, the sweep will enqueue it again: %s%r", task.name, args)
