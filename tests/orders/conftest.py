"""What tests of orders start from."""

from __future__ import annotations

import pytest

from closedorders.orders.models import Store
from tests.cast import Cast
from tests.factories import make_store


@pytest.fixture
def store(cast: Cast) -> Store:
    return make_store(cast.team)
