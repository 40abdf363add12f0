from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand
from django.db.models import Model

from closedorders.documents import keys

_AT_ONCE = 200


class Command(BaseCommand):
    help = (
        "Wrap the keys of all documents and of stores' mail passwords with the first of DOCUMENT_KEYS. What they seal "
        "is not touched. It may be killed and "
        "started again at any moment; when it ends, the older keys may be taken out of DOCUMENT_KEYS."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rotated = sum(map(_rotate, keys.models_with_wrapped_keys()))
        self.stdout.write(f"{rotated} keys wrapped anew; all others were already.")


def _rotate(model: type[Model]) -> int:
    """Wrap every key of this model that an older key wrapped; how many."""
    rotated, last = 0, 0
    while True:
        rows = list(
            model._default_manager.exclude(wrapped_key="")
            .filter(pk__gt=last)
            .order_by("pk")[:_AT_ONCE]
            .values_list("pk", "wrapped_key")
        )
        if not rows:
            return rotated
        for pk, wrapped in rows:
            last = pk
            if keys.is_newest(wrapped):
                continue
            # Only while it is what was read: what is deleted meanwhile gets no key again.
            rotated += model._default_manager.filter(pk=pk, wrapped_key=wrapped).update(
                wrapped_key=keys.wrap(keys.unwrap(wrapped))
            )
