"""Cells of WooCommerce exports that hold more than one value."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from closedorders.orderfiles.cells import (
    CURRENCY_DECIMALS,
    MAX_QUANTITY,
    BadValue,
    clean_text,
    decoded,
    parse_priced_currency,
    parse_quantity,
    sign_of_amount,
)

from ..conventions import Conventions
from ..records import ParsedLine

_LONG_DECIMALS = re.compile(r"\d{1,11}\.\d{3,12}", re.ASCII)
_LONGEST_TWO_AMOUNTS = 80
#: By the sign after the first quantity: another one, as in `30x40 cm`, belongs to a name.
_PRODUCT = {sign: re.compile(rf"(?:^|, )(\d{{1,7}})\s?{sign} ?(?=\S)") for sign in "×x"}
_FIRST_SIGN = re.compile(r"\d{1,7}\s?([×x])")
#: A reason may have a semicolon in it, and hardly `;amount:`.
_REFUND_ITEM = re.compile(r"(?:^|[;|])\s*(?:amount|total|refund_amount):([^|;]+)")
#: The parts of a WebToffee line item that have a name; any other text after a bar belongs to the part before it.
_ITEM_PARTS = frozenset(
    {
        "name", "product_id", "sku", "quantity", "total", "sub_total", "tax", "tax_data", "tax_class",
        "refunded", "refunded_qty", "refunded_total", "variation_id", "_variation_id", "meta", "subtotal_tax",
        "total_tax",
    }
)  # fmt: skip


def unit_price(text: str, currency: str, conventions: Conventions) -> Decimal:
    """The price of one piece, which shops that add the tax themselves keep with more decimals than the currency has."""
    if _LONG_DECIMALS.fullmatch(text):
        return rounded(Decimal(text), currency)
    return conventions.amount(text, currency)


def rounded(amount: Decimal, currency: str) -> Decimal:
    step = Decimal(1).scaleb(-CURRENCY_DECIMALS.get(currency, 2))
    return amount.quantize(step, rounding=ROUND_HALF_UP)


def analytics_products(text: str) -> Sequence[ParsedLine]:
    """`2× Mug, 1× Lamp, small` as lines. A comma belongs to the name unless a quantity follows it."""
    first = _FIRST_SIGN.match(text)
    found = list(_PRODUCT[first[1]].finditer(text)) if first else []
    if not found or found[0].start():
        return (ParsedLine(text, None, None, 1, None),) if text else ()
    lines = []
    for at, match in enumerate(found):
        end = found[at + 1].start() if at + 1 < len(found) else len(text)
        quantity = int(match[1])
        # No quantity at all: WooCommerce lists a product that was refunded whole.
        if 0 < quantity <= MAX_QUANTITY:
            lines.append(ParsedLine(text[match.end() : end].strip(), None, None, quantity, None))
    return tuple(lines)


def two_amounts(text: str, amount: Callable[[str], Decimal]) -> tuple[Decimal, Decimal | None]:
    """(the amount, what a refund left of it) of `€20.00` or `€20.00 €15.00`; None where nothing was refunded.

    `amount` reads one of them, which may be below zero.
    """
    try:
        return amount(text), None
    except BadValue:
        parts = _parts_of(text)
        if parts is None:
            raise
    whole, left = (amount(part) for part in parts)
    if not 0 <= left <= whole:
        raise BadValue("invalid_amount")
    return whole, left


def currency_of_amounts(text: str) -> str:
    """The currency that the first amount's sign tells, "" where it tells none."""
    parts = _parts_of(text)
    return parse_priced_currency(parts[0] if parts else text)


def _parts_of(text: str) -> tuple[str, str] | None:
    """The two amounts of a cell, where it has two and each has a sign of its own."""
    text = clean_text(text)
    if len(text) > _LONGEST_TWO_AMOUNTS:
        return None
    for at in range(1, len(text)):
        if text[at - 1].isdigit() and text[at].isdigit():
            continue
        first, second = text[:at].strip(), text[at:].strip()
        sign = sign_of_amount(first)
        if sign and sign == sign_of_amount(second):
            return first, second
    return None


def webtoffee_refunds(text: str, currency: str, conventions: Conventions) -> Decimal:
    """The sum of `refund_items`: `amount:10.00|reason:Broken|date:2026-09-07 12:30:00;amount:5.00|…`."""
    amounts: list[str] = _REFUND_ITEM.findall(text)
    if not amounts:
        raise BadValue("invalid_amount")
    return sum(
        (abs(conventions.amount(each.strip(), currency, allow_negative=True)) for each in amounts), Decimal(0)
    )


def webtoffee_item(text: str, currency: str, conventions: Conventions) -> ParsedLine:
    """One cell of `line_item_1` to n: `name:Mug|product_id:9|sku:M-1|quantity:2|total:18.00|sub_total:20.00`.

    The price of one piece is before discounts and without tax, as the cell has it. A cell that names neither product
    nor quantity is a `BadValue`.
    """
    parts: dict[str, str] = {}
    key = ""
    for part in text.split("|"):
        name, colon, value = part.partition(":")
        if colon and name.strip() in _ITEM_PARTS:
            key = name.strip()
            if key in parts:
                key = ""  # Said already: `meta` comes many times, and nothing else is read twice.
            else:
                parts[key] = value
        elif key:
            parts[key] += f"|{part}"
    if "name" not in parts or "quantity" not in parts:
        raise BadValue("invalid_line_item")
    quantity = parse_quantity(parts["quantity"])
    told = next((parts[each].strip() for each in ("sub_total", "total") if parts.get(each, "").strip()), "")
    price = unit_price(told, currency, conventions) / quantity if told else None
    return ParsedLine(
        clean_text(decoded(parts["name"])),
        clean_text(parts["sku"]) if "sku" in parts else None,
        None,
        quantity,
        None if price is None else rounded(price, currency),
    )
