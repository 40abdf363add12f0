"""Runs the command in this process, and what comes of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings as django_settings
from django.core.management import call_command

from closedorders.orders.models import Store


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


def run(store: Store, file: Path | str, *options: str, **more: Any) -> Outcome:
    out, err = io.StringIO(), more.pop("stderr", io.StringIO())
    named = {"--team": store.team.slug, "--store": store.name} | more
    arguments = [part for option in named.items() for part in option if part is not None]
    status: Any = 0
    try:
        call_command("import_orders", str(file), *arguments, *options, stdout=out, stderr=err)
    except SystemExit as left:
        status = left.code
    return Outcome(status, out.getvalue(), err.getvalue())


def written(folder: Path, content: bytes, name: str = "orders.csv") -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


def stored_files() -> list[Path]:
    return [each for each in Path(django_settings.MEDIA_ROOT).rglob("*.csv") if each.is_file()]
