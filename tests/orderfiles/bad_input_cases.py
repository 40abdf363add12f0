"""Every kind of bad input an order file can be, counted one by one, each with what must come of it.

The numbers are the list a reviewer goes through: 1–18 refuse the file, 19–48 accept and normalise, 49–66 name the
row, 67 ask once, 68 keep what a person typed, 69–70 count once, 71–77 keep verbatim. A letter marks a second file of
the same kind (UTF-16 in either byte order). T1–T6 are traps of Python's own readers, proven apart.

Each file is a good export with one thing done to it. What must come of it:

* `Refused`: the whole file, with a code whose sentence says `shows`.
* `Taken`: read and saved; `values` are attributes of the order whose number is given.
* `BadRow`: that row alone, named by line, column, value and code, with a sentence on what is wrong and what to do; the
  good row above it is saved.
* `Asked`: one question for the file; each answer gives its own date.
* `Counted`: rows and orders that count once.
* `Kept`: text kept as it is in the database and neutralised in every file we hand out.
"""

from __future__ import annotations

import codecs
import gzip
import io
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tests.imports.files import ali_row, csv_file, shopify_row
from tests.orderfiles.workbooks import workbook

# --- Files ---

GOOD = shopify_row()


def shop(*rows: Mapping[str, str]) -> str:
    """A Shopify export as text: the rows given, or one good order."""
    return csv_file(rows or [GOOD]).decode()


def second(**cells: str) -> bytes:
    """A good order on line 2, and on line 3 another one with these cells."""
    return csv_file([GOOD, shopify_row(**({"Name": "#1002"} | cells))])


def only(**cells: str) -> bytes:
    return csv_file([shopify_row(**cells)])


def delimited(mark: str) -> str:
    return "\n".join(mark.join(cells) for cells in ([*GOOD.keys()], [*GOOD.values()])) + "\n"


def renamed(titles: Mapping[str, str]) -> bytes:
    return csv_file([{titles.get(name, name): value for name, value in GOOD.items()}])


def archive(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr(zipfile.ZipInfo(name), shop())
    return buffer.getvalue()


def lines(text: str, *ends: str) -> bytes:
    """`text` with its line ends replaced by these, in turn."""
    return "".join(
        line + ends[at % len(ends)] for at, line in enumerate(text.removesuffix("\n").split("\n"))
    ).encode()


def without(column: str) -> bytes:
    return csv_file([{name: value for name, value in GOOD.items() if name != column}])


# --- What must come of them ---


@dataclass(frozen=True)
class Refused:
    code: str
    shows: str = ""
    #: Limits of `csv_table` and `csv_layout` made small, so that the file need not be large.
    limits: Mapping[str, int] = field(default_factory=dict)
    #: The upload itself says no, before anything is kept.
    at_upload: int = 0
    #: "unmapped" where a person may still name the columns.
    state: str = "refused"


@dataclass(frozen=True)
class Taken:
    #: Number -> attribute path of `StoreOrder` -> value.
    values: Mapping[str, Mapping[str, object]]
    #: What the preview says it assumed: code -> params that must be among it.
    assumed: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True)
class BadRow:
    column: str
    value: str
    code: str
    line: int = 3
    #: What is saved all the same.
    saved: tuple[str, ...] = ("#1001",)

    @property
    def says(self) -> str:
        return SENTENCES[self.code]


@dataclass(frozen=True)
class Asked:
    question: str
    line: int
    value: str
    answers: Mapping[str, date]


@dataclass(frozen=True)
class Counted:
    orders: int
    duplicates: int
    #: What is imported before.
    before: bytes = b""
    unchanged: int = 0


@dataclass(frozen=True)
class TypedStays:
    """Imported, then `typed` by a person; the file gives other values."""

    before: bytes
    typed: Mapping[str, str]
    #: What the file changes all the same.
    total: Decimal


@dataclass(frozen=True)
class Kept:
    text: str
    exported: str


#: Code of a bad row -> its sentence, as its params are in these files.
SENTENCES: Mapping[str, str] = {
    "ragged_row": "cells, the header 14. Look for a stray separator or quote.",
    "invalid_email": "Not an e-mail address. Write it like ana@example.com, or empty the cell.",
    "email_two_addresses": "More than one address in the cell. Keep one.",
    "email_hidden_character": "An invisible character (U+200B) is inside the address. Type it anew.",
    "name_has_newline": "A line break is inside the name. Write it on one line.",
    "negative_amount": "An amount below zero, where there can be none. Write it without the minus, or empty the cell.",
    "invalid_quantity": "A quantity is a whole number above zero. Write it like 2.",
    "invalid_amount": "Not an amount of money. Write it like 1234.50.",
    "too_many_decimals": "decimals; this amount has more. Round it, or look at the currency.",
    "unknown_currency": "Not a currency code. Write it like EUR or USD.",
    "no_such_day": "The calendar has no such day. Look the date up in the shop.",
    "date_out_of_range": "A date before 2005-01-01 or after",
    "excel_serial_date": "A spreadsheet's day count in place of a date. Show the column as a date and save again.",
    "scientific_notation": "the last digits are lost. Export again and keep the column as text.",
}

