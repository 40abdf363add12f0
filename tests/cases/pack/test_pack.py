"""The submission pack: approved pages in their order, with a cover, checksums and a receipt."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pypdfium2
import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.cases import actions, moves
from closedorders.cases.models import Case, Pack
from closedorders.core.refusals import Refused
from closedorders.documents.models import Document
from tests.cases.conftest import approve_all
from tests.cases.review.scenes import CARD_ANSWER, PAPER_ANSWER, in_review, put
from tests.cases.test_pages import queries
from tests.cast import Cast
from tests.factories import make_member

ClientOf = Callable[[Membership | None], Client]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vault(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def approved(cast: Cast, *, by: Membership | None = None) -> Case:
    """A case with an approved card and passport of the vault; the rest the merchant keeps."""
    case, card, passport = in_review(cast)
    by = by or cast.reviewer
    for slot, answer in ((card, CARD_ANSWER), (passport, PAPER_ANSWER)):
        review = actions.start_review(slot=slot, by=by)
        actions.finish_review(review=review, verdict="approved", answer=answer, alone=by.is_merchant, by=by)
    approve_all(case, by)
    actions.move_case(case=case, move=moves.APPROVAL, by=by)
    return case


def url(case: Case) -> str:
    return reverse("cases:pack", args=[case.team.slug, case.pk])


def sums(case: Case) -> dict[str, str]:
    """Kind of slot → checksum of its document's page."""
    found = case.slots.filter(document__isnull=False)
    return dict(found.values_list("kind", "document__pages__sha256"))


def test_the_zip_has_a_cover_the_pages_in_order_and_checksums_that_fit(
    cast: Cast, client_of: ClientOf
) -> None:
    case = approved(cast)
    answer = client_of(cast.merchant).post(url(case), {"format": "zip"})
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="verification-')
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    content = answer.getvalue()
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        assert pack.namelist() == [
            "00-cover.pdf",
            "01-credit-card-front.jpg",
            "02-passport-or-id.jpg",
            "checksums.txt",
        ]
        assert pack.read("00-cover.pdf").startswith(b"%PDF")
        listed = dict(line.split("  ")[::-1] for line in pack.read("checksums.txt").decode().splitlines())
        for name in ("01-credit-card-front.jpg", "02-passport-or-id.jpg"):
            assert hashlib.sha256(pack.read(name)).hexdigest() == listed[name]
    assert set(listed.values()) == set(sums(case).values())
    receipt = Pack.objects.get()
    assert (receipt.by, receipt.round, receipt.format, receipt.size) == (
        cast.merchant,
        1,
        "zip",
        len(content),
    )
    assert receipt.sha256 == hashlib.sha256(content).hexdigest()
    assert [entry["pages"] for entry in receipt.contents] == [
        [sums(case)["card_front"]],
        [sums(case)["identity"]],
    ]
    assert AuditEvent.objects.filter(verb="pack_made").count() == 1
    assert AuditEvent.objects.filter(verb="document_viewed").count() == 2


def test_the_pdf_has_a_cover_and_a_page_for_each_picture(cast: Cast) -> None:
    case = approved(cast)
    receipt, content = actions.make_pack(case=case, file_format="pdf", by=cast.merchant)
    assert content.startswith(b"%PDF")
    with pypdfium2.PdfDocument(content) as document:
        assert len(document) == 3
        assert sums(case)["identity"] in document[0].get_textpage().get_text_range().replace("\r\n", "")
        (image,) = (each for each in document[2].get_objects() if isinstance(each, pypdfium2.PdfImage))
        jpeg = bytes(image.get_data(decode_simple=True))
    assert hashlib.sha256(jpeg).hexdigest() == sums(case)["identity"]
    assert receipt.get_format_display() == "PDF"


def test_the_receipt_is_on_the_page_and_stays_when_the_documents_are_gone(
    cast: Cast, client_of: ClientOf
) -> None:
    case = approved(cast)
    actions.make_pack(case=case, file_format="zip", by=cast.merchant)
    client = client_of(cast.merchant)
    Document.objects.update(deleted_at=timezone.now())
    page = unescape(client.get(url(case)).content.decode())
    assert all(sha[:8] in page for sha in sums(case).values())
    assert "only the receipt is left: Credit card, front, Passport or ID" in page
    assert "Download the ZIP" not in page


