from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from closedorders.accounts.models import AuditEvent
from closedorders.cases import retention
from closedorders.cases.actions import choose_document, open_case, set_slot
from closedorders.cases.models import Case, Slot, Transition
from closedorders.cases.review.history import documents_of
from closedorders.core.files.stored_files import remove_stray_files
from closedorders.core.refusals import Refused
from closedorders.documents import actions as vault_actions
from closedorders.documents.actions import Box, add_document, delete_document, look_at_page
from closedorders.documents.models import Document, PageImage
from tests.cast import Cast
from tests.documents.scenes import BOX, encoded, make_document, target
from tests.factories import make_incident, make_store, make_store_order, make_supplier_order
from tests.test_at_once import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vault(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path / "files"


def _add(cast: Cast, content: bytes | None = None, **changes: object) -> Document:
    asked: dict[str, object] = {
        "team": cast.team,
        "kind": Document.Kind.CARD_FRONT,
        "name": "",
        "boxes": [BOX],
        "turn": 0,
        "nothing_to_hide": False,
        "expires_on": None,
        "by": cast.merchant,
    }
    return add_document(files=[io.BytesIO(content or encoded(target()))], **{**asked, **changes})  # type: ignore[arg-type]  # as above


def _files(vault: Path) -> list[Path]:
    return [path for path in vault.rglob("*") if path.is_file()]


def _case(cast: Cast) -> Case:
    bought = make_supplier_order(cast.team, make_store_order(make_store(cast.team)))
    return open_case(incident=make_incident(cast.team, cast.merchant, [bought]), by=cast.merchant)


def test_only_the_covered_picture_is_stored_and_only_encrypted(cast: Cast, vault: Path) -> None:
    content = encoded(target(), comment=b"CANARY-9912")
    document = _add(cast, content)
    (page,) = document.pages.all()
    (stored,) = _files(vault)
    raw = stored.read_bytes()
    jpeg = look_at_page(page=page, by=cast.merchant, before_use=True)
    assert jpeg.startswith(b"\xff\xd8")
    for secret in (b"CANARY-9912", b"\xff\xd8\xff", content[:40], content[-40:], jpeg[200:240]):
        assert secret not in raw
    assert document.name == "Credit card, front"
    assert stored.stat().st_mode & 0o077 == 0
    row = " ".join(map(str, PageImage.objects.values_list().get()))
    assert "CANARY" not in row


def test_each_look_is_in_the_trail_with_the_person(cast: Cast) -> None:
    document = make_document(cast.merchant)
    look_at_page(page=document.pages.get(), by=cast.reviewer)
    event = AuditEvent.objects.get(verb="document_viewed")
    assert event.after == {"page": 1}
    assert event.actor == cast.reviewer.user


@pytest.mark.parametrize("state", ["waiting", "checking", "leak", "unchecked"])
def test_a_document_that_was_not_checked_is_shown_only_to_whoever_covers_or_confirms_it(
    cast: Cast, state: str
) -> None:
    page = make_document(cast.merchant, state=state).pages.get()
    with pytest.raises(Refused, match="cannot be used before it was checked"):
        look_at_page(page=page, by=cast.merchant)
    assert look_at_page(page=page, by=cast.merchant, before_use=True)


@pytest.mark.parametrize("kind", [Document.Kind.CARD_FRONT, Document.Kind.IDENTITY, Document.Kind.STATEMENT])
def test_a_card_an_identity_paper_and_a_statement_need_a_box(cast: Cast, kind: str) -> None:
    with pytest.raises(Refused, match="must be hidden"):
        _add(cast, kind=kind, boxes=[], nothing_to_hide=True)
    assert not Document.objects.exists()


def test_another_document_may_have_nothing_to_hide_if_somebody_says_so(cast: Cast) -> None:
    with pytest.raises(Refused, match="Draw a box, or tick"):
        _add(cast, kind=Document.Kind.BUSINESS, boxes=[])
    assert _add(cast, kind=Document.Kind.BUSINESS, boxes=[], nothing_to_hide=True).boxes == []


@pytest.mark.parametrize(
    "box",
    [
        Box(1, -0.1, 0.1, 0.2, 0.2, "other"),
        Box(1, 0.9, 0.1, 0.2, 0.2, "other"),
        Box(1, float("nan"), 0.1, 0.2, 0.2, "other"),
        Box(1, 0.1, 0.1, 0.0, 0.2, "other"),
        Box(1, 0.1, 0.1, 0.2, 0.2, "no such reason"),
        Box(2, 0.1, 0.1, 0.2, 0.2, "other"),
        Box(0, 0.1, 0.1, 0.2, 0.2, "other"),
    ],
)
def test_a_box_that_covers_nothing_of_the_file_is_refused(cast: Cast, box: Box, vault: Path) -> None:
    with pytest.raises(Refused):
        _add(cast, boxes=[box])
    assert not Document.objects.exists()
    assert _files(vault) == []


def test_a_full_vault_takes_no_more_and_leaves_no_file(cast: Cast, settings: Settings, vault: Path) -> None:
    make_document(cast.merchant)
    settings.VAULT_TEAM_BYTES = Document.objects.bytes_kept() + 10
    before = _files(vault)
    with pytest.raises(Refused, match="Delete old ones first"):
        make_document(cast.merchant)
    assert _files(vault) == before


@pytest.mark.django_db(transaction=True)
def test_a_deleted_document_leaves_a_receipt_and_no_file_and_no_key(cast: Cast, vault: Path) -> None:
    document = make_document(cast.merchant, pages=2)
    shas = list(document.pages.values_list("sha256", flat=True))
    delete_document(document=document, by=cast.merchant)
    assert _files(vault) == []
    document.refresh_from_db()
    assert (document.deleted_by, document.deleted_why) == (cast.merchant, "by_hand")
    assert list(document.pages.values_list("file", "wrapped_key", "sha256")) == [
        ("", "", sha) for sha in shas
    ]
    with pytest.raises(Refused, match="receipt"):
        look_at_page(page=document.pages.all()[0], by=cast.merchant)
    assert Document.objects.bytes_kept() == 0


def test_a_document_that_an_open_case_uses_is_not_deleted(cast: Cast) -> None:
    case = _case(cast)
    document = make_document(cast.merchant)
    slot = case.slots.get(kind="identity")
    choose_document(slot=slot, document=document, by=cast.merchant)
    slot.refresh_from_db()
    assert (slot.document, slot.state) == (document, Slot.State.READY)
    with pytest.raises(Refused, match="uses this document"):
        delete_document(document=document, by=cast.merchant)
    Case.objects.filter(pk=case.pk).update(state=Case.State.CLOSED)
    delete_document(document=document, by=cast.merchant)


def test_a_deleted_document_and_another_teams_cannot_be_chosen(cast: Cast, other_cast: Cast) -> None:
    slot = _case(cast).slots.all()[0]
    gone = make_document(cast.merchant)
    delete_document(document=gone, by=cast.merchant)
    for document in (gone, make_document(other_cast.merchant)):
        with pytest.raises(Refused, match="not in the vault"):
            choose_document(slot=slot, document=document, by=cast.merchant)


def _close(case: Case, cast: Cast, days_ago: int) -> None:
    Case.objects.filter(pk=case.pk).update(state=Case.State.CLOSED)
    Transition.objects.create(
        case=case,
        before="unblocked",
        after="closed",
        by=cast.merchant,
        at=timezone.now() - timedelta(days=days_ago),
    )


@pytest.mark.django_db(transaction=True)
def test_documents_go_thirty_days_after_their_last_case_was_closed(cast: Cast, vault: Path) -> None:
    old, young, both, unused = (make_document(cast.merchant) for _ in range(4))
    first, second = _case(cast), _case(cast)
    papers = ["identity", "driving_licence"]
    for case, documents in ((first, (old, both)), (second, (young, both))):
        for slot, document in zip(case.slots.filter(kind__in=papers), documents, strict=True):
            choose_document(slot=slot, document=document, by=cast.merchant)
    _close(first, cast, 31)
    _close(second, cast, 29)
    assert retention.erase_documents_of_closed_cases() == 1
    assert set(Document.objects.kept()) == {young, both, unused}
    assert len(_files(vault)) == 3
    old.refresh_from_db()
    assert (old.deleted_why, old.deleted_by) == ("retention", None)
    assert retention.erase_documents_of_closed_cases() == 0


def test_files_without_a_row_are_swept_and_those_of_documents_stay(cast: Cast, vault: Path) -> None:
    make_document(cast.merchant)
    assert remove_stray_files() == 0
    assert len(_files(vault)) == 1


def test_keys_are_rotated_without_touching_files_and_the_old_key_may_go(
    cast: Cast, settings: Settings, vault: Path
) -> None:
    documents = [make_document(cast.merchant) for _ in range(3)]
    files = {path: path.read_bytes() for path in _files(vault)}
    newest, oldest = Fernet.generate_key().decode(), settings.DOCUMENT_KEYS[0]
    settings.DOCUMENT_KEYS = [newest, oldest]
    # As a run that was killed after one of them leaves it.
    call_command("rotate_document_keys")
    first = documents[0].pages.get()
    call_command("rotate_document_keys")
    first_again = documents[0].pages.get()
    assert first.wrapped_key == first_again.wrapped_key, "what has the newest key already is left alone"
    settings.DOCUMENT_KEYS = [newest]
    for document in documents:
        assert look_at_page(page=document.pages.get(), by=cast.merchant)
    assert {path: path.read_bytes() for path in _files(vault)} == files


@pytest.mark.parametrize("trouble", ["changed", "gone", "other key"])
def test_a_picture_that_is_not_what_was_stored_shows_nothing(
    cast: Cast, settings: Settings, vault: Path, trouble: str
) -> None:
    document = make_document(cast.merchant)
    (path,) = _files(vault)
    if trouble == "changed":
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
    elif trouble == "gone":
        path.unlink()
    else:
        settings.DOCUMENT_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(Refused, match="Nothing of it was shown"):
        look_at_page(page=document.pages.get(), by=cast.merchant)
    assert AuditEvent.objects.filter(verb="document_unreadable").count() == 1


def test_a_card_in_a_documents_name_keeps_its_last_four_digits_and_an_order_stays(cast: Cast) -> None:
    make_supplier_order(cast.team, make_store_order(make_store(cast.team)), number="5555555555554444")
    document = _add(cast, name=" Visa 4242 4242 4242 4242 for 5555555555554444 ")
    assert document.name == "Visa •••• 4242 for 5555555555554444"


def test_a_team_with_ten_documents_that_wait_to_be_checked_adds_no_more(cast: Cast, other_cast: Cast) -> None:
    for number in range(10):
        make_document(cast.merchant, state="waiting" if number else "checking")
    with pytest.raises(Refused, match="10 documents of your team wait"):
        _add(cast)
    make_document(other_cast.merchant, state="waiting")
    Document.objects.filter(state="checking").update(state="clean")
    _add(cast)


@pytest.mark.django_db(transaction=True)
def test_a_document_that_is_deleted_while_a_case_chooses_it_is_in_the_case_or_deleted(cast: Cast) -> None:
    slots = list(_case(cast).slots.all()[:4])
    for slot in slots:
        document = make_document(cast.merchant, kind=slot.kind)
        done = at_once(
            lambda slot=slot, document=document: choose_document(  # type: ignore[misc]  # Of this round.
                slot=slot, document=document, by=cast.merchant
            ),
            lambda document=document: delete_document(document=document, by=cast.merchant),  # type: ignore[misc]  # as above
        )
        assert sorted(done) == ["done", "refused"]


@pytest.mark.django_db(transaction=True)
def test_what_needs_a_document_is_asked_about_the_row_that_was_locked(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Document] = []

    def needed(each: Document) -> str:
        asked.append(each)
        return "Needed."

    monkeypatch.setattr(vault_actions, "why_needed", needed)
    document = make_document(cast.merchant)
    with pytest.raises(Refused, match="Needed"):
        delete_document(document=document, by=cast.merchant)
    assert asked[0] is not document


def test_a_document_that_another_one_replaced_or_a_tick_put_away_goes_with_its_case(cast: Cast) -> None:
    case = _case(cast)
    first, second, third = (make_document(cast.merchant, kind=Document.Kind.CARD_FRONT) for _ in range(3))
    slot, other = case.slots.filter(kind__in=["card_front", "card_back"])
    for document in (first, second):
        choose_document(slot=slot, document=document, by=cast.merchant)
    choose_document(slot=other, document=third, by=cast.merchant)
    set_slot(slot=other, state=Slot.State.MISSING, by=cast.merchant)
    assert documents_of(case) == [third, second, first]
    _close(case, cast, 31)
    still_open = _case(cast)
    choose_document(slot=still_open.slots.all()[0], document=third, by=cast.merchant)
    set_slot(slot=still_open.slots.all()[0], state=Slot.State.MISSING, by=cast.merchant)
    assert retention.erase_documents_of_closed_cases() == 2
    assert list(Document.objects.kept()) == [third]


@pytest.mark.parametrize("kind", ["other", "business", "card_front", "statement"])
def test_a_document_that_was_checked_for_less_than_its_place_asks_is_refused(kind: str, cast: Cast) -> None:
    slot = _case(cast).slots.get(kind="identity")
    document = make_document(cast.merchant, kind=kind)
    with pytest.raises(Refused, match="Add it as “Passport or ID”"):
        choose_document(slot=slot, document=document, by=cast.merchant)
    slot.refresh_from_db()
    assert slot.document is None
    choose_document(
        slot=slot, document=make_document(cast.merchant, kind="driving_licence"), by=cast.merchant
    )
