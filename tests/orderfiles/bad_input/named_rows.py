"""49–66: files of which one row alone is refused."""

from __future__ import annotations

from decimal import Decimal

from tests.imports.files import ali_row, csv_file, shopify_row
from tests.orderfiles.bad_input.files import GOOD, second, shop
from tests.orderfiles.bad_input.outcomes import BadRow, Case, Taken

_SHORT = shop(GOOD, shopify_row(Name="#1002")).rsplit(",", 3)[0] + "\n"
NAMED_ROWS = (
    Case("49", "a ragged row", _SHORT.encode(), BadRow("", "", "ragged_row")),
    Case(
        "49b",
        "a row with a cell too many",
        (second().decode().removesuffix("\n") + ",more\n").encode(),
        BadRow("", "", "ragged_row"),
    ),
    # Shops that are paid at the door sell without an address, every order of them: refusing the rows would lose
    # the orders. The row is taken, and the preview names its line and column and what to do.
    Case(
        "50",
        "a blank e-mail",
        second(Email=" "),
        Taken({"#1002": {"customer.email": ""}}, {"no_email": {"line": 3, "column": "Email"}}),
    ),
    Case("51", "an invalid e-mail", second(Email="maria@"), BadRow("Email", "maria@", "invalid_email")),
    Case(
        "52",
        "two e-mails in a cell",
        second(Email="a@example.com; b@example.com"),
        BadRow("Email", "a@example.com; b@example.com", "email_two_addresses"),
    ),
    Case(
        "53",
        "a zero-width space in an e-mail",
        second(Email="ma\u200bria@example.com"),
        BadRow("Email", "ma\u200bria@example.com", "email_hidden_character"),
    ),
    Case(
        "54",
        "a line end in a name",
        second(Billing_Name="María\nGarcía"),
        BadRow("Billing Name", "María\nGarcía", "name_has_newline"),
    ),
    Case("55", "a negative amount", second(Total="-25.00"), BadRow("Total", "-25.00", "negative_amount")),
    Case(
        "55b",
        "a negative quantity",
        second(Lineitem_quantity="-1"),
        BadRow("Lineitem quantity", "-1", "invalid_quantity"),
    ),
    Case(
        "56",
        "a quantity of zero",
        second(Lineitem_quantity="0"),
        BadRow("Lineitem quantity", "0", "invalid_quantity"),
    ),
    # Given away: a total of nothing is an order all the same.
    Case("56b", "a total of zero", second(Total="0.00"), Taken({"#1002": {"total": Decimal("0.00")}})),
    Case("57", "NaN", second(Total="NaN"), BadRow("Total", "NaN", "invalid_amount")),
    Case("58", "Infinity", second(Total="Infinity"), BadRow("Total", "Infinity", "invalid_amount")),
    Case("59", "1_000", second(Total="1_000"), BadRow("Total", "1_000", "invalid_amount")),
    Case("60", "digits of another script", second(Total="٢٥"), BadRow("Total", "٢٥", "invalid_amount")),
    Case(
        "60b",
        "such digits as a quantity",
        second(Lineitem_quantity="２"),
        BadRow("Lineitem quantity", "２", "invalid_quantity"),
    ),
    Case(
        "61",
        "more decimals than euros have",
        second(Total="25.005"),
        BadRow("Total", "25.005", "too_many_decimals"),
    ),
    Case(
        "61b",
        "more decimals than yen have",
        second(Currency="JPY", Subtotal="20", Lineitem_price="20", Total="2500.5"),
        BadRow("Total", "2500.5", "too_many_decimals"),
    ),
    Case("62", "an unknown currency", second(Currency="EUX"), BadRow("Currency", "EUX", "unknown_currency")),
    Case(
        "63",
        "31 February",
        second(Created_at="2026-02-31"),
        BadRow("Created at", "2026-02-31", "no_such_day"),
    ),
    Case(
        "64",
        "the year 1900",
        second(Created_at="1900-01-01"),
        BadRow("Created at", "1900-01-01", "date_out_of_range"),
    ),
    Case(
        "64b",
        "the year 2099",
        second(Created_at="2099-01-01"),
        BadRow("Created at", "2099-01-01", "date_out_of_range"),
    ),
    Case(
        "65",
        "a spreadsheet's day count",
        second(Created_at="46302.41"),
        BadRow("Created at", "46302.41", "excel_serial_date"),
    ),
    Case(
        "66",
        "8.19E+15 as an order number",
        second(Name="8.19E+15"),
        BadRow("Name", "8.19E+15", "scientific_notation"),
    ),
    Case(
        "66b",
        "8.19E+15 as an AliExpress order",
        csv_file([ali_row(), ali_row(Order_ID="8.19E+15")]),
        BadRow("Order ID", "8.19E+15", "scientific_notation", saved=()),
    ),
)
