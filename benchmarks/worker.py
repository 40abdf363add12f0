"""A process of its own that imports one file into the database of `DATABASE_URL` and prints what it took, as JSON.

    python -m benchmarks.worker orders.csv

Seconds of the preview, of the saving, and of a second preview, when all of it is there already; the process's peak
memory in MB after the saving. What a worker runs is called as a worker calls it, with nothing before it in memory.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import django


def main(path: str) -> None:
    django.setup()
    from django.core.files.uploadedfile import UploadedFile

    from closedorders.accounts.models import Membership, Role, Team, User
    from closedorders.imports import actions, tasks
    from closedorders.imports.models import Import
    from closedorders.orders.models import Store

    team = Team.objects.create(slug="bench", name="Bench", language="en")
    user = User.objects.create_user("merchant@bench.example", None, name="Merchant")
    merchant = Membership.objects.create(team=team, user=user, role=Role.MERCHANT)
    store = Store.objects.create(
        team=team, name="Casa Luna", currency="EUR", sender_name="Casa Luna", sender_email="a@bench.example"
    )

    def upload() -> int:
        with Path(path).open("rb") as content:
            file = UploadedFile(content, "orders.csv", "text/csv", Path(path).stat().st_size)
            return actions.upload_import(
                team=team, upload=file, store=store, buyer_account=None, by=merchant
            ).pk

    def took(work: Callable[[int], object], import_id: int, reached: Import.State) -> float:
        start = perf_counter()
        work(import_id)
        seconds = perf_counter() - start
        source = Import.objects.get(pk=import_id)
        if source.state != reached or source.rows_rejected or source.questions:
            raise RuntimeError(f"The import ended as {source.state}: {source.refusal or source.questions}")
        return seconds

    first = upload()
    preview = took(tasks.read_import, first, Import.State.PREVIEWED)
    actions.save_import(source=Import.objects.get(pk=first), by=merchant)
    saving = took(tasks.commit_import, first, Import.State.COMMITTED)
    peak = peak_megabytes()
    again = took(tasks.read_import, upload(), Import.State.PREVIEWED)
    print(json.dumps({"preview": preview, "saving": saving, "again": again, "peak": peak}))


def peak_megabytes() -> float:
    """Of this program alone: what getrusage says holds what the process was before it began this program, too."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main(sys.argv[1])
