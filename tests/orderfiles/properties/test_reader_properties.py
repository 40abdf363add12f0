"""What holds for every file, whatever is in it: each row is counted once, and its layout makes no difference."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from closedorders.orderfiles.bad_rows import mending_header, mending_row
from closedorders.orderfiles.cell_columns import CellColumns
from closedorders.orderfiles.formats.custom import MAPPED, column_keys, mapped_format
from closedorders.orderfiles.formats.recognition import FORMATS
from closedorders.orderfiles.formats.shopify import ShopifyOrders
from closedorders.orderfiles.issues import RowIssue
from closedorders.orderfiles.reader import FIRST_ROWS, FormatOf, Reading, read_orders
from closedorders.orderfiles.records import Item, ParsedStoreOrder
from closedorders.orderfiles.samples import shopify_csv
from closedorders.orderfiles.tables.opening import open_rows
from tests.orderfiles import kind_files
from tests.orderfiles.workbooks import workbook

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEADER, *ROWS = csv.reader(io.StringIO(shopify_csv(orders=24, start=date(2026, 2, 1)).decode()))
#: Cells that mean something to us: bad, blank, ambiguous, in another spelling, or in quotes in a file.
CELLS = (
    "", " ", "\u00a0", "x", "1,234", "1.234", "12,50", "-5.00", "US $5.00", "03/04/2025", "2025-02-30 10:00:00 +0100",
    "2025-02-03 10:00:00", "2031-01-01 00:00:00 +0000", "45000", "España", "zz", " eur ", "JPY", "ANA@example.com ",
    "a@b", "8201447122035519", "AE 12345678", "8.19E+15", "#1001", "0", "2.0", "two\nlines", 'a "quoted" one; |, \t',
)  # fmt: skip
#: The columns we read, and one we do not.
READ = [
    HEADER.index(title)
    for title in (
        *("Name", "Email", "Financial Status", "Currency", "Total", "Created at", "Paid at", "Notes", "Tags"),
        *(
            "Phone",
            "Billing Name",
            "Shipping Country",
            "Lineitem quantity",
            "Lineitem name",
            "Lineitem price",
        ),
        "Source",
    )
]

#: Those of them that the first row of an order always fills, which tells it from the others unless they are cut away.
ALWAYS_FILLED = [HEADER.index(title) for title in ("Financial Status", "Currency", "Total", "Subtotal", "Id")]


@dataclass(frozen=True)
class Table:
    header: list[str]
    rows: list[list[str]]

    def file(self, *, delimiter: str = ",", encoding: str = "utf-8", line_end: str = "\n") -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
        writer.writerows([self.header, *self.rows])
        return text.getvalue().encode(encoding)


def change_cells(draw: st.DrawFn, rows: list[list[str]], columns: Sequence[int]) -> None:
    for _ in range(draw(st.integers(0, 6))):
        rows[draw(st.integers(0, len(rows) - 1))][draw(st.sampled_from(columns))] = draw(
            st.sampled_from(CELLS)
        )


def repeat_and_tear(draw: st.DrawFn, rows: list[list[str]]) -> None:
    for _ in range(draw(st.integers(0, 2))):  # Rows and whole orders again, next to themselves or elsewhere.
        start = draw(st.integers(0, len(rows) - 1))
        again = [list(row) for row in rows[start : start + draw(st.integers(1, 3))]]
        at = draw(st.integers(0, len(rows)))
        rows[at:at] = again
    for _ in range(draw(st.integers(0, 2))):
        row = rows[draw(st.integers(0, len(rows) - 1))]
        row[:] = row[: draw(st.integers(1, len(row)))] if draw(st.booleans()) else [*row, "more"]
    assume(any("".join(row).strip() for row in rows))  # A file without a row is refused: a case of its own.


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Rows of a real export that people and programs have worked on: cells, rows, orders and columns."""
    first = draw(st.integers(0, len(ROWS) - 12))
    rows = [list(row) for row in ROWS[first : first + draw(st.integers(1, 12))]]
    change_cells(draw, rows, READ)
    columns: Sequence[int] = range(len(HEADER))
    if draw(st.booleans()):
        columns = draw(st.permutations(columns))
    if draw(st.booleans()):
        away = draw(st.sets(st.sampled_from(ALWAYS_FILLED)))
        columns = [at for at in columns if at not in away]
    rows = [[row[at] for at in columns] for row in rows]
    repeat_and_tear(draw, rows)
    return Table([HEADER[at] for at in columns], rows)


