"""What a file lost, or is by its content, is said; what web pages wrote is read."""

from __future__ import annotations

import io
import zipfile

import pytest

from closedorders.imports.wording.issues import issue_text
from closedorders.imports.wording.refusals import refusal_texts
from closedorders.orderfiles.issues import RowIssue
from tests.imports.files import counts, csv_file, issues, read, refusal, shopify_row, store_orders

FEBRUARY = "2026-02-01 10:00:00 +0100"
ROWS = [shopify_row(Name=f"#{number}", Created_at=FEBRUARY) for number in (1, 2)]


def _zipped(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/"), text)
    return content.getvalue()


@pytest.mark.parametrize("cut", ["#3,cut@exam", '#3,"cut@exam'])
def test_a_file_that_ends_in_mid_row_says_so(cut: str) -> None:
    reading, items = read(csv_file(ROWS) + cut.encode())
    assert [(line, code) for line, _, _, code in issues(items)] == [(4, "cut_off")]
    assert counts(reading) == (3, 2, 1, 0)
    assert reading.how()["cut_off"] == {"line": 4, "assumed": True}
    assert issue_text("cut_off", {}) == (
        "The file ends in the middle of this row: the download was cut off. Export it again."
    )


def test_a_short_row_that_ends_and_a_whole_one_that_does_not_are_not_cut_off() -> None:
    reading, items = read(csv_file(ROWS) + b"#3,a@example.com\n")
    assert [code for *_, code in issues(items)] == ["ragged_row"]
    assert "cut_off" not in reading.how()
    reading, items = read(csv_file(ROWS).rstrip(b"\n"))
    assert issues(items) == []


def test_a_missing_column_of_addresses_or_totals_is_said() -> None:
    reading, _ = read(csv_file(ROWS))
    assert not {"no_email_column", "no_total_column"} & reading.how().keys()
    bare = [{name: cell for name, cell in row.items() if name not in ("Email", "Total")} for row in ROWS]
    reading, _ = read(csv_file(bare))
    assert {"no_email_column", "no_total_column"} <= reading.how().keys()


def test_entities_of_web_pages_are_decoded_and_other_ampersands_stay() -> None:
    row = shopify_row(
        Created_at=FEBRUARY,
        Billing_Name="O&#39;Brien &amp; S&ouml;hne",
        Lineitem_name="Salt &amp; pepper &#8211; R&D; &copy",
        Notes="5 &lt; 6",
    )
    (order,) = store_orders(read(csv_file([row]))[1])
    assert order.customer_name == "O'Brien & Söhne"
    assert order.lines[0].name == "Salt & pepper – R&D; &copy"
    assert order.note == "5 < 6"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (_zipped(word__document=b"x"), "file_is_docx", "Word"),
        (_zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "file_is_ods", "LibreOffice"),
        (_zipped(**{"Index__Document.iwa": b"x"}), "file_is_numbers", "Numbers"),
        (_zipped(other=b"x"), "file_is_zip", "zip"),
        (b"{\\rtf1\\ansi orders}", "file_is_rtf", "RTF"),
        (b'<?xml version="1.0"?>\n<orders><order/></orders>', "file_is_xml", "XML"),
        (b"From: a@example.com\nTo: b@example.com\nSubject: Orders\nMIME-Version: 1.0\n\nHi", "file_is_eml", "e-mail"),
        (b"<html><body><table><tr><td>#1001</td></tr></table></body></html>", "file_is_html_table", "table"),
        (b"<!DOCTYPE html><html><body><form><input name=password></form></body></html>", "file_is_html", "sign-in"),
    ],
)  # fmt: skip
def test_a_file_of_another_program_is_named_for_what_it_is(content: bytes, code: str, words: str) -> None:
    found = refusal(content)
    assert found.code == code
    happened, todo = refusal_texts(found.code, found.params)
    assert words in happened
    assert todo


def test_another_total_under_one_number_is_said_to_be_that() -> None:
    _, items = read(csv_file([ROWS[0], {**ROWS[0], "Total": "26.00"}]))
    (issue,) = [item for item in items if isinstance(item, RowIssue)]
    assert issue_text(issue.code, issue.params) == (
        "Line 2 has the same order number but another total. Keep the right row and delete the other."
    )
