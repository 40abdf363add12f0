"""Uploaded files on the disk: complete or removed, and each with a row in the database that names it."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db import InterfaceError, OperationalError, models, transaction
from django.db.models.fields.files import FieldFile

from closedorders.core.http.no_room import means_no_room

log = logging.getLogger(__name__)

STRAY_AFTER = timedelta(days=1)
"""A file of an upload that still runs is younger."""
_AT_ONCE = 2_000
_LOOKED_UP_AT_ONCE = 500


class WholeFileStorage(FileSystemStorage):
    """Removes what it has written of a file that it cannot write to its end, as on a full disk.

    Names must be made up, as those of all uploads are: one that two files wanted would be removed for the other's sake.
    """

    def _save(self, name: str, content: File[bytes]) -> str:
        try:
            return str(super()._save(name, content))  # type: ignore[misc]  # not in django-stubs
        except Exception:
            with suppress(OSError):
                os.unlink(self.path(name))
            raise


class WholeFileUploadHandler(TemporaryFileUploadHandler):
    """Removes its temporary file as soon as it cannot be written: Django leaves that to the garbage collector."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        Path(settings.FILE_UPLOAD_TEMP_DIR).mkdir(parents=True, exist_ok=True, mode=0o700)
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        with self._removed_on_error():
            super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:
        with self._removed_on_error():  # What was still in memory is written now.
            return super().file_complete(file_size)

    @contextmanager
    def _removed_on_error(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            with suppress(OSError):
                self.file.close()
            raise


@contextmanager
def file_with_its_row(file: FieldFile) -> Iterator[None]:
    """A transaction in which `file` and its row are written: without the row, the file is deleted again.

    Where the connection to the database was lost nobody knows whether there is a row. `remove_stray_files` finds out.
    """
    try:
        with transaction.atomic():
            yield
    except Exception as error:
        is_known = means_no_room(error) or not isinstance(error, OperationalError | InterfaceError)
        if file.name and is_known:
            file.storage.delete(file.name)
        raise


def remove_stray_files() -> int:
    """Delete files of uploads that no row names and that are older than `STRAY_AFTER`; how many, `_AT_ONCE` at most.

    They are left by processes that were killed between the file and the commit of its row, or in the middle of an
    upload. Only folders that file fields upload to and that of uploads under way are looked at, and no symbolic link is
    followed or deleted.
    """
    removed = 0
    fields = [
        field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.FileField) and isinstance(field.upload_to, str)
    ]
    root = Path(settings.MEDIA_ROOT)
    folders = {str(field.upload_to).split("/")[0] for field in fields}
    for folder in sorted({*folders, Path(settings.FILE_UPLOAD_TEMP_DIR).name}):
        files = _old_files(root / folder)
        while names := {str(path.relative_to(root)) for path in islice(files, _LOOKED_UP_AT_ONCE)}:
            for field in fields:
                rows = field.model._default_manager.filter(**{f"{field.name}__in": names})
                names -= set(rows.values_list(field.name, flat=True))
            for name in names:
                if removed == _AT_ONCE:
                    return removed
                try:
                    (root / name).unlink(missing_ok=True)
                except OSError:
                    log.exception("A file without a row could not be deleted: %s", name)
                else:
                    removed += 1
    return removed


def _old_files(folder: Path) -> Iterator[Path]:
    """Files under `folder` older than `STRAY_AFTER`; neither symbolic links nor what they lead to."""
    before = time.time() - STRAY_AFTER.total_seconds()
    folders = [] if folder.is_symlink() else [folder]
    while folders:
        with suppress(FileNotFoundError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    with suppress(FileNotFoundError):
                        if entry.stat(follow_symlinks=False).st_mtime < before:
                            yield Path(entry.path)
