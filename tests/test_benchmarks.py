"""That `make bench` runs, tells the truth about its goals, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import psycopg2
import pytest

from benchmarks import results
from benchmarks.figures import Figure, median_seconds
from benchmarks.order_file import shopify_header, shopify_rows

ROOT = Path(__file__).parent.parent
DATABASE_URL = os.environ.get("DATABASE_URL", "")
needs_postgresql = pytest.mark.skipif(
    not DATABASE_URL.startswith("postgres"), reason="make bench measures PostgreSQL: set DATABASE_URL to one"
)


def _databases_of(process: int) -> list[str]:
    server = psycopg2.connect(DATABASE_URL)
    try:
        with server.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database")
            names = [name for (name,) in cursor.fetchall()]
    finally:
        server.close()
    return [name for name in names if name.startswith(f"closedorders_bench_{process}_")]


@needs_postgresql
@pytest.mark.parametrize(
    ("part", "figures"),
    [
        ("imports", 8),
        ("closures", 1),
        ("vault", 3),
        ("sending", 5 if os.environ.get("REDIS_URL") else 4),
        ("pages", 22),
        ("risk", 5),
    ],
)
def test_each_part_runs_small_prints_its_table_and_drops_what_it_made(part: str, figures: int) -> None:
    with _bench("--quick", "--only", part) as bench:
        said, complaints = bench.communicate(timeout=300)
    assert bench.returncode == 0, complaints
    assert len(re.findall(r"\| (?:yes|no) \|$", said, re.MULTILINE)) == figures, said
    assert not _databases_of(bench.pid)


@needs_postgresql
def test_broken_off_it_drops_what_it_made_too() -> None:
    with _bench("--quick") as bench:
        until = monotonic() + 60
        while not _databases_of(bench.pid) and monotonic() < until:
            sleep(0.05)
        bench.send_signal(signal.SIGINT)
        _said, complaints = bench.communicate(timeout=60)
    assert "Broken off; what was made is gone again." in complaints
    assert not _databases_of(bench.pid)


def _bench(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_without_postgresql_it_says_what_to_set() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "Set DATABASE_URL to a PostgreSQL server" in done.stderr


def test_a_goal_is_a_ceiling_or_where_more_is_better_a_floor() -> None:
    assert Figure("page", 15, 10, 1.6, "ms", "PostgreSQL").met
    assert not Figure("page", 17, 10, 1.6, "ms", "PostgreSQL").met
    faster = Figure("against the admin", 10, 250, 25, "ms", "PostgreSQL", at_least=True)
    assert (faster.ratio, faster.met) == (25, True)
    rate = Figure("rate", 79, 2, 40, "requests/s", "PostgreSQL", at_least=True)
    assert (rate.ratio, rate.met) == (39.5, False)


def test_a_median_is_not_moved_by_one_slow_run() -> None:
    waits = iter([0.0, 0.0, 0.2])

    def work() -> None:
        sleep(next(waits))

    assert median_seconds(work, times=3) < 0.1


def test_the_order_file_has_79_columns_and_13_rows_to_ten_orders_and_is_the_same_each_time() -> None:
    rows = list(shopify_rows(1_300))
    assert len(shopify_header()) == 79
    assert {len(row) for row in rows} == {79}
    assert len(rows) == 1_300
    assert len({row[0] for row in rows}) == 1_000
    assert rows == list(shopify_rows(1_300))


def test_the_page_and_the_results_are_written_from_one_list(tmp_path: Path) -> None:
    page, file = tmp_path / "page.md", tmp_path / "results.json"
    page.write_text(f"Before\n{results.BEGIN}\nold\n{results.END}\nAfter\n", encoding="utf-8")
    listed = results.results([Figure("A page", 12, 10, 1.6, "ms", "PostgreSQL")], "a machine")
    results.write(listed, file=file, page=page)
    results.write(listed, file=file, page=page)
    assert json.loads(file.read_text(encoding="utf-8")) == listed
    text = page.read_text(encoding="utf-8")
    assert "| A page | 12.00 ms | 10.00 ms | 1.20 | ≤ 1.6 | yes |" in text
    assert text.count("A page") == 1
    assert text.startswith("Before")
    assert text.endswith("After\n")
    assert "old" not in text


def test_the_page_shows_the_figures_that_are_kept_or_that_there_are_none() -> None:
    shown = "No whole run yet."
    if results.RESULTS.exists():
        shown = results.table(json.loads(results.RESULTS.read_text(encoding="utf-8")))
    assert shown in results.PAGE.read_text(encoding="utf-8")