Outcome = Refused | Taken | BadRow | Asked | Counted | TypedStays | Kept


@dataclass(frozen=True)
class Case:
    number: str
    says: str
    content: bytes
    outcome: Outcome

    def __str__(self) -> str:
        return f"{self.number} {self.says}"


def _same(number: str = "#1001", **values: object) -> Taken:
    """The good order came through whole."""
    whole: dict[str, object] = {
        "customer.name": "María García",
        "customer.email": "maria@example.com",
        "total": Decimal("25.00"),
        "ship_country": "ES",
    }
    return Taken({number: whole | {name.replace("__", "."): value for name, value in values.items()}})


def _said(taken: Taken, code: str, **params: object) -> Taken:
    return Taken(taken.values, {code: params})


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
    Case("8d", "a good xlsx named .csv", workbook({"Orders": [list(GOOD), list(GOOD.values())]}), _same()),
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

NORMALISED_FILES = (
    Case("19", "a byte order mark", codecs.BOM_UTF8 + shop().encode(), _same()),
    Case("20", "UTF-16, little end first", codecs.BOM_UTF16_LE + shop().encode("utf-16-le"), _same()),
    Case("20b", "UTF-16, big end first", codecs.BOM_UTF16_BE + shop().encode("utf-16-be"), _same()),
    Case(
        "20c",
        "UTF-16 without its mark",
        shop().encode("utf-16-le"),
        _said(_same(), "encoding", encoding="utf-16-le"),
    ),
    Case(
        "21",
        "Windows-1252, said in the preview",
        shop().encode("cp1252"),
        _said(_same(), "encoding", encoding="cp1252"),
    ),
    Case("22", "semicolons", delimited(";").encode(), _said(_same(), "delimiter", delimiter=";")),
    Case("23", "tabs", delimited("\t").encode(), _said(_same(), "delimiter", delimiter="\t")),
    Case("24", "bars", delimited("|").encode(), _said(_same(), "delimiter", delimiter="|")),
    Case("25", "a line sep=;", ("sep=;\r\n" + delimited(";")).encode(), _same()),
    Case("26", "lines ended by CR", lines(shop(), "\r"), _same()),
    Case("27", "lines ended by LF", lines(shop(), "\n"), _same()),
    Case(
        "28",
        "mixed line ends",
        lines(shop(GOOD, shopify_row(Name="#1002"), shopify_row(Name="#1003")), "\r\n", "\n", "\r"),
        Taken({number: {"total": Decimal("25.00")} for number in ("#1001", "#1002", "#1003")}),
    ),
    Case("29", "line feeds inside a cell", only(Notes="ring\ntwice"), _same(note="ring\ntwice")),
    Case("30", "blank lines", ("\n\n" + shop().replace("\n", "\n\n,,,\n")).encode(), _same()),
    Case("31", "trailing commas", shop().replace("\n", ",,,\n").encode(), _same()),
    Case("32", "reordered columns", csv_file([dict(reversed(GOOD.items()))]), _same()),
    Case("33", "unknown columns", csv_file([{"Mood": "calm"} | GOOD | {"Weather": "=1+1"}]), _same()),
    Case("34", "accented headers", renamed({"Total": "Tótal", "Email": "E-Máil"}), _same()),
    Case(
        "35",
        "Spanish headers",
        renamed(
            {
                "Name": "Pedido",
                "Email": "Correo electrónico",
                "Currency": "Moneda",
                "Created at": "Fecha de creación",
                "Shipping Country": "País",
                "Financial Status": "Estado financiero",
                "Billing Name": "Cliente",
            }
        ),
        _same(financial_status="paid"),
    ),
    Case(
        "36",
        "no-break spaces",
        only(Billing_Name="\u00a0María\u00a0García ", Total="25.00\u00a0"),
        _same(),
    ),
    Case(
        "37",
        "accents in pieces (NFD)",
        only(Billing_Name=unicodedata.normalize("NFD", "María García")),
        _same(),
    ),
    Case("38", "1.234,56", only(Total="1.234,56"), _same(total=Decimal("1234.56"))),
    Case(
        "39", "a currency's sign", only(Total="€25.00", Subtotal="20,00 €"), _same(subtotal=Decimal("20.00"))
    ),
    Case("40", "capitals in an e-mail", only(Email=" Maria@Example.COM"), _same()),
    Case(
        "41",
        "an international domain",
        only(Email="maria@ESPAÑA.example"),
        _same(customer__email="maria@xn--espaa-rta.example"),
    ),
    Case("42", "an emoji in a name", only(Billing_Name="Ana 👩‍👧 😀"), _same(customer__name="Ana 👩‍👧 😀")),
    Case(
        "43",
        "a name from right to left",
        only(Billing_Name="فاطمة العلوي"),
        _same(customer__name="فاطمة العلوي"),
    ),
    Case("44", "a name of one letter", only(Billing_Name="X"), _same(customer__name="X")),
    Case(
        "45",
        "apostrophes in a name",
        only(Billing_Name="D'Arcy O’Brien"),
        _same(customer__name="D'Arcy O’Brien"),
    ),
    Case("46", "#1001", only(Name="#1001"), _same("#1001")),
    Case("47", "leading zeros", only(Name="0042"), _same("0042")),
    Case(
        "48",
        "'28001, as shops guard digits from spreadsheets",
        csv_file([GOOD | {"Name": "'28001", "Phone": "'+34 600 111 222", "Shipping Zip": "'28001"}]),
        _same("28001", customer__phone="+34 600 111 222"),
    ),
)

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

