from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from closedorders.closures.models import Closure, ClosureEvidence
from tests.cast import Cast
from tests.closures.pages import NUMBERS, SignIn, closed_order, paste, url, words
from tests.factories import make_buyer_account

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def picture(name: str = "image.png", content: bytes = PNG) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/png")


def test_a_screenshot_pasted_into_the_quick_log_is_evidence_of_all_its_closures(
    cast: Cast, client_of: SignIn
) -> None:
    account = make_buyer_account(cast.team)
    client = client_of(cast.assistant)
    client.post(
        url(cast, "quick_log"),
        {**paste(account=str(account.pk), numbers="\n".join(NUMBERS[:3])), "screenshot": picture()},
    )
    evidence = ClosureEvidence.objects.get()
    assert evidence.closures.count() == 3
    assert evidence.for_assistants
    closure = Closure.objects.first()
    assert closure is not None
    assert "image.png" in words(client.get(closure.get_absolute_url()))
    answer = client.get(url(cast, "evidence_file", closure.pk, evidence.pk))
    assert b"".join(answer.streaming_content) == PNG  # type: ignore[attr-defined]  # a file response
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("words.txt", b"Hello", "This is no picture"),
        ("page.png", b"<html><script>", "web page or an SVG drawing"),
        ("paper.pdf", b"%PDF-1.7", "This is no picture"),
        ("big.png", PNG + b"0" * (10 * 1024 * 1024), "at most 10 MB"),
    ],
)
def test_what_is_no_picture_is_refused_and_nothing_is_logged(
    cast: Cast, client_of: SignIn, media: Path, name: str, content: bytes, sentence: str
) -> None:
    account = make_buyer_account(cast.team)
    page = client_of(cast.assistant).post(
        url(cast, "quick_log"), {**paste(account=str(account.pk)), "screenshot": picture(name, content)}
    )
    assert sentence in words(page)
    assert not Closure.objects.exists()
    assert not ClosureEvidence.objects.exists()
    assert not [path for path in media.rglob("*") if path.is_file()]


def test_a_refused_log_leaves_no_picture_on_the_disk(cast: Cast, client_of: SignIn, media: Path) -> None:
    account = make_buyer_account(cast.team)
    page = client_of(cast.assistant).post(
        url(cast, "quick_log"),
        {
            **paste(account=str(account.pk), numbers=NUMBERS[0]),
            "screenshot": picture(),
            "by_row": "1",
            f"reason_{NUMBERS[0]}": "retired",
        },
    )
    assert "no longer in use" in words(page)
    assert not [path for path in media.rglob("*") if path.is_file()]


def test_an_assistant_sees_what_assistants_added_and_what_a_merchant_released(
    cast: Cast, client_of: SignIn
) -> None:
    closure = closed_order(cast)
    merchant, assistant = client_of(cast.merchant), client_of(cast.assistant)
    address = url(cast, "closure_evidence", closure.pk)
    merchant.post(address, {"screenshot": picture("secret.png")})
    merchant.post(address, {"screenshot": picture("open.png"), "for_assistants": "on"})
    assistant.post(address, {"screenshot": picture("mine.png")})
    page = words(assistant.get(closure.get_absolute_url()))
    assert "secret.png" not in page
    assert "open.png" in page
    assert "mine.png" in page
    secret = ClosureEvidence.objects.get(name="secret.png")
    assert assistant.get(url(cast, "evidence_file", closure.pk, secret.pk)).status_code == 404
    assert merchant.get(url(cast, "evidence_file", closure.pk, secret.pk)).status_code == 200


def test_a_withdrawn_screenshot_is_gone_from_the_disk_and_only_who_may_withdraws_it(
    cast: Cast, client_of: SignIn, media: Path, django_capture_on_commit_callbacks: object
) -> None:
    closure = closed_order(cast)
    client_of(cast.merchant).post(
        url(cast, "closure_evidence", closure.pk), {"screenshot": picture(), "for_assistants": "on"}
    )
    evidence = ClosureEvidence.objects.get()
    address = url(cast, "evidence_withdrawal", closure.pk, evidence.pk)
    page = client_of(cast.assistant).post(address, follow=True)
    assert "Only who uploaded this" in words(page)
    assert Path(evidence.file.path).exists()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # pytest-django's fixture
        client_of(cast.merchant).post(address)
    assert not Path(evidence.file.path).exists()
    assert (
        client_of(cast.merchant).get(url(cast, "evidence_file", closure.pk, evidence.pk)).status_code == 404
    )


def test_a_screenshot_is_found_only_under_its_own_closure_and_team(
    cast: Cast, other_cast: Cast, client_of: SignIn
) -> None:
    one, other = closed_order(cast), closed_order(cast, "b@mail.example")
    client_of(cast.merchant).post(url(cast, "closure_evidence", one.pk), {"screenshot": picture()})
    evidence = ClosureEvidence.objects.get()
    assert client_of(cast.merchant).get(url(cast, "evidence_file", other.pk, evidence.pk)).status_code == 404
    theirs = client_of(other_cast.merchant)
    assert theirs.get(url(other_cast, "evidence_file", one.pk, evidence.pk)).status_code == 404
