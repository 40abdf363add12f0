"""A stored document is checked by a worker. The reader of pictures itself runs in the first tests only: it is slow."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont
from pytest_django import Settings

from closedorders.documents import tasks
from closedorders.documents.actions import look_at_page
from closedorders.documents.models import Document, SelfTest
from closedorders.documents.proof import checking, reading, self_test
from closedorders.documents.proof.checking import Reading, check, read_page
from closedorders.documents.proof.findings import CARD, LINES, Finding, Place
from closedorders.documents.tasks import run_self_test, sweep
from tests.cast import Cast
from tests.documents.scenes import encoded, make_document
from tests.factories import make_store, make_store_order, make_supplier_order

from .test_mrz import PASSPORT

needs_reader = pytest.mark.skipif(
    not reading.data_folder(), reason="tesserocr's wheel is not for this machine"
)


@pytest.fixture(autouse=True)
def vault(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@needs_reader
def test_a_card_that_lies_on_its_side_in_light_letters_is_found() -> None:
    picture = Image.new("RGB", (1000, 630), (20, 30, 60))
    ImageDraw.Draw(picture).text(
        (70, 320), self_test.CARD_NUMBER, font=ImageFont.load_default(56), fill=(235, 235, 235)
    )
    sideways = encoded(picture.transpose(Image.Transpose.ROTATE_90), quality=85)
    found = read_page(sideways, kind="card_front", boxes=())
    assert found.why_not == ""
    (card,) = [each for each in found.findings if each.kind == CARD]
    x, _y, width, height = card.place
    assert 0.4 < x < 0.7, "where it stands on the picture as it is stored"
    assert height > 5 * width


@needs_reader
def test_machine_readable_lines_are_found_on_an_identity_paper() -> None:
    picture = Image.new("RGB", (1500, 400), "white")
    for number, line in enumerate(PASSPORT):
        ImageDraw.Draw(picture).text(
            (30, 200 + 70 * number), line, font=ImageFont.load_default(36), fill="black"
        )
    found = read_page(encoded(picture, quality=85), kind="identity", boxes=())
    assert LINES in {each.kind for each in found.findings}


@needs_reader
@pytest.mark.django_db
def test_the_self_test_passes_here() -> None:
    test = SelfTest.objects.create(pk=SelfTest.ONLY, state=SelfTest.State.WAITING)
    run_self_test(test.pk)
    test.refresh_from_db()
    assert (test.state, {passed for _code, passed in test.result}) == ("passed", {True})


def test_without_the_reader_the_child_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_API", None)
    content = io.BytesIO(encoded(self_test.card()))
    assert list(reading.answers(content, iter([{"turn": 0, "inverted": False, "scale": 1.0}]))) == [
        {"missing": True}
    ]


class _Reader:
    """Stands in for the reading of pages."""

    def __init__(self, *readings: Reading) -> None:
        self.readings = list(readings)
        self.asked: list[tuple[str, Sequence[Place]]] = []

    def __call__(self, jpeg: bytes, *, kind: str, boxes: Sequence[Place]) -> Reading:
        assert jpeg.startswith(b"\xff\xd8")
        self.asked.append((kind, boxes))
        return self.readings.pop(0) if self.readings else Reading(version="5")


def _card(digits: str = "4242424242424242") -> Reading:
    return Reading([Finding(CARD, (0.1, 0.4, 0.5, 0.1), digits)], version="5")


def _checked(cast: Cast, monkeypatch: pytest.MonkeyPatch, *readings: Reading, pages: int = 1) -> Document:
    monkeypatch.setattr(checking, "read_page", _Reader(*readings))
    document = make_document(cast.merchant, pages=pages, state=Document.State.WAITING)
    check(document.pk)
    document.refresh_from_db()
    return document


@pytest.mark.django_db
def test_a_document_in_which_nothing_was_found_can_be_used(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = _checked(cast, monkeypatch, pages=2)
    assert (document.state, document.is_usable, document.progress_done) == ("clean", True, 2)
    assert look_at_page(page=document.pages.all()[0], by=cast.reviewer)
    assert document.check_result["engine"] == "Tesseract 5"


@pytest.mark.django_db
def test_a_leak_closes_the_document_and_its_number_is_stored_nowhere(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = _checked(cast, monkeypatch, Reading(version="5"), _card(), pages=2)
    assert (document.state, document.is_usable) == ("leak", False)
    (found,) = document.check_result["found"]
    assert (found["page"], found["end"]) == (2, "4242")
    assert "42424242" not in str(Document.objects.values().get())


@pytest.mark.django_db
@pytest.mark.parametrize("why_not", ["no_ocr", "too_long", "failed"])
def test_what_was_not_wholly_read_cannot_be_used(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, why_not: str
) -> None:
    document = _checked(cast, monkeypatch, Reading(why_not=why_not))
    assert (document.state, document.is_usable) == ("unchecked", False)


@pytest.mark.django_db
def test_numbers_of_the_teams_own_orders_and_parcels_are_no_leak(
    cast: Cast, other_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_supplier_order(
        other_cast.team, make_store_order(make_store(other_cast.team)), number="4242424242424242"
    )
    assert _checked(cast, monkeypatch, _card()).state == "leak", "another team's number"
    make_supplier_order(cast.team, make_store_order(make_store(cast.team)), number="4242424242424242")
    document = _checked(cast, monkeypatch, _card())
    assert (document.state, document.check_result["known_numbers"]) == ("clean", 1)


@pytest.mark.django_db
def test_only_boxes_over_card_numbers_are_passed_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = _Reader()
    monkeypatch.setattr(checking, "read_page", reader)
    document = make_document(cast.merchant, state=Document.State.WAITING)
    document.boxes = [[1, 0.1, 0.1, 0.2, 0.2, "card_number"], [1, 0.5, 0.5, 0.1, 0.1, "lines"]]
    document.save()
    check(document.pk)
    assert reader.asked == [("identity", [(0.1, 0.1, 0.2, 0.2)])]


@pytest.mark.django_db
def test_a_document_is_checked_once_and_again_after_its_worker_was_killed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = _Reader()
    monkeypatch.setattr(checking, "read_page", reader)
    document = make_document(cast.merchant, state=Document.State.WAITING)
    Document.objects.update(state="checking", claimed_until=timezone.now() + timedelta(minutes=1))
    check(document.pk)
    assert not reader.asked
    Document.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    check(document.pk)
    check(document.pk)
    assert len(reader.asked) == 1


@pytest.mark.django_db
def test_a_picture_that_ends_its_worker_again_and_again_is_given_to_a_person(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*args: object, **kwargs: object) -> Reading:
        raise MemoryError

    monkeypatch.setattr(checking, "read_page", killed)
    document = make_document(cast.merchant, state=Document.State.WAITING)
    for _ in range(checking.MAX_ATTEMPTS):
        with pytest.raises(MemoryError):
            check(document.pk)
        Document.objects.update(claimed_until=None)
    check(document.pk)
    document.refresh_from_db()
    assert document.state == "unchecked"


@pytest.mark.django_db
def test_a_check_goes_on_after_the_page_that_was_read_last_and_keeps_what_it_found(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = _Reader(_card())
    monkeypatch.setattr(checking, "read_page", reader)
    document = make_document(cast.merchant, pages=3, state=Document.State.WAITING)

    def killed(*args: object, **kwargs: object) -> Reading:
        if reader.asked:
            raise MemoryError
        return reader(*args, **kwargs)  # type: ignore[arg-type]  # As it was called.

    monkeypatch.setattr(checking, "read_page", killed)
    with pytest.raises(MemoryError):
        check(document.pk)
    document.refresh_from_db()
    assert (document.state, document.progress_done, document.is_usable) == ("checking", 1, False)
    assert "42424242" not in str(Document.objects.values().get())
    Document.objects.update(claimed_until=None)
    again = _Reader()
    monkeypatch.setattr(checking, "read_page", again)
    check(document.pk)
    document.refresh_from_db()
    assert len(again.asked) == 2
    assert (document.state, [each["page"] for each in document.check_result["found"]]) == ("leak", [1])


@pytest.mark.django_db
def test_what_was_found_before_a_page_ended_its_worker_again_and_again_stays_a_leak(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = _Reader(_card())

    def killed(*args: object, **kwargs: object) -> Reading:
        if reader.asked:
            raise MemoryError
        return reader(*args, **kwargs)  # type: ignore[arg-type]  # As it was called.

    monkeypatch.setattr(checking, "read_page", killed)
    document = make_document(cast.merchant, pages=2, state=Document.State.WAITING)
    for _ in range(checking.MAX_ATTEMPTS):
        with pytest.raises(MemoryError):
            check(document.pk)
        Document.objects.update(claimed_until=None)
    check(document.pk)
    document.refresh_from_db()
    assert (document.state, document.check_result["found"][0]["end"]) == ("leak", "4242")


@pytest.mark.django_db
def test_the_ways_of_a_document_are_those_of_its_page_that_was_read_least(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = _checked(
        cast, monkeypatch, Reading(version="5", ways=6), Reading(version="5", ways=5), pages=2
    )
    assert document.check_result["ways"] == 5


@pytest.mark.django_db
def test_one_document_is_checked_at_a_time_and_the_sweep_brings_few(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, brought = _Reader(), []
    monkeypatch.setattr(checking, "read_page", reader)
    monkeypatch.setattr(tasks, "enqueue_on_commit", lambda _task, pk: brought.append(pk))
    documents = [make_document(cast.merchant, state=Document.State.WAITING) for _ in range(4)]
    sweep()
    assert brought == [each.pk for each in documents[:2]]
    later = timezone.now() + timedelta(minutes=1)
    Document.objects.filter(pk=documents[0].pk).update(state="checking", claimed_until=later)
    check(documents[1].pk)
    assert not reader.asked
    Document.objects.filter(pk=documents[1].pk).update(state="checking", claimed_until=later)
    brought.clear()
    sweep()
    assert not brought
    Document.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    check(documents[2].pk)
    assert len(reader.asked) == 1


@pytest.mark.django_db(transaction=True)
def test_what_showed_too_much_for_a_day_is_deleted(cast: Cast, tmp_path: Path) -> None:
    old, young, fine = (make_document(cast.merchant, state=state) for state in ("leak", "leak", "clean"))
    Document.objects.exclude(pk=young.pk).update(finished_at=timezone.now() - timedelta(hours=25))
    sweep()
    assert set(Document.objects.kept()) == {young, fine}
    old.refresh_from_db()
    assert (old.deleted_why, old.deleted_by) == ("left", None)
    assert len(list(tmp_path.rglob("*.sealed"))) == 2
