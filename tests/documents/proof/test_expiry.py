"""The date on which a paper runs out is read from its machine-readable lines and proposed; its owner confirms it."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageDraw, ImageFont
from pytest_django import Settings

from closedorders.accounts.models import Membership
from closedorders.core.refusals import Refused
from closedorders.documents.models import Document
from closedorders.documents.proof import expiry
from closedorders.documents.proof.expiry import NoReader, read_expiry
from closedorders.documents.proof.mrz import check_digit
from tests.cast import Cast
from tests.documents.scenes import encoded, target

from .test_checking import needs_reader

SignIn = Callable[[Membership], Client]
_BIRTH, _EXPIRY = "740812", "310415"
LINES = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    f"L898902C36UTO{_BIRTH}{check_digit(_BIRTH)}F{_EXPIRY}{check_digit(_EXPIRY)}ZE184226B<<<<<10",
)


def passport() -> bytes:
    picture = Image.new("RGB", (1500, 1000), "white")
    for number, line in enumerate(LINES):
        ImageDraw.Draw(picture).text(
            (30, 800 + 70 * number), line, font=ImageFont.load_default(36), fill="black"
        )
    return encoded(picture, quality=85)


def _form(content: bytes) -> dict[str, object]:
    return {"file": SimpleUploadedFile("passport.jpg", content), "turn": "0", "expires_on": "2030-01-02"}


@needs_reader
def test_the_date_is_read_from_a_picture_and_from_one_that_is_turned() -> None:
    assert read_expiry(io.BytesIO(passport()), turn=0) == date(2031, 4, 15)
    with Image.open(io.BytesIO(passport())) as picture:
        turned = encoded(picture.transpose(Image.Transpose.ROTATE_90), quality=85)
    assert read_expiry(io.BytesIO(turned), turn=90) == date(2031, 4, 15)


@needs_reader
@pytest.mark.django_db
def test_a_merchant_gets_the_date_proposed_in_its_field_and_nothing_is_stored(
    cast: Cast, client_of: SignIn, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    answer = client_of(cast.merchant).post(f"/t/{cast.team.slug}/documents/expiry/", _form(passport()))
    page = answer.content.decode()
    assert 'value="2031-04-15"' in page
    assert "Compare it with the paper" in page
    for secret in ("ERIKSSON", "L898902C3", _BIRTH):
        assert secret not in page
    assert not Document.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def _no_reader(*args: object, **kwargs: object) -> None:
    raise NoReader


def _no_picture(*args: object, **kwargs: object) -> None:
    raise Refused("The file cannot be read.")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("read", "words"),
    [
        (lambda *args, **kwargs: None, "Type the date"),
        (_no_reader, "cannot be read on this server"),
        (_no_picture, "The file cannot be read."),
    ],
)
def test_what_was_typed_stays_where_no_date_can_be_read(
    cast: Cast, client_of: SignIn, monkeypatch: pytest.MonkeyPatch, read: Callable[..., None], words: str
) -> None:
    monkeypatch.setattr("closedorders.documents.views.expiry.read_expiry", read)
    answer = client_of(cast.merchant).post(f"/t/{cast.team.slug}/documents/expiry/", _form(encoded(target())))
    page = answer.content.decode()
    assert words in page
    assert 'value="2030-01-02"' in page


@pytest.mark.django_db
def test_without_a_file_one_is_asked_for(cast: Cast, client_of: SignIn) -> None:
    answer = client_of(cast.merchant).post(f"/t/{cast.team.slug}/documents/expiry/", {})
    assert "Choose a file first." in answer.content.decode()


def test_a_server_without_the_reader_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Child:
        def __init__(self, *args: object) -> None: ...

        def send(self, request: object) -> None: ...

        def receive(self) -> dict[str, bool]:
            return {"missing": True}

        def close(self) -> None: ...

    monkeypatch.setattr(expiry, "LimitedProcess", Child)
    with pytest.raises(NoReader):
        read_expiry(io.BytesIO(encoded(target())), turn=0)
