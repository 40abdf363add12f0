"""How one file writes dates and amounts, and in which currency: told by its cells, by answers, or taken for granted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from .cells import (
    CURRENCY_DECIMALS,
    DOLLARS,
    AmbiguousAmount,
    AmbiguousDate,
    BadValue,
    DateRules,
    date_order_of,
    decimal_sign_of,
    has_offset,
    parse_amount,
    parse_datetime,
)
from .issues import Assumption, Question, RowIssue

#: Issue -> the question whose answer mends it.
_QUESTION_OF = {"ambiguous_amount": "decimal_sign", "ambiguous_date": "date_order"}
#: (line, its cells or None) of a whole file.
AllRows = Callable[[], Iterable[tuple[int, list[str] | None]]]


class Conventions:
    """What is the same for all rows of a file, with the assumptions made and the questions left open.

    What no answer tells (`date_order`, `decimal_sign`) is looked for in the whole file, once, when the first cell asks.
    """

    def __init__(
        self,
        *,
        rules: DateRules,
        decimal_sign: str,
        default_currency: str,
        date_columns: Sequence[int],
        amount_columns: Sequence[int],
        rows: AllRows,
    ) -> None:
        self.rules = rules
        self.decimal_sign = decimal_sign
        self.default_currency = default_currency
        self._date_columns = date_columns
        self._amount_columns = amount_columns
        self._rows = rows
        self._date_order_known = bool(rules.date_order)
        self._decimal_sign_known = bool(decimal_sign)
        self.assumptions: dict[str, Assumption] = {}
        self.questions: dict[str, Question] = {}

    def assume(self, code: str, **params: object) -> None:
        """Note what was taken for granted, the first time it is."""
        if code not in self.assumptions:
            self.assumptions[code] = Assumption(code, params)

    def ask(self, issue: RowIssue) -> None:
        """Note the question that a person must answer for this cell to be read, if there is one."""
        if code := _QUESTION_OF.get(issue.code):
            params = {"line": issue.line, "column": issue.column, "value": issue.value}
            self.questions.setdefault(code, Question(code, params))

    @property
    def sells_in_dollars(self) -> bool:
        """Whether `$` may be the sign of what orders are in that name no currency; not known is no."""
        return self.default_currency in DOLLARS

    def currency_or_default(self, told: str) -> str:
        if told or not self.default_currency:
            return told
        self.assume("currency", currency=self.default_currency)
        return self.default_currency

    def amount(self, text: str, currency: str, *, allow_negative: bool = False) -> Decimal:
        """`parse_amount`, with the decimal sign of this file where the cell alone does not tell.

        `1.234` dinars are thousands where the rest of the file writes decimals with a comma: ambiguous until that has
        been looked for, so that all of them are read alike.
        """
        if (
            not self._decimal_sign_known
            and CURRENCY_DECIMALS.get(currency, 2) > 2
            and decimal_sign_of(text) == "both"
        ):
            raise AmbiguousAmount(currency)
        return parse_amount(
            text, currency=currency, allow_negative=allow_negative, decimal_sign=self.decimal_sign
        )

    def moment(self, text: str) -> datetime:
        """`parse_datetime` by the rules of this file; notes where the team's time zone is taken for granted."""
        if text[19:21] not in (" +", " -") and not has_offset(text):
            self.assume("time_zone", zone=str(self.rules.zone))
        return parse_datetime(text, self.rules)

    def resolve(self, error: BadValue) -> bool:
        """Look through the file for what an ambiguous cell leaves open. False where that was done before."""
        if isinstance(error, AmbiguousDate) and not self._date_order_known:
            self._date_order_known = True
            if found := self._found_in_file(self._date_columns, date_order_of):
                order, line, value = found
                self.rules = replace(self.rules, date_order=order)
                self.assume("date_order", date_order=order, line=line, value=value)
            return True
        if isinstance(error, AmbiguousAmount) and not self._decimal_sign_known:
            self._decimal_sign_known = True
            if found := self._found_in_file(self._amount_columns, decimal_sign_of):
                self.decimal_sign, line, value = found
                self.assume("decimal_sign", decimal_sign=self.decimal_sign, line=line, value=value)
            return True
        return False

    def how(self, first_rows: Sequence[list[str]]) -> dict[str, dict[str, object]]:
        """What holds for every date and amount; "" where each cell tells by itself and the first rows differ."""
        sign = self.decimal_sign or _one_of(_found(first_rows, self._amount_columns, decimal_sign_of))
        order = self.rules.date_order or _one_of(_found(first_rows, self._date_columns, date_order_of))
        return {
            "date_order": {"date_order": order},
            "decimal_sign": {"decimal_sign": sign},
            "time_zone": {"zone": str(self.rules.zone)},
            "currency": {"currency": self.default_currency},
        }

    def _found_in_file(
        self, columns: Sequence[int], find: Callable[[str], str]
    ) -> tuple[str, int, str] | None:
        """What cells of the whole file show by themselves, with the first that does; None if they differ."""
        decided: dict[str, tuple[int, str]] = {}
        for line, row in self._rows():
            for found, value in _found([row] if row else [], columns, find):
                decided.setdefault(found, (line, value))
        decided.pop("both", None)
        if len(decided) != 1:  # Both ways in one file: a spreadsheet turned some of them round.
            return None
        return next((found, line, value) for found, (line, value) in decided.items())


def _found(
    rows: Iterable[list[str]], columns: Sequence[int], find: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    """What each cell of these columns shows, and the cell."""
    for row in rows:
        for index in columns:
            if index < len(row) and (found := find(row[index])):
                yield found, row[index]


def _one_of(found: Iterable[tuple[str, str]]) -> str:
    different = {each for each, _ in found} - {"both"}
    return different.pop() if len(different) == 1 else ""
