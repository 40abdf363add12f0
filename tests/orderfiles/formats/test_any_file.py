"""Any file, whatever it contains: every row is counted once, progress reaches the end, and nothing raises an error."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from closedorders.orderfiles.issues import RowIssue
from closedorders.orderfiles.reader import read_orders
from closedorders.orderfiles.samples import (
    shopify_csv,
)
from closedorders.orderfiles.tables.csv_table import REFUSALS, FileRefused
from tests.imports.files import MADRID, NOW, counts, read, store_orders
from tests.orderfiles.formats.small_files import EXTENSION_HEADER, SHORT, START, USERSCRIPT_HEADER


def test_progress_reaches_the_end_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("closedorders.orderfiles.reader._ROWS_BETWEEN_PROGRESS", 10)
    content = shopify_csv(start=START)
    seen: list[tuple[int, int]] = []
    reading = read_orders(
        io.BytesIO(content),
        zone=MADRID,
        now=NOW,
        on_progress=lambda each: seen.append((each.rows_read, each.bytes_read)),
    )
    list(reading)
    assert len(seen) > 5
    assert seen == sorted(seen)
    assert seen[-1] == (reading.rows_read, len(content))


def test_many_orders_are_told_apart_and_remembered() -> None:
    many = "".join(f"#{number},paid\n" for number in range(20_000))
    reading, items = read(f"Name,Financial Status\n{many}{many}#7,voided\n")
    assert len(store_orders(items)) == 20_000
    assert counts(reading) == (40_001, 20_000, 1, 20_000)
    assert [item.params for item in items if isinstance(item, RowIssue)] == [{"first_line": 9}]


CELLS = st.one_of(
    st.sampled_from(
        ["#1001", "#1002", "", "paid", "EUR", "10.00", "-1", "NaN", "2026-02-01 10:00:00 +0100", "03/04/2025",
         "ana@example.com", "8190000000000017", "8.19E+15", "Feb 21, 2026", '10" x', "a\nb", "US $1.00|1|00"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    header=st.sampled_from(
        [SHORT, EXTENSION_HEADER, USERSCRIPT_HEADER.rstrip("\t").replace("\t", ","), "order,aliexpress"]
    ),
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=17), min_size=1, max_size=12),
    fitting=st.booleans(),
)
def test_every_row_is_accepted_rejected_or_a_duplicate_whatever_it_holds(
    header: str, rows: list[list[str]], fitting: bool
) -> None:
    titles = header.split(",")
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(titles)
    written = [(row + [""] * len(titles))[: len(titles)] if fitting else row for row in rows]
    writer.writerows(written)
    try:
        reading, items = read(output.getvalue())
    except FileRefused:
        return  # The codes of refusals are the next test's.
    with_text = [row for row in written if "".join(row).strip()]
    assert reading.rows_read == len(with_text)
    accepted = [line for item in items if not isinstance(item, RowIssue) for line in item.source_lines]
    assert len(accepted) == len(set(accepted)) == reading.rows_accepted


@settings(max_examples=150, deadline=None)
@given(
    content=st.one_of(
        st.binary(max_size=300), st.text(max_size=200).map(lambda text: f"{SHORT}\n{text}".encode())
    )
)
def test_any_bytes_are_read_or_refused_but_never_an_error(content: bytes) -> None:
    code = "empty_file"
    try:
        read(content)
    except FileRefused as refused:
        code = refused.code
    assert code in REFUSALS
