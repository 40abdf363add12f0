"""The same table in another delimiter, encoding, line end or order of columns is read the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from closedorders.orderfiles.issues import RowIssue
from tests.orderfiles.properties.readings import few, read
from tests.orderfiles.properties.shopify_tables import Table, tables


@few
@given(
    table=tables(),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(("utf-8", "utf-8-sig", "utf-16")),
    line_end=st.sampled_from(("\n", "\r\n")),
)
def test_the_same_table_saved_another_way_is_read_into_the_same(
    table: Table, delimiter: str, encoding: str, line_end: str
) -> None:
    reading, items = read(table.file())
    other, other_items = read(table.file(delimiter=delimiter, encoding=encoding, line_end=line_end))
    assert other_items == items
    assert other.questions == reading.questions


@few
@given(table=tables(), data=st.data())
def test_the_order_of_the_columns_makes_no_difference(table: Table, data: st.DataObject) -> None:
    width = len(table.header)
    whole = [row for row in table.rows if len(row) == width]
    places = data.draw(st.permutations(range(width)))
    moved = Table([table.header[at] for at in places], [[row[at] for at in places] for row in whole])
    if not whole:
        return
    items, moved_items = read(Table(table.header, whole).file())[1], read(moved.file())[1]
    orders = [item for item in items if not isinstance(item, RowIssue)]
    assert [item for item in moved_items if not isinstance(item, RowIssue)] == orders
    assert {
        (item.line, item.column, item.value, item.code) for item in moved_items if isinstance(item, RowIssue)
    } == {(item.line, item.column, item.value, item.code) for item in items if isinstance(item, RowIssue)}
