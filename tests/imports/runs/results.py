"""What a test of runs reads off an import."""

from __future__ import annotations

from closedorders.imports.models import Import


def counts(source: Import) -> tuple[int, int, int]:
    return source.orders_new, source.orders_changed, source.orders_unchanged


class Killed(BaseException):
    """What `kill -9` looks like from inside: nothing catches it, nothing is tidied up."""
