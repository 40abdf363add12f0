from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.refusals import Refused
from closedorders.documents.models import Document
from tests.cast import Cast
from tests.documents.scenes import encoded, make_document, target

SignIn = Callable[[Membership], Client]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vault(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def _form(**changes: object) -> dict[str, object]:
    return {
        "file": SimpleUploadedFile("María's card.jpg", encoded(target())),
        "kind": "card_front",
        "name": "",
        "expires_on": "",
        "turn": "0",
        "box_page": ["1", "1"],
        "box_x": ["10", ""],
        "box_y": ["40,5", ""],
        "box_width": ["50", ""],
        "box_height": ["20", ""],
        "box_reason": ["card_number", "other"],
        **changes,
    }


@pytest.fixture
def merchant(cast: Cast, client_of: SignIn) -> Client:
    return client_of(cast.merchant)


def test_a_picture_is_uploaded_with_its_boxes_and_shown_as_it_is_stored(cast: Cast, merchant: Client) -> None:
    answer = merchant.post(f"/t/{cast.team.slug}/documents/new/", _form())
    document = Document.objects.get()
    assert answer.headers["Location"] == document.get_absolute_url()
    assert document.boxes == [[1, 0.1, 0.405, 0.5, 0.2, "card_number"]]
    page = merchant.get(document.get_absolute_url()).content.decode()
    assert "Card number" in page
    assert "María" not in page, "the name of the file is not stored"
    picture = merchant.get(f"{document.get_absolute_url()}pages/1/")
    assert picture.content.startswith(b"\xff\xd8")
    assert picture.headers["Content-Disposition"].startswith("attachment")
    assert picture.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert picture.headers["Cache-Control"] == "no-store"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"


def test_once_it_is_checked_one_goes_on_with_the_case_and_nowhere_else(cast: Cast, merchant: Client) -> None:
    base = f"/t/{cast.team.slug}/documents/new/?next="
    page = merchant.post(base + f"/t/{cast.team.slug}/cases/5/", _form()).headers["Location"]
    document = Document.objects.get()
    assert "Use it in the case" not in merchant.get(page).content.decode()
    Document.objects.update(state=Document.State.CLEAN)
    onward = f'href="/t/{cast.team.slug}/cases/5/?document={document.pk}"'
    assert onward in merchant.get(page).content.decode()
    answer = merchant.post(base + "https://evil.example/", _form())
    assert answer.headers["Location"].startswith(f"/t/{cast.team.slug}/documents/")
    assert "evil" not in answer.headers["Location"]


def test_front_and_back_are_one_document_and_a_row_may_crop_a_page(cast: Cast, merchant: Client) -> None:
    files = [SimpleUploadedFile(f"{side}.jpg", encoded(target())) for side in ("front", "back")]
    rows = {
        "box_page": ["1", "2", "2"],
        "box_x": ["10", "10", "0"],
        "box_y": ["40", "40", "20"],
        "box_width": ["50", "50", "100"],
        "box_height": ["20", "20", "50"],
        "box_reason": ["number", "code", "crop"],
    }
    merchant.post(f"/t/{cast.team.slug}/documents/new/", _form(file=files, kind="identity", **rows))
    document = Document.objects.get()
    assert [page.height for page in document.pages.all()] == [300, 150]
    assert document.crops == [[2, 0.0, 0.2, 1.0, 0.5]]
    first, second = document.boxes
    assert first == [1, 0.1, 0.4, 0.5, 0.2, "number"]
    assert second[1:5] == pytest.approx([0.1, 0.4, 0.5, 0.4]), "in parts of what is kept"
    assert "2 pages" in merchant.get(f"/t/{cast.team.slug}/documents/").content.decode()


def test_a_new_picture_begins_with_the_boxes_of_an_earlier_one_of_its_kind(
    cast: Cast, merchant: Client
) -> None:
    earlier = make_document(cast.merchant)
    earlier.boxes, earlier.crops, earlier.turn = (
        [[1, 0.5, 0.5, 0.5, 0.5, "lines"]],
        [[1, 0.0, 0.5, 1.0, 0.5]],
        90,
    )
    earlier.save()
    url = f"/t/{cast.team.slug}/documents/new/"
    assert f"?like={earlier.pk}" in merchant.get(f"{url}?kind=identity").content.decode()
    page = merchant.get(f"{url}?like={earlier.pk}").content.decode()
    assert 'name="box_y" inputmode="decimal" value="75.00"' in page, "on the page before it was cropped"
    assert '<option value="crop" selected>' in page
    assert '<option value="90" selected>' in page
    merchant.post(url, _form(kind="identity", previous=str(earlier.pk)))
    assert Document.objects.latest("pk").previous == earlier
    merchant.post(url, _form(previous=str(earlier.pk)))
    assert Document.objects.latest("pk").previous is None, "of another kind"


def test_a_full_installation_takes_no_more(cast: Cast, other_cast: Cast, settings: Settings) -> None:
    make_document(other_cast.merchant)
    settings.VAULT_BYTES = Document.objects.bytes_kept() + 10
    with pytest.raises(Refused, match="installation is full"):
        make_document(cast.merchant)


def test_what_is_refused_is_said_and_the_boxes_stay(cast: Cast, merchant: Client) -> None:
    page = merchant.post(
        f"/t/{cast.team.slug}/documents/new/", _form(file=SimpleUploadedFile("x.jpg", b"<svg></svg>"))
    ).content.decode()
    assert "Only JPEG, PNG, WebP and HEIC" in page
    assert 'value="40.50"' in page
    page = merchant.post(f"/t/{cast.team.slug}/documents/new/", _form(box_x=["ten", ""])).content.decode()
    assert "typed in numbers of percent" in page
    assert not Document.objects.exists()


def test_the_preview_is_drawn_and_not_stored(cast: Cast, merchant: Client) -> None:
    answer = merchant.post(f"/t/{cast.team.slug}/documents/preview/", _form())
    assert answer.content.startswith(b"\xff\xd8")
    assert answer.headers["X-Pages"] == "1"
    broken = merchant.post(
        f"/t/{cast.team.slug}/documents/preview/", _form(file=SimpleUploadedFile("x.jpg", b"x"))
    )
    assert (broken.status_code, broken.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert b"Choose a file" in merchant.post(f"/t/{cast.team.slug}/documents/preview/", {}).content
    assert not Document.objects.exists()


def test_the_list_takes_as_many_queries_for_many_documents_as_for_few(
    cast: Cast, merchant: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    url = f"/t/{cast.team.slug}/documents/"
    assert "No document is stored" in merchant.get(url).content.decode()
    for _ in range(60):
        make_document(cast.merchant)
    merchant.get(url)
    with django_assert_max_num_queries(12):
        assert merchant.get(url).content.decode().count("data-row-link") == 50


def test_a_deletion_leaves_the_receipt(cast: Cast, merchant: Client) -> None:
    document = make_document(cast.merchant)
    sha = document.pages.get().sha256
    page = merchant.post(f"{document.get_absolute_url()}deletion/", follow=True).content.decode()
    assert "the pictures and their keys are gone" in page
    assert sha in page
    assert "<img" not in page.partition("Receipt")[2]
    assert AuditEvent.objects.filter(verb="document_deleted").exists()
