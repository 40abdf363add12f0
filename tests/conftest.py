"""What every test stands on. The settings are in `tests/settings.py`, the people in `tests/cast.py`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation

from closedorders.accounts.team_cache import clear_cache
from closedorders.celery import app as celery_app
from closedorders.core.catalogues import translations
from closedorders.core.task_queue.embedded_broker import EmbeddedBroker
from tests.disks import can_mount
from tests.migrated_database import copy_sqlite, postgresql_template

pytest_plugins = ["tests.cast"]


def chromium_executable() -> str | None:
    """The Chromium to drive: `CHROMIUM`, or one of the usual names on the path."""
    names = (
        [os.environ["CHROMIUM"]]
        if os.environ.get("CHROMIUM")
        else ["chromium", "chromium-browser", "google-chrome"]
    )
    return next(filter(None, map(shutil.which, names)), None)


def pytest_configure(config: pytest.Config) -> None:
    # Before other processes are started that would each say so.
    if os.environ.get("REQUIRE_BROWSER") == "1" and chromium_executable() is None:
        raise pytest.UsageError(
            "REQUIRE_BROWSER=1, but no Chromium was found: install it or set CHROMIUM to its path."
        )
    if os.environ.get("REQUIRE_SMALL_DISK") == "1" and not can_mount():
        raise pytest.UsageError("REQUIRE_SMALL_DISK=1, but this machine mounts no file system.")
    for language in translations.languages():
        translations.compile_catalogue(language)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this machine or this run cannot do; the closing lines say so, loudly."""
    services = os.environ.get("DATABASE_URL", "").startswith("postgres") and bool(os.environ.get("REDIS_URL"))
    missing = {
        "browser": "" if chromium_executable() else "NO CHROMIUM FOUND (install chromium or set CHROMIUM)",
        "small_disk": "" if can_mount() else "MOUNTING IS NOT ALLOWED HERE (become root, or allow sudo)",
        "services": "" if services else "NO DATABASE_URL AND REDIS_URL: they run when both are given",
        "embedded": "REDIS_URL IS GIVEN: they run without it" if os.environ.get("REDIS_URL") else "",
    }
    left_out = {}
    for marker, why in missing.items():
        found = [item for item in items if why and item.get_closest_marker(marker)]
        if not found:
            continue
        config.hook.pytest_deselected(items=found)
        items[:] = [item for item in items if item not in found]
        left_out[marker] = f"{len(found)} {marker} TESTS LEFT OUT: {why}".upper()
    if os.environ.get("ONLY_WITH_SERVICES") == "1":
        # For a second run on other services, after one that left nothing out.
        apart = [item for item in items if not _touches_services(item)]
        config.hook.pytest_deselected(items=apart)
        items[:] = [item for item in items if item not in set(apart)]
        left_out["apart"] = f"{len(apart)} TESTS WITHOUT A DATABASE OR BROKER LEFT OUT: ONLY_WITH_SERVICES=1"
    config.stash[_left_out] = left_out


def _touches_services(item: pytest.Item) -> bool:
    """Whether a test uses the database or the broker, or starts the product; where in doubt it does."""
    fixtures = {
        "db",
        "transactional_db",
        "broker_url",
        "real_broker",
        "product",
        "own_product",
        "start_product",
    }
    marked = any(item.get_closest_marker(name) for name in ("django_db", "services", "browser"))
    return (
        marked or not fixtures.isdisjoint(getattr(item, "fixturenames", fixtures)) or "e2e" in item.path.parts
    )


_left_out = pytest.StashKey[dict[str, str]]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process that runs tests beside others passes on what it left out: the first one prints the closing lines."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["left_out"] = session.config.stash.get(_left_out, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Each of the others has collected all tests, so one of them says what all have left out."""
    node.config.stash.setdefault(_left_out, {}).update(getattr(node, "workeroutput", {}).get("left_out", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash.get(_left_out, {}).values():
        terminalreporter.write_line(line, red=True, bold=True)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """SQLite's test database is the file that `django_db_modify_db_settings` has put there; it goes with its folder."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Begin on a copy of a migrated database."""
    if connection.vendor == "sqlite":
        copy_sqlite(Path(connection.settings_dict["TEST"]["NAME"]))
    else:
        connection.settings_dict["TEST"]["TEMPLATE"] = postgresql_template(os.environ["DATABASE_URL"])


@pytest.fixture(autouse=True)
def _empty_team_cache() -> None:
    """Keys are used again in the next test's database: cached values of a team would be wrong there."""
    clear_cache()


@pytest.fixture(autouse=True)
def _english_at_first() -> Iterator[None]:
    """The test client leaves the language of its last page behind: the next test must not be told in it."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real broker: the one `REDIS_URL` names, or an embedded one for this session."""
    if os.environ.get("REDIS_URL"):
        yield os.environ["REDIS_URL"]
        return
    folder = tmp_path_factory.mktemp("broker")
    with EmbeddedBroker(folder) as broker:
        yield broker.url


@pytest.fixture
def real_broker(broker_url: str) -> Iterator[str]:
    """Celery of this process speaks to a real broker for one test, then to memory again."""
    before = celery_app.conf.broker_url
    _use_broker(broker_url)
    celery_app.control.purge()
    yield broker_url
    celery_app.control.purge()
    _use_broker(before)


def _use_broker(url: str) -> None:
    celery_app.conf.update(broker_url=url, broker_read_url=url, broker_write_url=url)
    celery_app.close()  # Its connections are to the broker before.
