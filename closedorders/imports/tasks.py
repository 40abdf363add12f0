from __future__ import annotations

from celery import shared_task

from closedorders.core.task_queue.enqueue import enqueue_on_commit

from . import retention
from .models import Import
from .runs import reading, saving
from .undo.run import undo_file

# A file of a million rows takes longer than a task usually may. Killing one loses nothing: the sweep resumes it.
_SOFT_LIMIT = 3 * 3600
_LIMIT = _SOFT_LIMIT + 60


@shared_task(name="closedorders.imports.tasks.read_import", soft_time_limit=_SOFT_LIMIT, time_limit=_LIMIT)
def read_import(import_id: int) -> None:
    reading.read_file(import_id)


@shared_task(name="closedorders.imports.tasks.commit_import", soft_time_limit=_SOFT_LIMIT, time_limit=_LIMIT)
def commit_import(import_id: int) -> None:
    saving.commit_file(import_id)


@shared_task(name="closedorders.imports.tasks.undo_import", soft_time_limit=_SOFT_LIMIT, time_limit=_LIMIT)
def undo_import(import_id: int) -> None:
    undo_file(import_id)


#: Whose turn it is; whoever is not here is to be read.
_TASKS = {Import.State.COMMITTING: commit_import, Import.State.UNDOING: undo_import}


@shared_task(name="closedorders.imports.tasks.sweep")
def sweep() -> None:
    """Ring for every import that no worker has: new ones whose bell was lost, and those of killed workers."""
    due = Import.objects.due().order_by("pk").values_list("pk", "state")[:100]
    for import_id, state in due:
        enqueue_on_commit(_TASKS.get(Import.State(state), read_import), import_id)


@shared_task(name="closedorders.imports.tasks.forget_import_files")
def forget_import_files() -> None:
    retention.forget_files()
