"""What the first look at a file refuses, what it mends, and that rows keep the file's own line numbers."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile

import pytest

from closedorders.orderfiles.tables import csv_layout, csv_table
from closedorders.orderfiles.tables.csv_table import REFUSALS, CsvRows, FileRefused

PLAIN = "Name,Email,Total\n#1001,ana@example.com,10.00\n#1002,bo@example.com,20.00\n"
PARSED = [(2, ["#1001", "ana@example.com", "10.00"]), (3, ["#1002", "bo@example.com", "20.00"])]


def rows_of(content: bytes | str) -> list[tuple[int, list[str] | None]]:
    return list(CsvRows(io.BytesIO(content.encode() if isinstance(content, str) else content)))


def refusal_of(content: bytes | str) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        rows_of(content)
    assert caught.value.code in REFUSALS
    return caught.value


def zip_with(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), "text")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n  \n", "empty_file"),
        (codecs.BOM_UTF8, "empty_file"),
        (b";;;\n;;;\n", "empty_file"),
        (zip_with("xl/workbook.xml"), "file_is_xlsx"),
        (zip_with("orders.csv"), "file_is_zip"),
        (gzip.compress(PLAIN.encode(), mtime=0), "file_is_gzip"),
        (b"%PDF-1.7\n" + PLAIN.encode(), "file_is_pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "file_is_xls"),
        (b"\xef\xbb\xbf\n <!DOCTYPE html><html><body>Sign in</body></html>", "file_is_html"),
        (b'[{"orderId": "1"}]', "file_is_json"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 4, "file_is_binary"),
        (b"Name,Email\n#1,a\x00b@example.com\n", "file_has_nul"),
        (PLAIN.encode() + b"x" * 5000 + b"\n\x00", "file_has_nul"),
        (PLAIN.replace("#1002", "\x00").encode("utf-16"), "file_has_nul"),
        (b"\xef\xbb\xbf" + "Name,Email\nAna Mu\xf1oz,x\n".encode("latin-1"), "undecodable_bytes"),
        ("Name,Email\nMuñoz,x\n".encode() + b"\xff\n", "undecodable_bytes"),
        (b"Name,Email\n\x81\x8d,x\n", "undecodable_bytes"),
        (PLAIN.encode("utf-32"), "undecodable_bytes"),
        (PLAIN.encode("utf-16") + b"\x00", "undecodable_bytes"),
        (PLAIN + '"#1003,open@example.com,1\n#1004,x@example.com,2\n', "unclosed_quote"),
        (
            'Name,Email,Total\n#1,"a@example.com,1\n#2,b@example.com,2\n#3,"c@example.com",3\n',
            "unclosed_quote",
        ),
        ('Name,Email,Total\n#1,"a,1\n#2,b,2\n#3,c","d",3\n', "unclosed_quote"),
        ('"Name,Email\n#1,a\n', "unclosed_quote"),
        (PLAIN + "Name,Email,Total\n#1003,c@example.com,1\n", "header_repeated"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_with_one_code(content: bytes | str, code: str) -> None:
    assert refusal_of(content).code == code


def test_the_unclosed_quote_is_named_by_its_line() -> None:
    assert refusal_of('Name,Email,Total\n#1,a,1\n#2,"b,2\n#3,c,3\n').params == {"line": 3}


@pytest.mark.parametrize(
    ("limit", "value", "content", "code"),
    [
        ("MAX_BYTES", 20, PLAIN, "file_too_large"),
        ("MAX_ROWS", 1, PLAIN, "too_many_rows"),
        ("MAX_COLUMNS", 2, PLAIN, "too_many_columns"),
        ("MAX_FIELD_CHARACTERS", 14, PLAIN, "field_too_long"),
    ],
)
def test_limits_are_stated_in_the_refusal(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, content: str, code: str
) -> None:
    for module in (csv_layout, csv_table):
        monkeypatch.setattr(module, limit, value, raising=False)
    refused = refusal_of(content)
    assert (refused.code, refused.params["limit"]) == (code, value)


def test_the_longest_allowed_field_is_taken_and_one_character_more_is_not() -> None:
    longest = "x" * csv_table.MAX_FIELD_CHARACTERS
    assert rows_of(f"Name,Note\n#1,{longest}\n") == [(2, ["#1", longest])]
    assert refusal_of(f"Name,Note\n#1,{longest}x\n").code == "field_too_long"


def test_a_file_without_line_ends_is_refused_before_it_fills_the_memory() -> None:
    assert refusal_of(b"Name,Email\n" + b"x," * csv_table.MAX_LINE_BYTES).code == "line_too_long"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.rstrip("\n"),
        codecs.BOM_UTF8 + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", "|"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.replace("\n", "\r\n", 1),
        PLAIN.replace("\n", "\r", 1),
        '"Name","Email","Total"\n"#1001","ana@example.com","10.00"\n"#1002","bo@example.com","20.00"\n',
    ],
)
def test_encodings_delimiters_and_line_ends_make_no_difference(content: bytes | str) -> None:
    assert rows_of(content) == PARSED


@pytest.mark.parametrize("told", ["sep=;", "SEP=;", '"sep=;"', "\ufeffsep=;"])
def test_a_line_that_names_the_separator_is_not_the_header(told: str) -> None:
    rows = CsvRows(io.BytesIO(f"{told}\r\nName;Email, old\r\n#1;a\r\n".encode()))
    assert rows.header == ["Name", "Email, old"]
    assert list(rows) == [(3, ["#1", "a"])]


def test_lines_are_counted_as_a_text_editor_does() -> None:
    content = '\n\nName,Note,Total\r\n#1,"two\nlines",1\n\n,,\n  ,\t,\n#2,x,2\r#3,y,3\n'
    assert rows_of(content) == [(4, ["#1", "two\nlines", "1"]), (9, ["#2", "x", "2"]), (10, ["#3", "y", "3"])]


def test_windows_1252_is_an_assumption_and_keeps_its_accents() -> None:
    rows = CsvRows(io.BytesIO("Name,Client\n#1,Íñigo Peña €\n".encode("cp1252")))
    assert (rows.layout.encoding, rows.layout.encoding_assumed) == ("cp1252", True)
    assert list(rows) == [(2, ["#1", "Íñigo Peña €"])]


def test_an_accent_cut_by_the_reading_buffer_is_still_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_layout, "_CHUNK", 7)
    rows = CsvRows(io.BytesIO("Name,Client\n#1,ñññññññ佐藤😀\n".encode()))
    assert rows.layout.encoding == "utf-8"
    assert list(rows) == [(2, ["#1", "ñññññññ佐藤😀"])]


def test_trailing_commas_of_the_header_do_not_make_columns() -> None:
    assert CsvRows(io.BytesIO(b"Name,Email,,\n#1,a,,\n")).header == ["Name", "Email"]


def test_formulas_and_markup_are_kept_verbatim() -> None:
    cells = ['=HYPERLINK("http://x")', "+1", "-1", "@a", "<script>", "{{7*7}}", "two\u2028halves"]
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    assert rows_of(f"a,b,c,d,e,f,g\n{quoted}\n") == [(2, cells)]


def test_a_row_with_broken_quotes_does_not_stop_the_rows_after_it() -> None:
    assert rows_of('Name,Note\n#1,"10" cable"\n#2,fine\n') == [(2, None), (3, ["#2", "fine"])]


def test_undoubled_quotes_of_tab_separated_scripts_are_read_as_meant() -> None:
    content = 'Order Number\tTitle\tPrice\t\n1\t"10" cable"\t3\t\n2\t"plain"\t4\t\n'
    assert rows_of(content) == [(2, ["1", '10" cable', "3", ""]), (3, ["2", "plain", "4", ""])]


@pytest.mark.parametrize("header", ["Name,Email,Notes", "Name,Email,Notes;", '"Name,Email,Notes";'])
def test_rows_a_spreadsheet_put_into_one_cell_are_taken_apart(header: str) -> None:
    content = (
        f"{header}\r\n"
        '"#1001,a@example.com,""hall, left""";\r\n'
        ";\r\n"
        "#1002,b@example.com,none;\r\n"
        '"#1003,c@example.com,""gate";" ring""";\r\n'
        '"#1004,d@example.com,""first";\r\n'
        '"second""";\r\n'
    )
    rows = CsvRows(io.BytesIO(content.encode()))
    assert rows.header == ["Name", "Email", "Notes"]
    assert rows.layout.wrapped_in == ";"
    assert list(rows) == [
        (2, ["#1001", "a@example.com", "hall, left"]),
        (4, ["#1002", "b@example.com", "none"]),
        (5, ["#1003", "c@example.com", "gate; ring"]),
        (6, ["#1004", "d@example.com", "first\nsecond"]),
    ]


