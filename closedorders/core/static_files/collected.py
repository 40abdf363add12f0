"""Collecting static files before the first page, so that nobody has to think of it."""

from __future__ import annotations

import fcntl
import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import AppDirectoriesFinder, FileSystemFinder
from django.core.management import call_command

from . import bundles, storage, typeface


def ensure_collected() -> None:
    """Collect into `STATIC_ROOT` unless what lies there is made of the very files that are here.

    The image is built with them; `make run` collects at its first start and after each change.
    """
    if settings.DEBUG:
        typeface.made()  # all else is served from where it lies
        return
    root = Path(settings.STATIC_ROOT)
    note, wanted = root / "made-of.txt", _made_of()
    if _text(note) == wanted:
        return
    root.mkdir(parents=True, exist_ok=True)
    with (root / "collecting.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _text(note) == wanted:  # another process was faster
            return
        call_command("collectstatic", interactive=False, verbosity=0)
        note.write_text(wanted, encoding="ascii")


def _text(path: Path) -> str:
    return path.read_text(encoding="ascii") if path.exists() else ""


def _made_of() -> str:
    """A checksum of every static file, and of the code that bundles them."""
    found = hashlib.sha256(typeface.recipe().encode())
    for finder in (FileSystemFinder(), AppDirectoriesFinder()):
        for name, source in finder.list(None):
            with source.open(name) as file:
                found.update(name.encode() + b"\0" + hashlib.sha256(file.read()).digest())
    for module in (bundles, storage):
        found.update(Path(str(module.__file__)).read_bytes())
    return found.hexdigest()
