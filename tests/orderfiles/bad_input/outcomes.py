"""What must come of a bad file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


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
    "invalid_email": "This is not an e-mail address. Write it like ana@example.com, or empty the cell.",
    "email_two_addresses": "There is more than one address in this cell. Keep one.",
    "email_hidden_character": "The address has an invisible character in it (U+200B). Delete it and type it again.",
    "name_has_newline": "The name has a line break in it. Write it on one line.",
    "negative_amount": "If the row is a refund, delete it; if not, look the amount up in the shop.",
    "invalid_quantity": "A quantity is a whole number from 1. Write it like 2.",
    "invalid_amount": "This is not an amount. Write it like 1234.50.",
    "too_many_decimals": "decimals; this amount has more. Round it, or look at the currency.",
    "unknown_currency": "This is not a currency. Write it like EUR or USD.",
    "no_such_day": "This day does not exist. Look the date up in the shop.",
    "date_out_of_range": "A date before 2005-01-01 or after",
    "excel_serial_date": "A spreadsheet put a number in place of the date. Format the column as a date and save again.",
    "scientific_notation": "its last digits are lost. Export again, and upload the file without opening it.",
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


def same(number: str = "#1001", **values: object) -> Taken:
    """The good order came through whole."""
    whole: dict[str, object] = {
        "customer.name": "María García",
        "customer.email": "maria@example.com",
        "total": Decimal("25.00"),
        "ship_country": "ES",
    }
    return Taken({number: whole | {name.replace("__", "."): value for name, value in values.items()}})


def assuming(taken: Taken, code: str, **params: object) -> Taken:
    return Taken(taken.values, {code: params})