def test_it_is_refused_while_a_needed_document_is_not_approved_and_names_it(
    cast: Cast, client_of: ClientOf
) -> None:
    case, card, _passport = in_review(cast)
    review = actions.start_review(slot=card, by=cast.reviewer)
    actions.finish_review(review=review, verdict="approved", answer=CARD_ANSWER, by=cast.reviewer)
    answer = client_of(cast.merchant).post(url(case), {"format": "zip"})
    assert isinstance(answer, HttpResponse)
    page = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "Not approved yet: Passport or ID, " in page
    assert "Not approved yet: Credit card, front" not in page
    assert not Pack.objects.exists()
    assert not AuditEvent.objects.filter(verb="document_viewed").exists()


def test_only_a_merchant_of_the_team_makes_one(cast: Cast, other_cast: Cast, client_of: ClientOf) -> None:
    case = approved(cast)
    for person in (cast.reviewer, cast.assistant, other_cast.merchant):
        with pytest.raises(Refused):
            actions.make_pack(case=case, file_format="zip", by=person)
    assert client_of(cast.reviewer).get(url(case)).status_code == 403
    assert client_of(other_cast.merchant).post(url(case), {"format": "zip"}).status_code == 404
    assert client_of(cast.merchant).post(url(case), {"format": "exe"}).status_code == 422
    assert not Pack.objects.exists()


def test_a_merchant_alone_is_named_on_the_page_and_the_receipt_whoever_joined_since(
    cast: Cast, client_of: ClientOf
) -> None:
    cast.reviewer.ended_at = timezone.now()
    cast.reviewer.save()
    case = approved(cast, by=cast.merchant)
    page = unescape(client_of(cast.merchant).get(url(case)).content.decode())
    assert "Nobody but the merchant looked at some of these documents" in page
    make_member(cast.team, "reviewer")
    assert "has no reviewer" not in unescape(client_of(cast.merchant).get(url(case)).content.decode())
    receipt, _content = actions.make_pack(case=case, file_format="zip", by=cast.merchant)
    assert receipt.alone


def test_two_versions_of_one_paper_with_different_boxes_need_a_confirmation(
    cast: Cast, client_of: ClientOf
) -> None:
    case = approved(cast)
    actions.make_pack(case=case, file_format="zip", by=cast.merchant)
    for move, note in ((moves.SUBMISSION, ""), (moves.FURTHER_REQUEST, "The passport again")):
        case.refresh_from_db()
        actions.move_case(case=case, move=move, note=note, by=cast.merchant)
    passport = case.slots.get(kind="identity")
    document = put(passport, cast, Document.Kind.IDENTITY, PAPER_ANSWER)
    actions.move_case(case=case, move=moves.REVIEW, by=cast.merchant)
    review = actions.start_review(slot=passport, by=cast.reviewer)
    actions.finish_review(review=review, verdict="approved", answer=PAPER_ANSWER, by=cast.reviewer)
    # The same boxes, whyever they are there, are no other version.
    Document.objects.filter(pk=document.pk).update(boxes=[[1, 0.1, 0.4, 0.5, 0.2, "other"]])
    actions.make_pack(case=case, file_format="zip", by=cast.merchant)
    Document.objects.filter(pk=document.pk).update(boxes=[[1, 0.1, 0.4, 0.5, 0.3, "card_number"]])
    with pytest.raises(Refused, match="different boxes: “Passport” and “Passport”"):
        actions.make_pack(case=case, file_format="zip", by=cast.merchant)
    page = unescape(client_of(cast.merchant).get(url(case)).content.decode())
    assert 'name="different_boxes"' in page
    form = {"format": "zip", "different_boxes": "1"}
    assert client_of(cast.merchant).post(url(case), form).status_code == 200
    assert Pack.objects.count() == 3


def test_the_page_costs_the_same_for_few_and_many_receipts(cast: Cast, client_of: ClientOf) -> None:
    case = approved(cast)
    client = client_of(cast.merchant)
    actions.make_pack(case=case, file_format="zip", by=cast.merchant)
    few = queries(client, url(case))
    receipt = Pack.objects.get()
    for _number in range(49):
        receipt.pk = None
        receipt.save()
    assert queries(client, url(case)) == few <= 20
    assert "?before=" in client.get(url(case)).content.decode()
