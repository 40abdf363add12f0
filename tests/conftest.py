"""What every test stands on. The settings are in `tests/settings.py`, the people in `tests/cast.py`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from closedorders.celery import app as celery_app
from closedorders.core import translations
from closedorders.core.broker import EmbeddedBroker

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
    for language in translations.languages():
        translations.compile_catalogue(language)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    browser_items = [item for item in items if item.get_closest_marker("browser")]
    if not browser_items or chromium_executable():
        return
    if os.environ.get("REQUIRE_BROWSER") == "1":
        raise pytest.UsageError(
            "REQUIRE_BROWSER=1, but no Chromium was found: install it or set CHROMIUM to its path."
        )
    config.hook.pytest_deselected(items=browser_items)
    items[:] = [item for item in items if item not in browser_items]
    config.stash[_left_out] = len(browser_items)


_left_out = pytest.StashKey[int]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if count := config.stash.get(_left_out, 0):
        terminalreporter.write_line(
            f"NO CHROMIUM FOUND: {count} BROWSER TESTS WERE LEFT OUT (install chromium or set CHROMIUM)",
            red=True,
            bold=True,
        )


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
