"""Django's database cache, which raises an error where a value cannot be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.cache.backends import db
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.db import DatabaseError, IntegrityError, connections, router, transaction


class DatabaseCache(db.DatabaseCache):
    """Raises DatabaseError where a value could not be written. Django answers `False`, as for a key that is there.

    The throttle of sign-in counts in this cache and takes `False` for somebody else who counts at this moment: with a
    full disk it would call everyone's first attempt one too many.
    """

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        errors: list[DatabaseError] = []

        def note(execute: Callable[..., Any], *args: Any) -> Any:
            try:
                return execute(*args)
            except IntegrityError:
                raise  # Another process wrote the same key first.
            except DatabaseError as error:
                errors.append(error)
                raise

        using = router.db_for_write(self.cache_model_class)
        # A transaction around Django's: what only shows at the commit is raised here.
        with transaction.atomic(using=using), connections[using].execute_wrapper(note):
            written = bool(super()._base_set(mode, key, value, timeout))  # type: ignore[misc]  # not in django-stubs
        if errors:
            raise errors[0]
        return written
