"""For the image: web processes find static files collected and need not write them."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand

from closedorders.core.static_files.collected import ensure_collected


class Command(BaseCommand):
    help = "Collect, bundle and compress static files into STATIC_ROOT, unless they are there already."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        ensure_collected()
