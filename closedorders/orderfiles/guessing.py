"""What the columns of an unknown file may be, guessed from their titles and from the values under them. No Django.

A guess fills in what a person then looks at; nothing is read by a guess alone. A title counts more than values, values
that contradict a title take its guess away, and where neither tells, the column is left out. Numbers of orders and
amounts are guessed only where title and values agree: a wrong one would be saved with one click.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC

from .cells import (
    CURRENCY_DECIMALS,
    USUAL_ALIEXPRESS_NUMBER,
    BadValue,
    date_rules,
    parse_amount,
    parse_datetime,
    parse_email,
)
from .columns import normalised_header
from .fields import ALIEXPRESS_NUMBER_TITLES
from .formats.aliexpress import SUPPLIER_STATUSES
from .formats.custom import MAPPED, MAPPED_FIELDS
from .formats.woocommerce import WOO_STATUSES, payment_state

_BY_TITLE, _BY_PART_OF_TITLE, _BY_VALUES = 10.0, 5.0, 3.0
#: Of the cells that are not blank, how many must look like a thing for the column to be one of it; of amounts all.
_SHARE = 0.6

_ALIEXPRESS_NUMBER = re.compile(rf"['\t]*{USUAL_ALIEXPRESS_NUMBER}")
_STORE_NUMBER = re.compile(r"#\s?[A-Za-z]{0,6}-?\d{1,10}[A-Za-z0-9-]{0,6}", re.ASCII)
#: What may be the number of an order, in a column where each order has another.
_NUMBER_SHAPED = re.compile(r"['’`]?#?\s?[A-Za-z]{0,8}[-_/]?\d[A-Za-z0-9_/-]{0,24}", re.ASCII)
_TRACKING = re.compile(
    r"[A-Z]{2}\d{8,10}[A-Z]{2}|LP\d{12,16}|1Z[0-9A-Z]{16}|[A-Z]{3,6}\d{9,14}[A-Z]{0,3}", re.ASCII
)
_PHONE = re.compile(r"'?(?:\+|00)[\d\s().-]{8,20}", re.ASCII)
_MONEY = re.compile(r"\D{0,5}\d[\d.,' ]*[.,]\d{1,2}\D{0,5}|[€$£]\s?\d[\d.,]*|\d[\d.,]*\s?[€$£]")
_QUANTITY = re.compile(r"[x×]?\d{1,4}(?:\.0)?")
_CURRENCY_WORDS = frozenset(code.casefold() for code in CURRENCY_DECIMALS)
_ANY_RULES = date_rules(zone=UTC, date_order="dmy")
_STATUSES = frozenset(word for words in SUPPLIER_STATUSES.values() for word in words)
_PAYMENTS = frozenset(payment for payment, _shipping in WOO_STATUSES.values()) | {
    "voided",
    "partially_refunded",
}


def _can_be_read(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def can(text: str) -> bool:
        try:
            parse(text)
        except BadValue:
            return False
        return True

    return can


def _is_date(text: str) -> bool:
    try:
        parse_datetime(text, _ANY_RULES)
    except BadValue as error:
        return error.code in ("date_order_conflict", "ambiguous_date")
    return True


def _is_amount(text: str) -> bool:
    return _can_be_read(lambda each: parse_amount(each, decimal_sign="."))(text) or bool(
        _MONEY.fullmatch(text)
    )


#: What a cell can look like, by itself.
_LOOKS: Mapping[str, Callable[[str], bool]] = {
    "email": _can_be_read(parse_email),
    "date": _is_date,
    "aliexpress_number": lambda text: all(
        _ALIEXPRESS_NUMBER.fullmatch(each) for each in re.split(r"[\s,;/|]+", text)
    ),
    "store_number": lambda text: bool(_STORE_NUMBER.fullmatch(text)),
    "money": lambda text: bool(_MONEY.fullmatch(text)),
    "amount": _is_amount,
    "quantity": lambda text: bool(_QUANTITY.fullmatch(text)),
    "currency": lambda text: text.upper() in CURRENCY_DECIMALS,
    "tracking": lambda text: bool(_TRACKING.fullmatch(text)),
    "phone": lambda text: bool(_PHONE.fullmatch(text)),
    "status": lambda text: text.casefold() in _STATUSES,
    "payment": lambda text: payment_state(text) in _PAYMENTS,
    "web_address": lambda text: text.startswith(("https://", "http://", "www.")),
}
#: Field -> the look without which a column is not it, whatever its title says.
_MUST_LOOK: Mapping[str, str] = {
    "email": "email",
    "placed_at": "date", "paid_at": "date", "cancelled_at": "date",
    "total": "amount", "subtotal": "amount", "shipping": "amount", "refunded": "amount", "cost": "amount",
    "price": "amount", "line_price": "amount",
    "line_quantity": "quantity",
    "currency": "currency",
    "supplier_url": "web_address",
}  # fmt: skip
#: Field -> the look that is enough without a title.
_ENOUGH: Mapping[str, Mapping[str, str]] = {
    "store_orders": {
        "number": "store_number", "email": "email", "placed_at": "date", "aliexpress": "aliexpress_number",
        "currency": "currency", "total": "money", "phone": "phone", "financial_status": "payment",
    },
    "aliexpress_orders": {
        "number": "aliexpress_number", "placed_at": "date", "cost": "money", "currency": "currency",
        "tracking": "tracking", "status": "status", "store_order": "store_number",
    },
    "order_links": {"number": "store_number", "aliexpress": "aliexpress_number"},
}  # fmt: skip
_NUMBERS = ("number", "aliexpress", "store_order")
_MONEY_FIELDS = frozenset({"total", "subtotal", "shipping", "refunded", "line_price", "cost", "price"})
#: Words beside the title of an amount that leave it that amount: “Order total (EUR)”, and not “Tax: Total”.
_BESIDE_MONEY = frozenset(
    {
        "order", "orders", "total", "amount", "price", "paid", "text", "sum", "grand", "value", "in", "incl", "of",
        "the", "pedido", "orden", "importe", "precio", "pagado", "en", "de", "del", "la", "con", "iva", "incluido",
        "product", "products", "item", "items", "producto", "productos", "euro", "euros", "dollar", "dollars",
    }
)  # fmt: skip
#: One of these is in a title like “Web order no.” of several words, and none of the others.
_OF_ORDERS = re.compile(
    r"order|pedido|orden\b|venta\b|bestell|auftrag|commande|ordine|encomenda|bestelling|zamow|\bsale\b"
)
_OF_SOMETHING_ELSE = frozenset(
    {
        "customer", "client", "cliente", "item", "items", "line", "product", "producto", "date", "fecha", "status",
        "state", "estado", "total", "note", "notes", "count", "phone", "telefono", "invoice", "factura", "tracking",
        "payment", "transaction", "name", "url", "title", "quantity", "tax", "card", "store", "shop", "tienda",
    }
)  # fmt: skip
#: What is never a text field, so that a title like "Order" does not win over a date.
_NO_NUMBER = frozenset({"email", "date", "money", "web_address"})
#: Words of titles that have "name" in them, and name a seller or a thing.
_OF_NO_CUSTOMER = frozenset(
    {
        "store", "shop", "seller", "supplier", "vendor", "product", "item", "article",
        "tienda", "vendedor", "proveedor", "producto", "articulo",
    }
)  # fmt: skip
#: What is no person, so that the "Name" of Shopify's orders is not taken for one.
_NO_PERSON = frozenset({"email", "date", "amount", "store_number", "aliexpress_number"})


def guess_kind(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """What the rows most likely are: a key of `formats.MAPPED_FIELDS`."""
    store = set(guess_fields("store_orders", header, rows)) - {""}
    bought = set(guess_fields("aliexpress_orders", header, rows)) - {""}
    looks = [_looks_of(index, rows) or frozenset() for index in range(len(header))]
    if not _has_aliexpress_number(header, rows):
        return "store_orders"
    has_own = "number" in store or any("store_number" in each for each in looks)
    if "number" in bought and not has_own:
        return "aliexpress_orders"
    if "email" in store or "customer_name" in store:
        return "store_orders"
    joins = has_own and ("aliexpress" in store or any("aliexpress_number" in each for each in looks))
    return "order_links" if joins and not bought & {"cost", "status", "tracking"} else "aliexpress_orders"


def guess_fields(kind: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """One field of `kind` per column, "" for a column to leave out. No field twice."""
    order = {name: at for at, name in enumerate(MAPPED_FIELDS[kind])}
    looks = [_looks_of(index, rows) for index in range(len(header))]
    found = sorted(
        (-score, order[name], index)
        for index, title in enumerate(header)
        for name, score in _scores(kind, normalised_header(title), looks[index])
    )
    guesses = [""] * len(header)
    taken: set[str] = set()
    names = list(order)
    for _score, at, index in found:
        if not guesses[index] and names[at] not in taken:
            guesses[index] = names[at]
            taken.add(names[at])
    return tuple(guesses)


def _has_aliexpress_number(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    return any(
        normalised_header(title) in ALIEXPRESS_NUMBER_TITLES
        or "aliexpress_number" in (_looks_of(index, rows) or ())
        for index, title in enumerate(header)
    )


def _looks_of(index: int, rows: Sequence[Sequence[str]]) -> frozenset[str] | None:
    """What the column's cells look like; None when all shown are blank."""
    cells = [text for row in rows if index < len(row) and (text := row[index].strip())]
    if not cells:
        return None
    found = {look for look, is_one in _LOOKS.items() if sum(map(is_one, cells)) >= _SHARE * len(cells)}
    if all(map(_NUMBER_SHAPED.fullmatch, cells)) and _each_in_one_place(index, rows):
        found.add("order_number")
    if sum(map(_is_amount, cells)) < len(cells):
        found.discard("amount")
    return frozenset(found)


