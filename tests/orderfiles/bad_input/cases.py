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

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from tests.imports.files import csv_file, shopify_row
from tests.orderfiles.bad_input.files import GOOD, only, second, shop
from tests.orderfiles.bad_input.named_rows import NAMED_ROWS
from tests.orderfiles.bad_input.normalised_files import NORMALISED_FILES
from tests.orderfiles.bad_input.outcomes import Asked, BadRow, Case, Counted, Kept, Refused, TypedStays
from tests.orderfiles.bad_input.refused_files import REFUSED_FILES

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
