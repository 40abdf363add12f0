from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand

from closedorders.documents import keys
from closedorders.documents.models import PageImage

_AT_ONCE = 200


class Command(BaseCommand):
    help = (
        "Wrap the keys of all documents with the first of DOCUMENT_KEYS. Files are not touched. It may be killed and "
        "started again at any moment; when it ends, the older keys may be taken out of DOCUMENT_KEYS."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rotated, last = 0, 0
        while True:
            rows = list(
                PageImage.objects.exclude(wrapped_key="")
                .filter(pk__gt=last)
                .order_by("pk")[:_AT_ONCE]
                .values_list("pk", "wrapped_key")
            )
            if not rows:
                break
            for pk, wrapped in rows:
                last = pk
                if keys.is_newest(wrapped):
                    continue
                # Only while it is what was read: a document that is deleted meanwhile gets no key again.
                rotated += PageImage.objects.filter(pk=pk, wrapped_key=wrapped).update(
                    wrapped_key=keys.wrap(keys.unwrap(wrapped))
                )
        self.stdout.write(f"{rotated} keys wrapped anew; all others were already.")
