"""Each row of a file is accepted, rejected or a duplicate, and nothing else, whatever kind of file it is."""

from __future__ import annotations

import csv
import io
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from closedorders.orderfiles.formats.custom import MAPPED
from closedorders.orderfiles.formats.recognition import FORMATS
from closedorders.orderfiles.issues import RowIssue
from closedorders.orderfiles.reader import read_orders
from tests.orderfiles import kind_files
from tests.orderfiles.properties.kinds import OTHER_KINDS, mended_file, tables_of
from tests.orderfiles.properties.readings import few, read
from tests.orderfiles.properties.shopify_tables import NOW, Table, tables


def test_no_kind_of_file_is_left_out() -> None:
    assert {each.key for each in FORMATS} == {key for key, _ in kind_files.KINDS.values()}
    assert set(kind_files.KINDS) - set(OTHER_KINDS) == {"Shopify"}
    assert set(MAPPED) == {"store_orders", "aliexpress_orders", "order_links"}


def lines_of_rows(content: bytes) -> list[int]:
    """The line each row with text starts at, told by Python's own reader."""
    reader = csv.reader(io.StringIO(content.decode()))
    next(reader)
    lines, start = [], reader.line_num + 1
    for row in reader:
        if "".join(row).strip():
            lines.append(start)
        start = reader.line_num + 1
    return lines


@few
@given(table=tables())
def test_every_row_of_a_file_is_taken_refused_or_a_duplicate_and_nothing_else(table: Table) -> None:
    content = table.file()
    reading, items = read(content)
    lines = lines_of_rows(content)
    assert reading.rows_read == len(lines)
    assert reading.rows_accepted + reading.rows_rejected + reading.rows_duplicate == reading.rows_read
    refused = {item.line for item in items if isinstance(item, RowIssue)}
    taken = [line for item in items if not isinstance(item, RowIssue) for line in item.source_lines]
    assert len(refused) == reading.rows_rejected
    assert len(taken) == len(set(taken)) == reading.rows_accepted
    assert refused | set(taken) <= set(lines)
    assert refused.isdisjoint(taken)


@pytest.mark.parametrize("name", OTHER_KINDS)
@settings(few, max_examples=25)
@given(data=st.data())
def test_every_row_of_any_kind_of_file_is_taken_refused_or_a_duplicate(
    name: str, data: st.DataObject
) -> None:
    kind = OTHER_KINDS[name]
    table = data.draw(tables_of(kind))
    reading = read_orders(
        io.BytesIO(kind.write(table)),
        zone=ZoneInfo("Europe/Madrid"),
        default_currency="EUR",
        own_format=kind.own_format,
        now=NOW,
    )
    items = list(reading)
    # In the file of bad rows a row says at its end where it stood, whatever else is blank.
    rows = [row for row in table.rows if "".join(row).strip() or kind.write is mended_file]
    assert reading.rows_read == len(rows)
    assert reading.rows_accepted + reading.rows_rejected + reading.rows_duplicate == reading.rows_read
    refused = {item.line for item in items if isinstance(item, RowIssue)}
    taken = [line for item in items if not isinstance(item, RowIssue) for line in item.source_lines]
    assert len(refused) == reading.rows_rejected
    assert len(taken) == len(set(taken)) == reading.rows_accepted
    assert refused.isdisjoint(taken)


@few
@given(table=tables())
def test_reading_a_file_again_says_the_same(table: Table) -> None:
    content = table.file()
    (once, items), (again, same_items) = read(content), read(content)
    assert items == same_items
    assert once.how() == again.how()
    assert once.questions == again.questions
