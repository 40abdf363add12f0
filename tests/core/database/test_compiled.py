"""An UPDATE that is compiled once does the same as the query set it is built from."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from closedorders.accounts.models import Team, User
from closedorders.core.database.compiled import Built, CompiledUpdate
from tests.factories import make_team

DAY = datetime(2026, 12, 1, 9, 30, 15, 123456, UTC)


def _build(*, pk: int, name: str, slug: str, at: datetime) -> Built:
    return Team.objects.filter(pk=pk, slug=slug, created_at__gte=at), {"name": name, "created_at": at}


@pytest.fixture
def rename() -> CompiledUpdate:
    return CompiledUpdate(_build, pk=int, name=str, slug=str, at=datetime)


@pytest.mark.django_db
def test_each_run_has_its_own_values(rename: CompiledUpdate) -> None:
    first, second = make_team(), make_team()
    Team.objects.update(created_at=datetime(2027, 1, 1, tzinfo=UTC))
    for team, name in ((first, "Casa 'Luna' 100 %s"), (second, "Otra")):
        assert rename(pk=team.pk, name=name, slug=team.slug, at=DAY) == 1
        team.refresh_from_db()
        assert (team.name, team.created_at) == (name, DAY)
    assert rename(pk=first.pk, name="No", slug="another", at=DAY) == 0
    assert rename(pk=first.pk, name="No", slug=first.slug, at=datetime(2028, 1, 1, tzinfo=UTC)) == 0


@pytest.mark.django_db
def test_it_is_written_once_and_planned_once_a_connection(rename: CompiledUpdate) -> None:
    team = make_team()
    rename(pk=team.pk, name="A", slug=team.slug, at=DAY)
    with CaptureQueriesContext(connection) as queries:
        rename(pk=team.pk, name="B", slug=team.slug, at=DAY)
    assert len(queries) == 1
    [query] = queries.captured_queries
    assert query["sql"].startswith("EXECUTE" if connection.vendor == "postgresql" else "UPDATE")


@pytest.mark.django_db(transaction=True)
def test_behind_a_pooler_that_forgets_what_was_prepared_it_still_works(rename: CompiledUpdate) -> None:
    team = make_team()
    rename(pk=team.pk, name="A", slug=team.slug, at=datetime(2020, 1, 1, tzinfo=UTC))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"DEALLOCATE {rename.name}")
    assert rename(pk=team.pk, name="B", slug=team.slug, at=datetime(2020, 1, 1, tzinfo=UTC)) == 1
    team.refresh_from_db()
    assert team.name == "B"


@pytest.mark.django_db
def test_an_argument_that_is_reckoned_with_is_an_error() -> None:
    update = CompiledUpdate(lambda *, pk: (User.objects.filter(pk=pk + 1), {"name": "x"}), pk=int)
    with pytest.raises(ValueError, match="pk"):
        update(pk=1)