CHOICES_AND_COUNTS = (
    Case(
        "67",
        "03/04/2025 is asked once",
        csv_file([shopify_row(Created_at="03/04/2025"), shopify_row(Name="#1002", Created_at="05/06/2025")]),
        Asked("date_order", 2, "03/04/2025", {"dmy": date(2025, 4, 3), "mdy": date(2025, 3, 4)}),
    ),
    Case(
        "68",
        "the same order with other values where a person typed one",
        only(Billing_Name="M. García", Email="other@example.com", Total="30.00"),
        TypedStays(only(), {"name": "Mari", "email": "new@example.com"}, Decimal("30.00")),
    ),
    Case("69", "exact duplicate rows", csv_file([GOOD, shopify_row(Name="#1002"), GOOD]), Counted(2, 1)),
    Case("70", "already imported", second(), Counted(0, 0, before=second(), unchanged=2)),
)

# A tab in front is white space and goes, as around every cell; what follows it is kept and made harmless.
KEPT_TEXTS = tuple(
    Case(number, f"{what} is kept and neutralised", second(Notes=text), Kept(text.strip(), exported))
    for number, what, text, exported in (
        ("71", "=HYPERLINK(…)", '=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("72", "a plus", "+34 Ana", "'+34 Ana"),
        ("73", "a minus", "-2+3", "'-2+3"),
        ("74", "an at sign", "@SUM(1)", "'@SUM(1)"),
        ("75", "a tab", "\t=1+1\tx", "'=1+1\tx"),
        ("76", "<script>", "<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("77", "{{7*7}}", "{{7*7}}", "{{7*7}}"),
    )
)

TRAPS = (
    Case(
        "T1",
        "csv swallows the rest of a file after an open quote",
        second(Notes="").replace(b"#1002", b'"#1002') + b"\n" + shop(*[GOOD] * 5).split("\n", 1)[1].encode(),
        Refused("unclosed_quote", shows="line 3"),
    ),
    Case(
        "T2", "Decimal accepts 1_000", second(Subtotal="1_000"), BadRow("Subtotal", "1_000", "invalid_amount")
    ),
    Case(
        "T3",
        "Decimal accepts full-width digits",
        second(Subtotal="２５"),
        BadRow("Subtotal", "２５", "invalid_amount"),
    ),
    Case("T4", "Decimal accepts NaN", second(Subtotal="sNaN"), BadRow("Subtotal", "sNaN", "invalid_amount")),
    Case(
        "T5",
        "Decimal accepts 1e400000",
        second(Total="1e400000"),
        BadRow("Total", "1e400000", "invalid_amount"),
    ),
    Case(
        "T6",
        "Django's validator accepts =cmd@x.com",
        second(Email="=cmd@x.com"),
        BadRow("Email", "=cmd@x.com", "invalid_email"),
    ),
)

CASES: tuple[Case, ...] = (
    *REFUSED_FILES,
    *NORMALISED_FILES,
    *NAMED_ROWS,
    *CHOICES_AND_COUNTS,
    *KEPT_TEXTS,
    *TRAPS,
)


def numbered(cases: Iterable[Case]) -> set[int]:
    """The numbers of the list that have a case."""
    return {int(case.number.rstrip("abcd")) for case in cases if not case.number.startswith("T")}
