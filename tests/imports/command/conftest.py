from __future__ import annotations

from pathlib import Path

import pytest

from closedorders.orders.models import Store
from tests.cast import Cast
from tests.factories import make_store


@pytest.fixture
def store(cast: Cast) -> Store:
    return make_store(cast.team, name="Casa Luna")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
