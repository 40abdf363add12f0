"""Comments and files that people keep with a store order."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from closedorders.accounts.models import AuditEvent, Membership
from closedorders.core.files.uploads import content_type_of
from closedorders.core.refusals import Refused
from closedorders.orders.actions import notes as actions_notes
from closedorders.orders.actions.notes import add_comment, add_file, withdraw_comment, withdraw_file
from closedorders.orders.models import OrderComment, OrderFile, StoreOrder
from tests.cast import Cast
from tests.factories import make_member, make_store, make_store_order
from tests.imports.files import text

ClientOf = Callable[[Membership | None], Client]

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 16
WEBP = b"RIFF\x10\0\0\0WEBPVP8 "
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


@pytest.fixture
def order(cast: Cast) -> StoreOrder:
    return make_store_order(make_store(cast.team))


def url(order: StoreOrder, name: str, *args: int) -> str:
    return reverse(f"orders:{name}", args=[order.team.slug, order.pk, *args])


def upload(name: str = "talk.png", content: bytes = PNG) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def trail() -> list[str]:
    return list(
        AuditEvent.objects.filter(verb__startswith="order_").order_by("pk").values_list("verb", flat=True)
    )


# --- Comments ---


def test_a_comment_keeps_its_lines_and_its_tags_are_words(
    cast: Cast, order: StoreOrder, client_of: ClientOf
) -> None:
    answer = client_of(cast.assistant).post(
        url(order, "order_comments"), {"text": "  Called.\r\n<b>No answer</b>  "}
    )
    assert answer["Location"] == url(order, "order") + "#timeline"
    assert OrderComment.objects.get().text == "Called.\n<b>No answer</b>"
    page = text(client_of(cast.merchant).get(url(order, "order")))
    assert "Called.\n&lt;b&gt;No answer&lt;/b&gt;" in page
    assert trail() == ["order_comment_added"]


def test_a_comment_reads_as_it_was_typed_whatever_marks_of_direction_are_in_it(
    cast: Cast, order: StoreOrder
) -> None:
    typed = "Paid\tto \u202exe.knab\u2066\r\n\r\nCall 👩\u200d🔧 first\x00"
    assert (
        add_comment(order=order, text=typed, by=cast.merchant).text
        == "Paid to xe.knab\n\nCall 👩\u200d🔧 first"
    )
    with pytest.raises(Refused, match="Write something first"):
        add_comment(order=order, text="\u202e \n\u2066", by=cast.merchant)


def test_a_comment_sent_twice_is_there_once(cast: Cast, order: StoreOrder, client_of: ClientOf) -> None:
    browser = client_of(cast.merchant)
    for _click in range(2):
        browser.post(url(order, "order_comments"), {"text": "Called her."})
    assert OrderComment.objects.count() == 1
    assert trail() == ["order_comment_added"]
    client_of(cast.assistant).post(url(order, "order_comments"), {"text": "Called her."})
    assert OrderComment.objects.count() == 2


@pytest.mark.parametrize("typed", ["", "  \r\n ", "x" * 2001])
def test_an_empty_or_too_long_comment_comes_back_with_what_was_typed(
    cast: Cast, order: StoreOrder, client_of: ClientOf, typed: str
) -> None:
    answer = client_of(cast.merchant).post(url(order, "order_comments"), {"text": typed})
    assert answer.status_code == 422
    assert not OrderComment.objects.exists()
    assert answer.context["comment_form"]["text"].value() == typed


def test_a_comment_of_two_thousand_characters_with_line_breaks_fits(
    cast: Cast, order: StoreOrder, client_of: ClientOf
) -> None:
    client_of(cast.merchant).post(url(order, "order_comments"), {"text": "x\r\n" * 999 + "yz"})
    assert len(OrderComment.objects.get().text) == 2000


def test_a_withdrawn_comment_is_erased_and_that_there_was_one_stays(
    cast: Cast, order: StoreOrder, client_of: ClientOf
) -> None:
    comment = add_comment(order=order, text="Something unkind", by=cast.assistant)
    browser = client_of(cast.assistant)
    for _click in range(2):
        browser.post(url(order, "order_comment_withdrawal", comment.pk))
    comment.refresh_from_db()
    assert comment.text == ""
    assert comment.withdrawn_at
    page = text(browser.get(url(order, "order")))
    assert "Withdrawn." in page
    assert "Withdrew a comment" in page
    assert trail() == ["order_comment_added", "order_comment_withdrawn"]
    assert "unkind" not in str(list(AuditEvent.objects.values_list()))


def test_an_assistant_withdraws_their_own_comment_only_and_a_merchant_any(
    cast: Cast, order: StoreOrder, client_of: ClientOf
) -> None:
    theirs = add_comment(order=order, text="By the merchant", by=cast.merchant)
    browser = client_of(cast.assistant)
    assert url(order, "order_comment_withdrawal", theirs.pk) not in text(browser.get(url(order, "order")))
    browser.post(url(order, "order_comment_withdrawal", theirs.pk))
    theirs.refresh_from_db()
    assert theirs.withdrawn_at is None
    with pytest.raises(Refused):
        withdraw_comment(comment=theirs, by=make_member(cast.team, "assistant"))
    other = add_comment(order=order, text="By the assistant", by=cast.assistant)
    withdraw_comment(comment=other, by=cast.merchant)


def test_withdrawing_asks_first_and_says_which_comment_or_file_it_is_about(
    cast: Cast, order: StoreOrder, client_of: ClientOf
) -> None:
    comment = add_comment(order=order, text="Something unkind", by=cast.assistant)
    file = add_file(order=order, upload=upload("passport.png"), by=cast.assistant, for_assistants=True)
    page = text(client_of(cast.merchant).get(url(order, "order")))
    asked = {
        found["action"]: found
        for found in re.finditer(
            r'<details class="ask">\s*<summary[^>]*>(?P<name>.*?)</summary>\s*'
            r'<form class="form-danger" method="post" action="(?P<action>[^"]+)">(?P<form>.*?)</form>\s*</details>',
            page,
            re.DOTALL,
        )
    }
    withdrawals = [
        url(order, "order_comment_withdrawal", comment.pk),
        url(order, "order_file_withdrawal", file.pk),
    ]
    assert sorted(asked) == sorted(withdrawals)
    assert page.count("/withdrawal/") == len(withdrawals)
    when = date_format(timezone.localtime(comment.created_at), "DATETIME_FORMAT")
    assert f"the comment of {cast.assistant.user}, {when}" in asked[withdrawals[0]]["name"]
    assert "passport.png" in asked[withdrawals[1]]["name"]
    for each in asked.values():
        assert "cannot be brought back" in each["form"]
        assert "btn-danger" in each["form"]


def test_notes_of_one_order_are_not_reached_through_another(
    cast: Cast, order: StoreOrder, client_of: ClientOf
) -> None:
    other = make_store_order(order.store)
    comment = add_comment(order=order, text="Here", by=cast.merchant)
    file = add_file(order=order, upload=upload(), by=cast.merchant)
    browser = client_of(cast.merchant)
    assert browser.post(url(other, "order_comment_withdrawal", comment.pk)).status_code == 404
    assert browser.get(url(other, "order_file", file.pk)).status_code == 404
    assert browser.post(url(other, "order_file_withdrawal", file.pk)).status_code == 404


# --- Files ---


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.png", PNG, "image/png"),
        ("a.JPG", JPEG, "image/jpeg"),
        ("a.webp", WEBP, "image/webp"),
        # What shops and chats save under another picture's name.
        ("a.jpg", WEBP, "image/webp"),
        ("a.pdf", PDF, "application/pdf"),
        ("a.txt", "Envío parado".encode(), "text/plain"),
        ("a.txt", "Envío parado".encode("cp1252"), "text/plain"),
        ("a.csv", "número;día\n1;2".encode("utf-16"), "text/csv"),
        ("a.csv", b"a,b\n1,<b>2", "text/csv"),
        ("a.txt", b"<3 from the supplier", "text/plain"),
    ],
)
def test_pictures_pdf_and_text_are_kept(name: str, content: bytes, kind: str) -> None:
    assert content_type_of(content, name) == kind


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.html", b"<html><script>alert(1)</script>", "can carry programs"),
        ("a.txt", b"  \n<!DOCTYPE html><p>x", "can carry programs"),
        ("a.csv", b"\xef\xbb\xbf<SVG onload=alert(1)>", "can carry programs"),
        ("a.svg", b'<?xml version="1.0"?><svg/>', "can carry programs"),
        ("a.svg", PNG, "can carry programs"),
        ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "can carry programs"),
        ("a.js", b"alert(1)", "can carry programs"),
        ("a.png", b"plain words", "something else"),
        ("a.pdf", PNG, "something else"),
        ("a.exe", b"MZ\x90\0\x03\0\0\0", "none of them"),
        ("a.txt", b"MZ\x90\0\x03\0\0\0", "none of them"),
        ("a.gif", b"GIF89a\x01\0\x01\0", "none of them"),
        ("a.png", b"", "empty"),
        ("png", PNG, "no ending"),
        (".png", PNG, "no ending"),
    ],
)
def test_anything_else_is_refused_with_the_reason(
    cast: Cast, order: StoreOrder, client_of: ClientOf, name: str, content: bytes, why: str
) -> None:
    answer = client_of(cast.merchant).post(url(order, "order_files"), {"file": upload(name, content)})
    assert answer.status_code == 422
    assert why in text(answer)
    assert not OrderFile.objects.exists()


def test_a_file_is_kept_privately_and_only_ever_saved(
    cast: Cast, order: StoreOrder, client_of: ClientOf, settings: Any
) -> None:
    browser = client_of(cast.merchant)
    browser.post(url(order, "order_files"), {"file": upload("Chat, día 1.png")})
    file = OrderFile.objects.get()
    on_disk = Path(file.file.path)
    assert on_disk.is_relative_to(settings.MEDIA_ROOT)
    assert "Chat" not in on_disk.name
    assert on_disk.stat().st_mode & 0o777 == 0o600
    assert url(order, "order_file", file.pk) in text(browser.get(url(order, "order")))
    answer = browser.get(url(order, "order_file", file.pk))
    assert b"".join(answer.streaming_content) == PNG  # type: ignore[attr-defined]  # the test client's answers have no public type
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The file has 10.5 MB, and at most 10 MB are kept. Make it smaller first."),
        ("es", "El archivo ocupa 10,5 MB y se guardan como mucho 10 MB. Hazlo más pequeño primero."),
    ],
)
def test_a_file_of_more_than_ten_megabytes_is_refused(
    cast: Cast, order: StoreOrder, client_of: ClientOf, language: str, sentence: str
) -> None:
    cast.merchant.user.language = language
    cast.merchant.user.save()
    big = upload("a.png", PNG + b"\0" * (actions_notes.MOST_BYTES + 512 * 1024))
    answer = client_of(cast.merchant).post(url(order, "order_files"), {"file": big})
    assert answer.status_code == 422
    assert sentence in text(answer).replace("\N{NO-BREAK SPACE}", " ")
    assert not OrderFile.objects.exists()


@pytest.mark.parametrize(("language", "size"), [("en", "1.5 KB"), ("es", "1,5 KB")])
def test_files_of_an_order_are_listed_with_their_sizes(
    cast: Cast, order: StoreOrder, client_of: ClientOf, language: str, size: str
) -> None:
    cast.merchant.user.language = language
    cast.merchant.user.save()
    for name, length in (("whole.png", 2048), ("half.png", 1536)):
        add_file(order=order, upload=upload(name, PNG.ljust(length, b"\0")), by=cast.merchant)
    page = text(client_of(cast.merchant).get(url(order, "order"))).replace("\N{NO-BREAK SPACE}", " ")
    assert "<small>2 KB" in page
    assert f"<small>{size}" in page


def test_a_file_sent_twice_is_there_once_and_an_order_has_a_most_of_them(
    cast: Cast, order: StoreOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = add_file(order=order, upload=upload(), by=cast.merchant)
    assert add_file(order=order, upload=upload(), by=cast.merchant) == first
    monkeypatch.setattr(actions_notes, "MOST_FILES", 1)
    with pytest.raises(Refused, match="Withdraw one first"):
        add_file(order=order, upload=upload("other.png"), by=cast.merchant)


def test_a_corrected_file_of_the_same_name_and_length_is_kept_too(
    cast: Cast, order: StoreOrder, client_of: ClientOf
) -> None:
    first, corrected = PNG + b"12.90", PNG + b"21.90"
    browser = client_of(cast.assistant)
    for content in (first, corrected, corrected):
        browser.post(url(order, "order_files"), {"file": upload(content=content)})
    kept = OrderFile.objects.order_by("pk")
    assert [Path(file.file.path).read_bytes() for file in kept] == [first, corrected]


def test_a_file_that_is_gone_from_the_disk_can_be_sent_again(cast: Cast, order: StoreOrder) -> None:
    gone = add_file(order=order, upload=upload(), by=cast.merchant)
    Path(gone.file.path).unlink()
    assert add_file(order=order, upload=upload(), by=cast.merchant) != gone


def test_an_assistant_sees_the_files_meant_for_assistants_and_their_own(
    cast: Cast, order: StoreOrder, client_of: ClientOf
) -> None:
    hidden = add_file(order=order, upload=upload("secret.png"), by=cast.merchant)
    shown = add_file(order=order, upload=upload("shown.png"), by=cast.merchant, for_assistants=True)
    browser = client_of(cast.assistant)
    browser.post(url(order, "order_files"), {"file": upload("own.png")})
    own = OrderFile.objects.get(name="own.png")
    page = text(browser.get(url(order, "order")))
    assert "shown.png" in page
    assert "own.png" in page
    assert "secret" not in page
    assert browser.get(url(order, "order_file", shown.pk)).status_code == 200
    assert browser.get(url(order, "order_file", hidden.pk)).status_code == 404
    assert browser.post(url(order, "order_file_withdrawal", hidden.pk)).status_code == 404
    browser.post(url(order, "order_file_withdrawal", shown.pk))
    shown.refresh_from_db()
    assert shown.withdrawn_at is None
    with pytest.raises(Refused):
        withdraw_file(file=shown, by=cast.assistant)
    withdraw_file(file=own, by=cast.assistant)


def test_reviewers_and_other_teams_get_no_file(
    cast: Cast, other_cast: Cast, order: StoreOrder, client_of: ClientOf
) -> None:
    file = add_file(order=order, upload=upload(), by=cast.merchant, for_assistants=True)
    address = url(order, "order_file", file.pk)
    assert client_of(cast.reviewer).get(address).status_code == 403
    assert client_of(other_cast.merchant).get(address).status_code == 404
    assert Client().get(address).status_code == 302
    elsewhere = reverse("orders:order_file", args=[other_cast.team.slug, order.pk, file.pk])
    assert client_of(other_cast.merchant).get(elsewhere).status_code == 404


def test_a_withdrawn_file_leaves_the_disk_once_that_is_saved(
    cast: Cast,
    order: StoreOrder,
    client_of: ClientOf,
    django_capture_on_commit_callbacks: Any,
) -> None:
    file = add_file(order=order, upload=upload("passport.png"), by=cast.assistant)
    on_disk = Path(file.file.path)
    browser = client_of(cast.merchant)
    with django_capture_on_commit_callbacks() as callbacks:
        browser.post(url(order, "order_file_withdrawal", file.pk))
        assert on_disk.exists()
    for callback in callbacks:
        callback()
    assert not on_disk.exists()
    assert browser.get(url(order, "order_file", file.pk)).status_code == 404
    assert "Withdrew a file" in text(browser.get(url(order, "order")))
    assert trail() == ["order_file_added", "order_file_withdrawn"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("maria@hotmail.com.png", "m•••@h•••.com.png"),
        ("a\u202egnp.png", "agnp.png"),
        ("x" * 300 + ".png", "x" * 196 + ".png"),
        ("  .png", "file.png"),
    ],
)
def test_file_names_are_shown_safely(cast: Cast, order: StoreOrder, name: str, shown: str) -> None:
    sent = upload()
    sent._name = name  # type: ignore[attr-defined]  # as a browser may send it
    assert add_file(order=order, upload=sent, by=cast.merchant).name == shown
