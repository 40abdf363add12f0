"""The kit that is ready before AliExpress asks, and what of it runs out."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from closedorders.documents.models import Document
from closedorders.documents.reads.kit import expiring, kit_of, months_after, warning_of
from tests.cast import Cast
from tests.documents.scenes import make_document

TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("expires_on", "words"),
    [
        (date(2026, 11, 29), "Has run out"),
        (TODAY, "Runs out within a week"),
        (date(2026, 12, 6), "Runs out within a week"),
        (date(2026, 12, 7), "Runs out within a month"),
        (date(2026, 12, 30), "Runs out within 3 months"),
        (date(2027, 2, 27), "Runs out within 3 months"),
        (date(2027, 2, 28), "Runs out within 6 months"),
        (date(2027, 5, 29), "Runs out within 6 months"),
    ],
)
def test_a_date_is_warned_of_six_three_and_one_months_and_a_week_before(expires_on: date, words: str) -> None:
    found = warning_of(expires_on, TODAY)
    assert found is not None
    assert found[0] == words


@pytest.mark.parametrize("expires_on", [None, date(2027, 5, 30), date(2036, 1, 1)])
def test_a_date_far_away_and_none_are_not(expires_on: date | None) -> None:
    assert warning_of(expires_on, TODAY) is None


def test_months_end_on_their_last_day() -> None:
    assert months_after(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert months_after(date(2026, 12, 1), 1) == date(2027, 1, 1)


@pytest.fixture
def vault(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.mark.django_db
@pytest.mark.usefixtures("vault")
def test_only_documents_that_may_be_used_and_have_not_run_out_are_in_the_kit(
    cast: Cast, other_cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    kind = Document.Kind
    ready = make_document(cast.merchant, kind=kind.CARD_FRONT)
    make_document(cast.merchant, kind=kind.CARD_BACK, state="leak")
    make_document(cast.merchant, kind=kind.IDENTITY, expires_on=TODAY - timedelta(days=1))
    make_document(cast.merchant, kind=kind.CONTACT, state="confirmed", expires_on=TODAY)
    make_document(cast.merchant, kind=kind.OTHER)
    make_document(other_cast.merchant, kind=kind.BUSINESS)
    with django_assert_num_queries(2):
        kit = kit_of(cast.team, TODAY)
    assert [part.kind for part in kit.parts if part.document] == ["card_front", "contact"]
    assert (kit.ready, kit.percent, kit.parts[0].document) == (2, 28, ready)


@pytest.mark.django_db
@pytest.mark.usefixtures("vault")
def test_what_a_newer_document_replaces_is_not_warned_of(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    today = timezone.localdate()
    soon = today + timedelta(days=3)
    make_document(cast.merchant, expires_on=soon)
    make_document(cast.merchant, expires_on=today + timedelta(days=3000))
    card = make_document(cast.merchant, kind=Document.Kind.CARD_FRONT, expires_on=soon)
    make_document(
        cast.merchant, kind=Document.Kind.CARD_FRONT, expires_on=today + timedelta(days=3000), state="leak"
    )
    with django_assert_num_queries(1):
        found = expiring(cast.team, today)
    assert [(each.document, each.tone) for each in found] == [(card, "red")]