def _each_in_one_place(index: int, rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows with the same cell are next to each other: the products of an order are."""
    seen: set[str] = set()
    before = ""
    for row in rows:
        text = row[index].strip() if index < len(row) else ""
        if text and text != before and text in seen:
            return False
        seen.add(text)
        before = text
    return True


def _scores(kind: str, title: str, looks: frozenset[str] | None) -> Iterator[tuple[str, float]]:
    for name in MAPPED_FIELDS[kind]:
        if name == "customer_name" and _OF_NO_CUSTOMER & set(title.split()):
            continue
        titles = MAPPED[kind].registry[name].titles
        score = _title_score(title, titles)
        if name in _NUMBERS or name in _MONEY_FIELDS:
            is_exact = title in titles
            # The cells of a column for what was bought are blank until it is.
            if not score or (looks is None and not (is_exact and name == "aliexpress")):
                continue
            if not is_exact and not _is_worded(name, title, titles):
                continue
            if looks is not None and name in ("number", "store_order"):
                shape = "aliexpress_number" if _is_aliexpress_number(kind, name) else "order_number"
                if shape not in looks:
                    continue
        if looks is not None:
            must = _MUST_LOOK.get(name)
            if (must and must not in looks) or (name in _NUMBERS and looks & _NO_NUMBER):
                continue
            if name == "customer_name" and looks & _NO_PERSON:
                continue
            if name == "line_name" and "amount" in looks:
                continue
            if name in _NUMBERS and _is_aliexpress_number(kind, name) != ("aliexpress_number" in looks):
                continue
            if _ENOUGH[kind].get(name) in looks:
                score += _BY_VALUES
        if score:
            yield name, score


def _is_worded(name: str, title: str, titles: Sequence[str]) -> bool:
    """Whether a title of more words than one we know is still of the same thing."""
    words = set(title.split())
    if name in _MONEY_FIELDS:
        return any(
            not words - set(each.split()) - _BESIDE_MONEY - _CURRENCY_WORDS
            for each in titles
            if f" {each} " in f" {title} "
        )
    return name == "aliexpress" or (bool(_OF_ORDERS.search(title)) and not words & _OF_SOMETHING_ELSE)


def _is_aliexpress_number(kind: str, name: str) -> bool:
    return name == "aliexpress" or (kind == "aliexpress_orders" and name == "number")


def _title_score(title: str, titles: Sequence[str]) -> float:
    if title in titles:
        # The spellings are listed from the plainest to the vaguest.
        return _BY_TITLE - titles.index(title) / 100
    padded = f" {title} "
    return _BY_PART_OF_TITLE if any(len(each) > 3 and f" {each} " in padded for each in titles) else 0
