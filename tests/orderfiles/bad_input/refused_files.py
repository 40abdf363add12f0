"""1–18: files that are refused whole, and a few like them that are read."""

from __future__ import annotations

import gzip

from tests.imports.files import shopify_row
from tests.orderfiles.bad_input.files import GOOD, archive, second, shop, without
from tests.orderfiles.bad_input.outcomes import Case, Refused, same
from tests.orderfiles.workbooks import workbook

REFUSED_FILES = (
    Case("1", "0 bytes", b"", Refused("empty_file")),
    Case("2", "a header and no rows", shop().split("\n")[0].encode() + b"\n", Refused("no_rows")),
    Case("3", "no header row", shop().split("\n")[1].encode() + b"\n", Refused("no_header")),
    Case(
        "4",
        "a required column is missing",
        without("Name"),
        Refused("missing_column", shows="“name”", state="unmapped"),
    ),
    Case(
        "5",
        "the header comes twice",
        (shop() + shop(shopify_row(Name="#1002"))).encode(),
        Refused("header_repeated", shows="line 3"),
    ),
    Case("6", "NULs in the text", second(Notes="a\0b"), Refused("file_has_nul")),
    Case(
        "7",
        "a picture named .csv",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 4,
        Refused("file_is_binary"),
    ),
    Case("8a", "an xlsx named .csv", workbook({"Sheet1": [["A"], [1], [2]]}), Refused("file_is_xlsx")),
    Case("8b", "a damaged xlsx named .csv", archive("xl/workbook.xml"), Refused("workbook_damaged")),
    # Opened for what it is: with a row of titles its columns can be named, like those of a CSV file.
    Case(
        "8c",
        "an xlsx of unknown columns named .csv",
        workbook({"Sheet1": [["A", "B"], [1, 2]]}),
        Refused("unknown_format", shows="A, B", state="unmapped"),
    ),
    Case("8d", "a good xlsx named .csv", workbook({"Orders": [list(GOOD), list(GOOD.values())]}), same()),
    Case("9", "a zip named .csv", archive("orders.csv"), Refused("file_is_zip")),
    Case("10", "a PDF named .csv", b"%PDF-1.7\n" + shop().encode(), Refused("file_is_pdf")),
    Case(
        "11",
        "a web page named .csv",
        b"<!DOCTYPE html><html><body>Sign in</body></html>",
        Refused("file_is_html"),
    ),
    Case("12", "a gzip named .csv", gzip.compress(shop().encode(), mtime=0), Refused("file_is_gzip")),
    Case(
        "13",
        "over the size limit",
        second(),
        Refused("file_too_large", shows="100\xa0bytes", limits={"MAX_BYTES": 100}),
    ),
    Case(
        "13b", "over the size limit at the door", second(), Refused("", shows="100\xa0bytes", at_upload=100)
    ),
    Case(
        "14",
        "over the row limit",
        shop(*[GOOD] * 1_201).encode(),
        Refused("too_many_rows", shows="more than 1,200 rows", limits={"MAX_ROWS": 1_200}),
    ),
    Case(
        "15",
        "over the column limit",
        second(),
        Refused(
            "too_many_columns", shows=f"{len(GOOD)} columns, and we read up to 9", limits={"MAX_COLUMNS": 9}
        ),
    ),
    Case(
        "16",
        "over the field limit",
        second(Notes="x" * 40),
        Refused(
            "field_too_long",
            shows="line 3 is longer than 30 characters",
            limits={"MAX_FIELD_CHARACTERS": 30},
        ),
    ),
    Case(
        "17",
        "a quote that is never closed",
        (shop() + '"#1002,' + shop(shopify_row(Name="#1003")).split("\n")[1] + "\n").encode(),
        Refused("unclosed_quote", shows="line 3"),
    ),
    Case("18", "bytes of no encoding", second(Notes="ñ") + b"\xff\n", Refused("undecodable_bytes")),
)