@dataclass(frozen=True)
class Kind:
    """Another kind of file: the rows of a realistic one, and how rows are written into one."""

    header: list[str]
    rows: list[list[str]]
    write: Callable[[Table], bytes]
    own_format: FormatOf | None = None

    @classmethod
    def of(cls, content: bytes, write: Callable[[Table], bytes], own_format: FormatOf | None = None) -> Kind:
        """From a file, with all of its orders again under other numbers."""
        reading = read_orders(io.BytesIO(content), zone=UTC, own_format=own_format, now=NOW)
        at = reading.columns.first(reading.format.required[0])
        rows = [cells for _, cells in open_rows(io.BytesIO(content)) if cells is not None]
        others = [[*row[:at], f"{row[at][:-1]}8", *row[at + 1 :]] for row in rows]
        return cls(list(reading.header), [*rows, *others], write, own_format)


def json_file(table: Table) -> bytes:
    """A list of entries; `outer.inner` is a key of an object inside. A short row but the first lacks its last keys."""
    entries: list[dict[str, Any]] = []
    for row in table.rows:
        entry: dict[str, Any] = {}
        cells = row if entries else [*row, *[""] * (len(table.header) - len(row))]
        for key, cell in zip(table.header, cells, strict=False):
            outer, dot, inner = key.partition(".")
            (entry.setdefault(outer, {}) if dot else entry)[inner or outer] = cell
        entries.append(entry)
    return json.dumps(entries).encode()


def workbook_file(table: Table) -> bytes:
    return workbook({"Address": [["country"], ["ES"]], "Order Information": [table.header, *table.rows]})


def mended_file(table: Table) -> bytes:
    """The file of bad rows as it comes back: every third row still waits for a decision."""
    width = len(table.header)
    rows = [
        mending_row(row, width=width, line=at + 2, reason="Bad.", language="en", undecided=at % 3 == 2)
        for at, row in enumerate(table.rows)
    ]
    return Table(mending_header(table.header, "en"), rows).file()


def named_by_hand(kind: str, mapping: dict[str, str]) -> FormatOf:
    return lambda header: mapped_format(kind, mapping)


_ORDERS = """Ref,Date,Who,Mail,Sum,Item,Pcs,Bought
#1,2026-02-03,Ana Gil,ana@example.com,12.50,Lamp,1,8201447122035519
#1,2026-02-03,Ana Gil,ana@example.com,12.50,Mat,2,
#2,2026-02-04,Bo,,5.00,Mat,1,8201447122035527
#3,2026-02-05,Chu,chu@example.com,5.00,Mat,1,
"""
_BOUGHT = """No,Date,State,Cost,What,Pcs
8201447122035519,2026-02-03,Closed,US $3.10,Lamp,1
8201447122035519,2026-02-03,Closed,US $3.10,Mat,2
8201447122035527,2026-02-04,Finished,US $2.00,Mat,1
"""
#: What the strategy above leaves out: every other kind of file, and what a person named or mended.
OTHER_KINDS: Mapping[str, Kind] = {
    "Analytics": Kind.of(kind_files.analytics_file(), Table.file),
    "WebToffee": Kind.of(kind_files.webtoffee_file(), Table.file),
    "Advanced Order Export": Kind.of(kind_files.advanced_file(), Table.file),
    "DSers": Kind.of(kind_files.dsers_file(), Table.file),
    "extension": Kind.of(kind_files.extension_file(), Table.file),
    "extension, JSON": Kind.of(kind_files.extension_json(), json_file),
    "userscript": Kind.of(kind_files.userscript_file(), lambda table: table.file(delimiter="\t")),
    "userscript, products as JSON": Kind.of(kind_files.userscript_products_json(), json_file),
    "userscript, orders as JSON": Kind.of(kind_files.userscript_orders_json(), json_file),
    "list of orders": Kind.of(kind_files.order_list_file(), Table.file),
    "data backup": Kind.of(kind_files.backup_file(), workbook_file),
    "Shopify, workbook": Kind.of(kind_files.shopify_file(), workbook_file),
    "links": Kind.of(kind_files.links_file(), Table.file),
    "mended, Shopify": Kind.of(kind_files.shopify_file(), mended_file),
    "mended, DSers": Kind.of(kind_files.dsers_file(), mended_file),
    "orders, named": Kind.of(
        _ORDERS.encode(),
        Table.file,
        named_by_hand(
            "store_orders",
            {"number": "ref", "placed_at": "date", "customer_name": "who", "email": "mail", "total": "sum"}
            | {"line_name": "item", "line_quantity": "pcs", "aliexpress": "bought"},
        ),
    ),
    "bought, named": Kind.of(
        _BOUGHT.encode(),
        Table.file,
        named_by_hand(
            "aliexpress_orders",
            {"number": "no", "placed_at": "date", "status": "state", "cost": "cost"}
            | {"line_name": "what", "line_quantity": "pcs"},
        ),
    ),
    "links, named": Kind.of(
        _ORDERS.encode(),
        Table.file,
        named_by_hand("order_links", {"number": "ref", "aliexpress": "bought"}),
    ),
}


