"""More boxes, a second person, the self-test: who may, and what is stored afterwards."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.refusals import Refused
from closedorders.documents.actions import Box, add_document, erase, look_at_page
from closedorders.documents.models import Document, SelfTest
from closedorders.documents.proof import actions
from closedorders.documents.proof.actions import (
    ask_for_self_test,
    confirm_document,
    cover_more,
    erase_left_leaks,
)
from tests.cast import Cast
from tests.documents.scenes import BOX, encoded, make_document, reds, target
from tests.factories import make_member

SignIn = Callable[[Membership | None], Client]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vault(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path / "files"


def _seen(document: Document) -> list[str]:
    return [page.sha256 for page in document.pages.all()]


def _leaking(cast: Cast) -> Document:
    """The target, with only the upper half of its red covered."""
    document = add_document(
        team=cast.team,
        kind=Document.Kind.CARD_FRONT,
        name="",
        files=[io.BytesIO(encoded(target(), quality=95))],
        boxes=[BOX._replace(height=0.1)],
        turn=0,
        nothing_to_hide=False,
        expires_on=None,
        by=cast.merchant,
    )
    found = {"what": "card", "page": 1, "place": [0.1, 0.5, 0.5, 0.1], "end": "4242", "digits": 16}
    document.state, document.check_result = Document.State.LEAK, {"found": [found], "why_not": ""}
    document.finished_at = timezone.now()
    document.save()
    return document


@pytest.mark.django_db(transaction=True)
def test_more_boxes_are_burned_into_what_is_stored_and_it_is_checked_again(cast: Cast, vault: Path) -> None:
    document = _leaking(cast)
    page = document.pages.get()
    with Image.open(io.BytesIO(look_at_page(page=page, by=cast.merchant, before_use=True))) as before:
        assert reds(before.convert("RGB"))
    cover_more(document=document, boxes=[Box(1, 0.09, 0.48, 0.52, 0.14, "card_number")], by=cast.merchant)
    document.refresh_from_db()
    assert (document.state, document.check_result, len(document.boxes)) == ("waiting", {}, 2)
    after = look_at_page(page=document.pages.get(), by=cast.merchant, before_use=True)
    with Image.open(io.BytesIO(after)) as covered:
        assert not reds(covered.convert("RGB"))
    assert len(list(vault.rglob("*.sealed"))) == 1, "what showed more is gone"
    assert document.pages.get().sha256 != page.sha256
    assert AuditEvent.objects.filter(verb="document_covered").count() == 1


@pytest.mark.parametrize("state", ["clean", "confirmed", "waiting", "checking"])
def test_what_may_be_used_or_is_being_checked_gets_no_more_boxes(cast: Cast, state: str) -> None:
    document = make_document(cast.merchant, state=state)
    with pytest.raises(Refused, match="nothing was changed"):
        cover_more(document=document, boxes=[BOX], by=cast.merchant)


def test_no_box_a_box_of_another_page_and_another_team_are_refused(cast: Cast, other_cast: Cast) -> None:
    document = make_document(cast.merchant, state="leak")
    for boxes, by in (
        ([], cast.merchant),
        ([BOX._replace(page=2)], cast.merchant),
        ([BOX], other_cast.merchant),
    ):
        with pytest.raises(Refused):
            cover_more(document=document, boxes=boxes, by=by)
    with pytest.raises(Refused):
        cover_more(document=document, boxes=[BOX], by=cast.assistant)


def test_the_page_says_what_was_found_and_leads_to_a_box_over_it(cast: Cast, client_of: SignIn) -> None:
    document, person = _leaking(cast), client_of(cast.merchant)
    page = person.get(document.get_absolute_url()).content.decode()
    assert "In the middle: a whole card number, which ends in 4242." in page
    assert "cannot be used" in page
    boxes = person.get(f"{document.get_absolute_url()}boxes/").content.decode()
    assert 'value="49.20"' in boxes
    form = {"box_page": "1", "box_x": "9", "box_y": "48", "box_width": "52", "box_height": "14"}
    answer = person.post(f"{document.get_absolute_url()}boxes/", {**form, "box_reason": "card_number"})
    assert answer.headers["Location"] == document.get_absolute_url()
    page = person.get(document.get_absolute_url()).content.decode()
    assert "Looking for what can still be read" in page
    assert "Nothing was found" not in page
    assert person.get(f"{document.get_absolute_url()}check/").headers.get("HX-Refresh") is None
    Document.objects.update(state="clean", finished_at=timezone.now(), check_result={})
    assert person.get(f"{document.get_absolute_url()}check/").headers["HX-Refresh"] == "true"
    assert "it cannot show that there is none" in person.get(document.get_absolute_url()).content.decode()


def test_a_document_that_could_not_be_checked_is_confirmed_by_somebody_else(cast: Cast) -> None:
    document = make_document(cast.merchant, state="unchecked")
    for by, words in ((cast.merchant, "Somebody else"), (cast.assistant, "This is for")):
        with pytest.raises(Refused, match=words):
            confirm_document(document=document, seen=_seen(document), by=by)
    confirm_document(document=document, seen=_seen(document), by=cast.reviewer)
    document.refresh_from_db()
    assert (document.is_usable, document.confirmed_by) == (True, cast.reviewer)
    with pytest.raises(Refused, match="nothing to confirm"):
        confirm_document(document=document, seen=_seen(document), by=make_member(cast.team, "merchant"))


def test_whoever_covered_a_document_last_does_not_confirm_it(cast: Cast, client_of: SignIn) -> None:
    document, second = _leaking(cast), make_member(cast.team, "merchant")
    third = make_member(cast.team, "merchant")
    for by, x in ((third, 0.1), (second, 0.6)):
        Document.objects.update(state="unchecked")
        document.refresh_from_db()
        cover_more(document=document, boxes=[Box(1, x, 0.5, 0.3, 0.1, "card_number")], by=by)
    Document.objects.update(state="unchecked")
    with pytest.raises(Refused, match="Somebody else"):
        confirm_document(document=document, seen=_seen(document), by=second)
    page = client_of(second).get(f"{document.get_absolute_url()}confirmation/").content.decode()
    assert "You added or covered it" in page
    confirm_document(document=document, seen=_seen(document), by=third)


def test_pages_that_changed_since_they_were_shown_are_not_confirmed(cast: Cast, client_of: SignIn) -> None:
    document, second = _leaking(cast), make_member(cast.team, "merchant")
    Document.objects.update(state="unchecked")
    shown = _seen(document)
    page = client_of(second).get(f"{document.get_absolute_url()}confirmation/").content.decode()
    assert f'name="seen" value="{shown[0]}"' in page
    cover_more(document=document, boxes=[Box(1, 0.1, 0.5, 0.3, 0.1, "card_number")], by=cast.merchant)
    Document.objects.update(state="unchecked")
    for seen in (shown, [], [*_seen(document), "0"]):
        with pytest.raises(Refused, match="has changed meanwhile"):
            confirm_document(document=document, seen=seen, by=second)
    client_of(second).post(f"{document.get_absolute_url()}confirmation/", {"seen": shown})
    assert Document.objects.get().state == "unchecked"


def test_a_document_that_waits_after_it_was_covered_was_not_checked_yet(
    cast: Cast, client_of: SignIn
) -> None:
    document = _leaking(cast)
    cover_more(document=document, boxes=[Box(1, 0.1, 0.5, 0.3, 0.1, "card_number")], by=cast.merchant)
    document.refresh_from_db()
    assert document.finished_at is None
    Document.objects.update(finished_at=timezone.now())
    page = client_of(cast.merchant).get(document.get_absolute_url()).content.decode()
    assert "<dt>Checked</dt>" not in page


def test_the_receipt_says_how_often_it_was_read_only_where_all_of_it_was(
    cast: Cast, client_of: SignIn
) -> None:
    document, person = make_document(cast.merchant), client_of(cast.merchant)
    for why_not, says_so in (("", True), ("too_long", False)):
        result = {"found": [], "engine": "Tesseract 5", "ways": 5, "why_not": why_not}
        Document.objects.update(state="confirmed" if why_not else "clean", check_result=result)
        page = person.get(document.get_absolute_url()).content.decode()
        assert ("Read 5 times a page" in page) is says_so


def test_a_leak_that_is_covered_while_old_ones_are_deleted_stays(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = _leaking(cast)
    Document.objects.update(finished_at=timezone.now() - timedelta(hours=25))

    def covered_first(each: Document, **options: object) -> bool:
        Document.objects.update(state="waiting", finished_at=None)
        return erase(each, **options)  # type: ignore[arg-type]  # What it was called with.

    monkeypatch.setattr(actions, "erase", covered_first)
    assert erase_left_leaks() == 0
    document.refresh_from_db()
    assert document.deleted_at is None


@pytest.mark.parametrize("state", ["leak", "waiting", "clean"])
def test_nothing_else_can_be_confirmed(cast: Cast, state: str) -> None:
    document = make_document(cast.merchant, state=state)
    with pytest.raises(Refused):
        confirm_document(document=document, seen=_seen(document), by=cast.reviewer)


def test_a_reviewer_sees_only_what_waits_for_a_second_person(cast: Cast, client_of: SignIn) -> None:
    document, person = make_document(cast.merchant, state="unchecked"), client_of(cast.reviewer)
    url = f"{document.get_absolute_url()}confirmation/"
    assert "machine-readable lines" in person.get(url).content.decode()
    assert person.get(f"{url}1/").content.startswith(b"\xff\xd8")
    assert person.get(document.get_absolute_url()).status_code == 403
    person.post(url, {"seen": _seen(document)})
    assert Document.objects.get().state == "confirmed"
    assert person.get(url).status_code == 404
    assert person.get(f"{url}1/").status_code == 404


def test_an_assistant_runs_the_self_test_one_at_a_time_and_a_result_counts_for_a_while(
    cast: Cast, client_of: SignIn
) -> None:
    person, url = client_of(cast.assistant), f"/t/{cast.team.slug}/documents/self-test/"
    assert "It was not run yet." in person.get(url).content.decode()
    assert "The self-test runs" in person.post(url, follow=True).content.decode()
    assert not ask_for_self_test(by=cast.merchant), "it runs"
    SelfTest.objects.update(
        state="passed", finished_at=timezone.now(), result=[["covered", True], ["found", True]]
    )
    page = person.post(url, follow=True).content.decode()
    assert "that result counts" in page
    assert page.count(">Passed<") == 3
    SelfTest.objects.update(finished_at=timezone.now() - timedelta(minutes=11))
    assert ask_for_self_test(by=cast.reviewer)
    assert AuditEvent.objects.filter(verb="vault_tested").count() == 2
