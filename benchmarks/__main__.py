"""`make bench`: every figure of the product's speed beside its reference, in one run.

Needs `DATABASE_URL`, a PostgreSQL on which databases may be made. What the run makes goes again, also when it fails or
is broken off.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

import django


def main() -> None:
    options = _options()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _stop)
    with tempfile.TemporaryDirectory(prefix="closedorders-bench-") as folder:
        os.environ |= {"BENCH_FOLDER": folder, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
        from . import databases

        databases.server_url()
        django.setup()
        from closedorders.core.static_files.collected import ensure_collected

        ensure_collected()  # as a web process does: pages name static files by what is in them
        _measure(options, Path(folder))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the product's speed.")
    parser.add_argument("--quick", action="store_true", help="small sizes, once: whether it all runs")
    parser.add_argument(
        "--only",
        choices=["imports", "closures", "sending", "vault", "pages", "risk"],
        help="one part; nothing is written",
    )
    parser.add_argument(
        "--orders",
        type=int,
        default=1_000_000,
        help="orders of the large team; other than a million, nothing is written",
    )
    return parser.parse_args()


def _stop(_number: int, _frame: FrameType | None) -> None:
    # Raised inside a weak reference's callback it is lost: so again each second, until `databases` cleans up.
    signal.setitimer(signal.ITIMER_REAL, 1, 1)
    raise KeyboardInterrupt


def _measure(options: argparse.Namespace, folder: Path) -> None:
    from django.db import connection

    from . import closures, databases, imports, pages, results, risk, sending
    from .figures import Figure
    from .vault import figures as vault

    begun = time.monotonic()
    figures: list[Figure] = []
    with databases.databases() as made:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0].split()[0]
        if options.only in (None, "imports"):
            print("Importing …", file=sys.stderr)
            sizes = {"rows": 1_000, "many": 2_000, "few": 500, "times": 1} if options.quick else {}
            figures += imports.figures(made, folder, **sizes)
        if options.only in (None, "closures"):
            print("Logging closures …", file=sys.stderr)
            sizes = {"numbers": 1_000, "times": 1} if options.quick else {}
            figures += closures.figures(made, **sizes)
        if options.only in (None, "vault"):
            print("Storing and reading documents …", file=sys.stderr)
            figures += vault.figures(made, **({"times": 1} if options.quick else {}))
        if options.only in (None, "sending"):
            print("Sending mails and approving many …", file=sys.stderr)
            sizes = {"mails": 100, "customers": 600, "times": 1} if options.quick else {}
            figures += sending.figures(made, **sizes)
        if options.only in (None, "pages", "risk"):
            print("Making two teams and asking for their pages …", file=sys.stderr)
            small, large = (1_000, 2_000) if options.quick else (10_000, options.orders)
            sites = pages.make_sites(made, (small, large))
            times = 1 if options.quick else 15
            if options.only != "risk":
                figures += pages.figures(sites, times=times, seconds=0.5 if options.quick else 8)
            if options.only != "pages":
                figures += risk.figures(sites, times=times)
    listed = results.results(figures, results.machine(version))
    print(results.table(listed))
    met = sum(each["met"] for each in listed)
    print(f"\n{met} of {len(listed)} goals met, in {(time.monotonic() - begun) / 60:.0f} minutes.")
    if options.quick or options.only or options.orders != 1_000_000:
        print("Nothing written: that takes a whole run.")
    else:
        results.write(listed)
        print(f"Written to {results.RESULTS.name} and {results.PAGE.name}.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Broken off; what was made is gone again.")
