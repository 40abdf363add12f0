from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache

from closedorders.core.health import worker_is_alive, worker_last_seen
from closedorders.core.tasks import heartbeat


@pytest.fixture(autouse=True)
def _cache_table(db: None) -> None:
    cache.clear()


def test_a_worker_never_seen_is_not_alive() -> None:
    assert worker_last_seen() is None
    assert not worker_is_alive()


def test_a_heartbeat_is_seen_and_grows_old() -> None:
    heartbeat()
    assert worker_is_alive()
    assert not worker_is_alive(within=timedelta(0))