@st.composite
def tables_of(draw: st.DrawFn, kind: Kind) -> Table:
    rows = [list(row) for row in kind.rows]
    change_cells(draw, rows, range(len(kind.header)))
    repeat_and_tear(draw, rows)
    return Table(kind.header, rows)


def test_no_kind_of_file_is_left_out() -> None:
    assert {each.key for each in FORMATS} == {key for key, _ in kind_files.KINDS.values()}
    assert set(kind_files.KINDS) - set(OTHER_KINDS) == {"Shopify"}
    assert set(MAPPED) == {"store_orders", "aliexpress_orders", "order_links"}


few = settings(
    max_examples=35, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def read(content: bytes, own_format: FormatOf | None = None) -> tuple[Reading, list[Item]]:
    reading = read_orders(
        io.BytesIO(content),
        zone=ZoneInfo("Europe/Madrid"),
        default_currency="EUR",
        own_format=own_format,
        now=NOW,
    )
    return reading, list(reading)


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


def read_together(
    content: bytes, rows: int, own_format: FormatOf | None = None
) -> tuple[Reading, list[Item]]:
    """The file, as many rows of it at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("closedorders.orderfiles.reader._ROWS_AT_ONCE", rows)
        return read(content, own_format)


def assert_the_same(together: tuple[Reading, list[Item]], apart: tuple[Reading, list[Item]]) -> None:
    (reading, items), (other, other_items) = together, apart
    assert items == other_items
    assert (reading.how(), reading.questions) == (other.how(), other.questions)
    assert (reading.rows_accepted, reading.rows_duplicate) == (other.rows_accepted, other.rows_duplicate)


@few
@given(table=tables(), rows_at_once=st.sampled_from((4, 256)))
def test_orders_read_together_are_those_read_one_by_one(table: Table, rows_at_once: int) -> None:
    content = table.file()
    assert_the_same(read_together(content, rows_at_once), read_together(content, 1))


@pytest.mark.parametrize("name", OTHER_KINDS)
@settings(few, max_examples=10)
@given(data=st.data())
def test_orders_of_any_kind_read_together_are_those_read_one_by_one(name: str, data: st.DataObject) -> None:
    kind = OTHER_KINDS[name]
    content = kind.write(data.draw(tables_of(kind)))
    assert_the_same(read_together(content, 256, kind.own_format), read_together(content, 1, kind.own_format))


#: Fields of orders, and the columns of Shopify's file that a person could name so.
BY_HAND = {
    "placed_at": "Created at", "customer_name": "Billing Name", "email": "Email", "phone": "Phone", "total": "Total",
    "country": "Shipping Country", "currency": "Currency", "financial_status": "Financial Status", "note": "Notes",
    "paid_at": "Paid at", "tags": "Tags", "line_name": "Lineitem name", "line_quantity": "Lineitem quantity",
    "line_price": "Lineitem price",
}  # fmt: skip
PAYMENT_WORDS = ("Paid", "pagado", "Bezahlt", "Refunded", "en espera", "cancelled", "???")


@st.composite
def named_tables(draw: st.DrawFn) -> tuple[Table, FormatOf]:
    """Rows as above in which a person named the number's column and some of the others."""
    table = draw(tables())
    keys = dict(zip(table.header, column_keys(table.header), strict=True))
    names = {field: keys[title] for field, title in BY_HAND.items() if title in keys}
    away = draw(st.sets(st.sampled_from(sorted(names)), max_size=4))
    mapping = {"number": keys["Name"], **{name: key for name, key in names.items() if name not in away}}
    if "Financial Status" in table.header:
        at = table.header.index("Financial Status")
        for row in table.rows:
            if len(row) > at and draw(st.booleans()):
                row[at] = draw(st.sampled_from(PAYMENT_WORDS))
    return table, named_by_hand("store_orders", mapping)


@few
@given(named=named_tables(), rows_at_once=st.sampled_from((4, 256)))
def test_columns_named_by_hand_are_read_together_as_one_by_one(
    named: tuple[Table, FormatOf], rows_at_once: int
) -> None:
    table, own_format = named
    content = table.file()
    together = read_together(content, rows_at_once, own_format)
    assert together[0].format.key == "mapped_store_orders"
    assert_the_same(together, read_together(content, 1, own_format))


def test_a_bad_order_leaves_those_it_is_read_with_alone() -> None:
    header, *rows = csv.reader(io.StringIO(shopify_csv(orders=300, start=date(2025, 2, 1)).decode()))
    whole = {
        item.number: item
        for item in read(Table(header, rows).file())[1]
        if isinstance(item, ParsedStoreOrder)
    }
    numbers = list(dict.fromkeys(row[0] for row in rows))
    bad = [
        (50, "Total", "x", "invalid_amount"),
        (120, "Currency", "EURO", "unknown_currency"),
        (200, "Lineitem price", "-1", "negative_amount"),
        (250, "Email", "a@b", "invalid_email"),
    ]
    for at, title, cell, _ in bad:
        next(row for row in rows if row[0] == numbers[at])[header.index(title)] = cell
    next(row for row in rows if row[0] == numbers[270]).append("one too many")
    reading, items = read(Table(header, rows).file())
    refused = [numbers[at] for at in (50, 120, 200, 250, 270)]
    orders = {item.number: item for item in items if isinstance(item, ParsedStoreOrder)}
    assert orders == {number: order for number, order in whole.items() if number not in refused}
    assert reading.rows_rejected == sum(1 for row in rows if row[0] in refused)
    found = [item for item in items if isinstance(item, RowIssue) and item.code != "first_row_rejected"]
    assert [(item.cells[0], item.column, item.value, item.code) for item in found[:4]] == [
        (numbers[at], title, cell, code) for at, title, cell, code in bad
    ]
    assert [(item.cells[0], item.code) for item in found[4:]] == [(numbers[270], "ragged_row")]


def test_orders_of_long_cells_are_not_held_in_memory_together() -> None:
    header, *rows = csv.reader(io.StringIO(shopify_csv(orders=100, start=date(2025, 2, 1)).decode()))
    rows = [row for row in rows if row[header.index("Total")]]
    for row in rows:
        row[header.index("Note Attributes")] = "x" * 60_000
    together: list[int] = []
    orders = ShopifyOrders.orders

    def watched(format: ShopifyOrders, cells: CellColumns) -> list[ParsedStoreOrder]:
        together.append(len(cells.rows))
        return orders(format, cells)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ShopifyOrders, "orders", watched)
        patch.setattr("closedorders.orderfiles.reader._BYTES_AT_ONCE", 150_000)
        read(Table(header, rows).file())
    assert sum(together) == len(rows)
    assert max(together) <= FIRST_ROWS + 5, "the first rows are read before all others"


