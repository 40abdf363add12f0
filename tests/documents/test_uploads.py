"""Every odd upload is redrawn or refused in words, and nothing that was planted in a file is found anywhere."""

from __future__ import annotations

import io
import logging
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from kombu.transport.memory import Channel
from pytest_django import Settings

from closedorders.accounts.models import Membership
from closedorders.documents.models import Document, PageImage
from closedorders.documents.sealed_pages import open_page
from closedorders.documents.tasks import check_document
from tests.cast import Cast

from .uploads import CANARY, CASES, MOST_MEMORY, Case, measured, with_exif

SignIn = Callable[[Membership | None], Client]


@pytest.fixture
def vault(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "files" / "incoming"
    return tmp_path


def _post(person: Client, cast: Cast, content: bytes, name: str) -> str:
    form = {
        "file": SimpleUploadedFile(name, content, content_type="image/jpeg"),
        "kind": "other",
        "turn": "0",
        "nothing_to_hide": "on",
    }
    answer = person.post(f"/t/{cast.team.slug}/documents/new/", form, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
def test_every_odd_upload_is_redrawn_or_refused_in_words(
    case: Case, cast: Cast, client_of: SignIn, vault: Path
) -> None:
    page = _post(client_of(cast.merchant), cast, case.content(), case.file_name)
    if case.refused:
        assert re.search(case.refused, page), page
        assert not Document.objects.exists()
        return
    document = Document.objects.get()
    assert document.name == "Other"
    jpeg = open_page(document.pages.get())
    assert jpeg.startswith(b"\xff\xd8")
    assert CANARY not in jpeg
    assert CANARY.decode() not in page


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
def test_every_odd_upload_is_over_within_its_seconds_and_memory(case: Case) -> None:
    content = case.content()
    found = measured(content)
    assert found.processor <= case.seconds
    assert found.memory <= MOST_MEMORY
    assert found.memory or not content, "nothing was measured"
    assert bool(found.refused) == bool(case.refused)


@pytest.mark.django_db(transaction=True)
def test_what_is_planted_in_a_file_is_found_nowhere(
    cast: Cast,
    client_of: SignIn,
    vault: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(vault))
    # Longer than what stays in memory, so that it comes by way of a temporary file.
    content = with_exif() + CANARY * 300_000
    assert content.count(CANARY) > 300_004, "planted in EXIF, XMP, a comment, a thumbnail and the tail"
    caplog.set_level(logging.DEBUG)
    _post(client_of(cast.merchant), cast, content, "CANARY-5519.jpg")
    document = Document.objects.get()
    # As the broker has it, and then the worker.
    assert not any(CANARY in str(queue.queue).encode() for queue in Channel.queues.values())
    check_document(document.pk)
    document.refresh_from_db()
    assert document.state == "clean"

    left = [path for path in vault.rglob("*") if path.is_file()]
    assert [path.suffix for path in left] == [".sealed"]
    assert not any(CANARY in path.read_bytes() or CANARY in path.name.encode() for path in left)
    assert not any(CANARY in open_page(page) for page in PageImage.objects.all())
    dump = io.StringIO()
    call_command("dumpdata", stdout=dump)
    assert "document_added" in dump.getvalue()
    assert CANARY.decode() not in dump.getvalue()
    assert CANARY.decode() not in caplog.text
    out, err = capfd.readouterr()
    assert CANARY.decode() not in out + err
