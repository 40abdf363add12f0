"""The rules of the rows of one order, and of amounts that a later row explains."""

from __future__ import annotations

from decimal import Decimal

import pytest

from closedorders.orderfiles.issues import RowIssue
from closedorders.orderfiles.records import Item, ParsedStoreOrder
from tests.orderfiles.properties.readings import read, read_together

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
    assert [each.code for each in reading.assumptions] == ["no_email_column", "decimal_sign"]


def test_dinars_of_which_nothing_tells_otherwise_have_three_decimals() -> None:
    reading, items = read(b"Name,Financial Status,Currency,Total\n#1,paid,KWD,1.234\n#2,paid,KWD,2.500\n")
    totals = [item.total for item in items if isinstance(item, ParsedStoreOrder)]
    assert totals == [Decimal("1.234"), Decimal("2.500")]
    assert [each.code for each in reading.assumptions] == ["no_email_column"]
    assert reading.questions == ()
