"""Where store orders stand, computed anew and held against what is stored beside them."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from closedorders.orders.models import StoreOrder
from closedorders.orders.status import changed_statuses as changed_statuses
from closedorders.orders.status import refresh_status as refresh_status

_BATCH = 500


class Command(BaseCommand):
    help = (
        "Compute anew where each store order stands (supplier, money, customer told) and name those whose stored "
        "standing says otherwise. Exit status 1 if there are any and --repair was not given."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="store what was computed")

    def handle(self, *args: Any, repair: bool, **options: Any) -> None:
        found = looked_at = last = 0
        while True:
            keys = list(
                StoreOrder.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_BATCH]
            )
            if not keys:
                break
            last = keys[-1]
            looked_at += len(keys)
            changed = changed_statuses(keys)
            found += len(changed)
            stored = StoreOrder.objects.in_bulk(list(changed))
            for pk, right in changed.items():
                order = stored[pk]
                for name, value in right._asdict().items():
                    if (now := getattr(order, name)) != value:
                        self.stdout.write(f"{order.team_id} {order.number}: {name} {now!r} -> {value!r}")
            if repair:
                refresh_status(changed)
        verb = "repaired" if repair else "found"
        self.stdout.write(f"{looked_at} orders looked at, {found} wrong ones {verb}.")
        if found and not repair:
            raise SystemExit(1)
