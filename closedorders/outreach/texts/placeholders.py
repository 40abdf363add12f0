"""A merchant's words with placeholders: their mistakes, and the text they give for one customer.

The placeholder language is as small as it can be. `{first_name}` is replaced by the customer's first name;
`{first_name|there}` says "there" where the name is unknown; `{{` and `}}` are plain braces. One pass over the text
and nothing else: what a customer typed as her name is never read as a placeholder, and neither Django's templates nor
`str.format` ever see a merchant's text.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

PLACEHOLDERS = (
    "first_name",
    "full_name",
    "store",
    "orders",
    "order_count",
    "code",
    "code_percent",
    "code_expires",
    "refund",
    "refund_percent",
    "refund_base",
    "gift",
    "store_credit",
    "shipping",
    "reason",
    "sender",
    "new_date",
    "page",
)
"""What a template may name. Values arrive as finished text: `code_percent` is "10%" in English, "10 %" in Spanish."""
SUBJECT_LIMIT = 200

_TOKEN = re.compile(r"\{\{|\}\}|\{[^{}\n]*\}|[{}]")
_DOUBLED = re.compile(r"\{\{\s*([^{}|\n]*?)\s*(?:\|[^{}\n]*)?\}\}")
_BRACKETED = re.compile(r"\[([^\[\]\n]{2,30})\]")
# What people write out of habit from other tools, in both languages.
_ALIASES = {
    "name": "first_name",
    "nombre": "first_name",
    "primer_nombre": "first_name",
    "customer": "first_name",
    "cliente": "first_name",
    "customer_name": "full_name",
    "nombre_completo": "full_name",
    "nombre_y_apellido": "full_name",
    "shop": "store",
    "tienda": "store",
    "order": "orders",
    "pedido": "orders",
    "pedidos": "orders",
    "order_number": "orders",
    "numero_de_pedido": "orders",
    "coupon": "code",
    "codigo": "code",
    "cupon": "code",
    "descuento": "code_percent",
    "discount": "code_percent",
    "reembolso": "refund",
    "credit": "store_credit",
    "credito": "store_credit",
    "saldo": "store_credit",
    "envio": "shipping",
    "shipping_upgrade": "shipping",
    "motivo": "reason",
    "firma": "sender",
    "tu_nombre": "sender",
    "your_name": "sender",
    "fecha": "new_date",
    "date": "new_date",
    "link": "page",
    "enlace": "page",
    "pagina": "page",
}


class ProblemKind(StrEnum):
    UNKNOWN = "unknown"
    """No such placeholder."""
    UNBALANCED = "unbalanced"
    """A brace without its partner; for a plain brace, double it."""
    DOUBLE_BRACES = "double_braces"
    """`{{first_name}}`: customers would read the placeholder itself."""
    SQUARE_BRACKETS = "square_brackets"
    """`[name]`: likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing in a template that customers would stumble over. `suggestion` is a known placeholder's name or ""."""

    kind: ProblemKind
    found: str
    line: int
    """Counted from 1."""
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The text, and the placeholders that had neither a value nor a fallback (each once, in order)."""

    text: str
    missing: list[str]


def placeholders(text: str) -> list[str]:
    """The known placeholders the text uses, each once, in order."""
    return list(dict.fromkeys(name for name, _ in _named(text) if name in PLACEHOLDERS))


def check(text: str) -> list[Problem]:
    """What must be mended before this template may be used, in reading order."""
    problems: list[tuple[int, Problem]] = []

    def add(position: int, kind: ProblemKind, found: str, suggestion: str = "") -> None:
        line = text.count("\n", 0, position) + 1
        problems.append((position, Problem(kind=kind, found=found, line=line, suggestion=suggestion)))

    for token in _TOKEN.finditer(text):
        found = token[0]
        if found in {"{", "}"}:
            add(token.start(), ProblemKind.UNBALANCED, found)
        elif found not in {"{{", "}}"}:
            name = _split(found)[0]
            if name not in PLACEHOLDERS:
                add(token.start(), ProblemKind.UNKNOWN, found, _meant(name))
    for doubled in _DOUBLED.finditer(text):
        name = _plain_name(doubled[1])
        if name in PLACEHOLDERS or name in _ALIASES:
            add(doubled.start(), ProblemKind.DOUBLE_BRACES, doubled[0], _meant(name))
    for bracketed in _BRACKETED.finditer(text):
        name = _plain_name(bracketed[1])
        if name in PLACEHOLDERS or name in _ALIASES:
            add(bracketed.start(), ProblemKind.SQUARE_BRACKETS, bracketed[0], _meant(name))
    return [problem for _, problem in sorted(problems, key=lambda found: found[0])]


def render(text: str, values: Mapping[str, str | None]) -> Rendered:
    """The text with its placeholders replaced, once: braces inside a value stay as they are.

    A value that is None or blank counts as missing and gives way to the fallback. An unknown placeholder is left as
    written and reported missing, so that it cannot reach a customer unnoticed. Values become one line without
    control characters; the text's own line breaks stay.
    """
    missing: dict[str, None] = {}

    def replaced(token: re.Match[str]) -> str:
        found = token[0]
        if found in {"{{", "}}"}:
            return found[0]
        if found in {"{", "}"}:
            return found
        name, fallback = _split(found)
        if name not in PLACEHOLDERS:
            missing[name or found] = None
            return found
        value = single_line(values.get(name) or "")
        if value:
            return value
        if fallback is None:
            missing[name] = None
        return fallback or ""

    return Rendered(_TOKEN.sub(replaced, text), list(missing))


def render_subject(text: str, values: Mapping[str, str | None]) -> Rendered:
    """Like `render`, as one line of at most 200 characters without anything that could end a header."""
    rendered = render(text, values)
    return Rendered(single_line(rendered.text)[:SUBJECT_LIMIT].rstrip(), rendered.missing)


def single_line(text: str) -> str:
    """The text on one line: white space runs become one space; control, format and line separators are dropped.

    Joiners that scripts and emoji need (ZWJ, ZWNJ) stay; marks that turn the reading direction go, since a name
    could reverse the words after it.
    """
    kept = "".join(
        character
        if unicodedata.category(character) not in {"Cc", "Cf", "Zl", "Zp", "Cs"}
        or character in "\u200c\u200d"
        else " "
        for character in text
    )
    return " ".join(kept.split())


def _named(text: str) -> Iterator[tuple[str, str | None]]:
    for token in _TOKEN.finditer(text):
        if len(token[0]) > 1 and token[0] not in {"{{", "}}"}:
            yield _split(token[0])


def _split(token: str) -> tuple[str, str | None]:
    """`{First name|there}` → ("first_name", "there")."""
    name, bar, fallback = token[1:-1].partition("|")
    return "_".join(name.lower().split()), (fallback.strip() if bar else None)


def _plain_name(written: str) -> str:
    return "_".join(without_accents(written).lower().split())


def _meant(name: str) -> str:
    plain = _plain_name(name)
    if plain in PLACEHOLDERS:
        return plain
    if plain in _ALIASES:
        return _ALIASES[plain]
    close = difflib.get_close_matches(plain, [*PLACEHOLDERS, *_ALIASES], n=1, cutoff=0.6)
    return _ALIASES.get(close[0], close[0]) if close else ""


def without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))
