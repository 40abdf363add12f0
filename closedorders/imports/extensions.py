"""What later apps add to imports, without imports knowing any of them. An app registers in its `ready()`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from closedorders.accounts.access import TeamRequest

    from .models import Import


class Panel(NamedTuple):
    """A part of the page of a saved import: its template, and what that needs beside the page's own context."""

    template: str
    context: dict[str, Any]


class ImportExtension:
    def after_saving(self, source: Import) -> None:
        """All orders of the file are saved: called inside the transaction that says so, once."""

    def panel(self, request: TeamRequest, source: Import) -> Panel | None:
        """The next thing to do with what a saved import brought; None where there is nothing."""
        return None


_EXTENSIONS: dict[str, ImportExtension] = {}


def register(name: str, extension: ImportExtension) -> None:
    """Register an app's extension under the app's name."""
    _EXTENSIONS[name] = extension


def extensions() -> Sequence[ImportExtension]:
    return tuple(_EXTENSIONS.values())
