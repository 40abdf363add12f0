from __future__ import annotations

import pytest
from pytest_django import Settings

SITE = "https://orders.casaluna.example"


@pytest.fixture(autouse=True)
def _public_site(settings: Settings) -> None:
    """Mails name links only where they lead somewhere."""
    settings.SITE_URL = SITE