def test_a_rows_own_blank_cells_stay_where_a_spreadsheet_added_others() -> None:
    content = (
        "Name,Email,Total,Notes,Tags\n"
        '"#1,a@x.com,45.00,,",,,,\n'
        '"#2,b@x.com,46.00,hi,""a, b""",,,,\n'
        '"#3,c@x.com,,,",,,,\n'
    )
    assert rows_of(content) == [
        (2, ["#1", "a@x.com", "45.00", "", ""]),
        (3, ["#2", "b@x.com", "46.00", "hi", "a, b"]),
        (4, ["#3", "c@x.com", "", "", ""]),
    ]


def test_text_is_not_read_as_utf_16_in_which_nobody_finds_an_address() -> None:
    content = b"Order,Mail,Total\nB-1,maria.secret@hotmail.com,10.00\n"
    with pytest.raises(FileRefused) as caught:
        csv_table.inspect(io.BytesIO(content), encoding="utf-16")
    assert caught.value.code == "undecodable_bytes"


def test_rows_in_one_quoted_cell_without_semicolons_are_taken_apart() -> None:
    content = 'Name,Email,Notes\n"#1,a@example.com,""hall, left"""\n"#2,b@example.com,none"\n'
    assert rows_of(content) == [
        (2, ["#1", "a@example.com", "hall, left"]),
        (3, ["#2", "b@example.com", "none"]),
    ]


def test_reading_counts_bytes_and_leaves_the_file_open() -> None:
    file = io.BytesIO(PLAIN.encode())
    rows = CsvRows(file)
    list(rows)
    del rows
    assert not file.closed
    assert file.seek(0) == 0
