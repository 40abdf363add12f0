from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.urls import reverse

from closedorders.accounts.models import Membership
from closedorders.imports.models import Import
from tests.imports.bad_rows.tables import Table
from tests.imports.browsing import ClientOf
from tests.imports.files import text


@pytest.fixture
def download(client_of: ClientOf) -> Callable[..., Table]:
    """The bad rows of an import as a spreadsheet shows them, header first."""

    def get(source: Import, by: Membership, language: str = "en") -> Table:
        url = reverse("imports:bad_rows", args=[source.team.slug, source.pk])
        file = text(client_of(by).get(url, headers={"accept-language": language}))
        assert file.startswith("\ufeff")
        return list(csv.reader(io.StringIO(file[1:])))

    return get