#: Cut down to what the rules of an order's rows look at: its number, marks of its first row, products.
CUT_DOWN = "Name,Email,Currency,Total,Lineitem name,Lineitem price,AliExpress order"


def told(items: list[Item]) -> list[str]:
    """Each order as its number, total, lines of the file and prices; each issue as its line and code."""
    return [
        f"{item.line}: {item.code}"
        if isinstance(item, RowIssue)
        else f"{item.number} {item.total} {item.currency} from {item.source_lines}: "
        + ", ".join(f"{line.name} {line.price}" for line in item.lines)
        for item in items
        if isinstance(item, RowIssue | ParsedStoreOrder)
    ]


@pytest.mark.parametrize("rows_at_once", [1, 256])
@pytest.mark.parametrize(
    ("rows", "expected", "taken_and_duplicate", "assumed"),
    [
        (
            '#1,a@b.com,KWD,1.234,a,1.000,\n#2,a@b.com,KWD,"1,234",a,1.000,\n#3,a@b.com,KWD,"1.234,500",a,1.000,',
            [
                "#1 1234.000 KWD from (2,): a 1000.000",
                "#2 1.234 KWD from (3,): a 1000.000",
                "#3 1234.500 KWD from (4,): a 1000.000",
            ],
            (3, 0),
            ["decimal_sign"],
        ),
        (
            '#1,a@b.com,EUR,5.00,a,5.00,x\n#1,,,,b,"1,234",\n#2,a@b.com,EUR,"5,00",a,"5,00",',
            [
                "2: invalid_aliexpress_number",
                "3: first_row_rejected",
                "#2 5.00 EUR from (4,): a 5.00",
            ],
            (1, 0),
            [],
        ),
        (
            "#1,,EUR,1.00,a,1.00,\n#1,,EUR,1.00,a,1.00,\n#2,,EUR,2.00,a,1.00,\n#2,,EUR,2.00,b,1.00,",
            ["#1 1.00 EUR from (2,): a 1.00", "#2 2.00 EUR from (4, 5): a 1.00, b 1.00"],
            (3, 1),
            ["no_email"],
        ),
        (
            "#1,a@b.com,EUR,1.00,a,1.00,\n#2,a@b.com,EUR,1.00,a,1.00,\n#1,a@b.com,EUR,1.00,a,1.00,\n#2,,EUR,9.00,a,1.00,",
            ["#1 1.00 EUR from (2,): a 1.00", "#2 1.00 EUR from (3,): a 1.00", "5: order_repeated"],
            (2, 1),
            ["no_email"],
        ),
        (
            "#1,a@b.com,EUR,1.00,a,1.00,8012345678901234\u037e8012345678901235",
            ["2: invalid_aliexpress_number"],
            (0, 0),
            [],
        ),
        (
            "#1,a@b.com,,1.00,a,1.00,\n#2,a@b.com,JPY,100,a,100,\n#2,,,,b,50,\n#3,a@b.com,USD,1.5,a,1.5,",
            [
                "2: order_without_first_row",
                "#2 100 JPY from (3, 4): a 100, b 50",
                "#3 1.50 USD from (5,): a 1.50",
            ],
            (3, 0),
            [],
        ),
    ],
    ids=[
        "decimals told late",
        "bad with more",
        "repeats",
        "again further down",
        "not a semicolon",
        "currencies",
    ],
)  # fmt: skip
def test_rows_of_one_order(
    rows: str,
    expected: list[str],
    taken_and_duplicate: tuple[int, int],
    assumed: list[str],
    rows_at_once: int,
) -> None:
    reading, items = read_together(f"{CUT_DOWN}\n{rows}\n".encode(), rows_at_once)
    assert told(items) == expected
    assert (reading.rows_accepted, reading.rows_duplicate) == taken_and_duplicate
    assert ([each.code for each in reading.assumptions], reading.questions) == (assumed, ())


@pytest.mark.parametrize("later", ["1.234,5", "0,500"])
def test_dinars_are_read_alike_before_and_after_the_amount_that_tells_the_decimal_sign(later: str) -> None:
    rows = [f'#{number},paid,KWD,"{amount}"' for number, amount in enumerate(("1.234", later, "1.234"))]
    reading, items = read("\n".join(["Name,Financial Status,Currency,Total", *rows, ""]).encode())
    totals = [item.total for item in items if isinstance(item, ParsedStoreOrder)]
    assert totals[0] == totals[2] == Decimal(1234)
    assert [each.code for each in reading.assumptions] == ["decimal_sign"]


def test_dinars_of_which_nothing_tells_otherwise_have_three_decimals() -> None:
    reading, items = read(b"Name,Financial Status,Currency,Total\n#1,paid,KWD,1.234\n#2,paid,KWD,2.500\n")
    totals = [item.total for item in items if isinstance(item, ParsedStoreOrder)]
    assert totals == [Decimal("1.234"), Decimal("2.500")]
    assert (reading.assumptions, reading.questions) == ((), ())


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
