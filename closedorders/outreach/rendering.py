"""From a merchant's words to a finished mail: placeholders, a plain HTML twin, headers that nothing can break out of.

The placeholder language is as small as it can be. `{first_name}` is replaced by the customer's first name;
`{first_name|there}` says "there" where the name is unknown; `{{` and `}}` are plain braces. One pass over the text
and nothing else: what a customer typed as her name is never read as a placeholder, and neither Django's templates nor
`str.format` ever see a merchant's text.
"""

from __future__ import annotations

import difflib
import hashlib
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from enum import StrEnum

from closedorders.core.mail.address_checks import is_wire_safe, wire_address
from closedorders.core.mail.mailbox import TEAM_HEADER

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
    "reason",
    "sender",
    "new_date",
)
"""What a template may name. Values arrive as finished text: `code_percent` is "10%" in English, "10 %" in Spanish."""

MESSAGE_HEADER = "X-Closed-Orders-Message"
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
    "motivo": "reason",
    "firma": "sender",
    "tu_nombre": "sender",
    "your_name": "sender",
    "fecha": "new_date",
    "date": "new_date",
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


def join_words(items: Sequence[str], language: str) -> str:
    """`["#1001", "#1002", "#1003"]` → "#1001, #1002 and #1003", in Spanish "#1001, #1002 y #1003".

    Spanish "y" becomes "e" before the sound i: "María e Inés", "padre e hijo", but "agua y hielo".
    """
    words = [item for item in items if item]
    if len(words) < 2:
        return "".join(words)
    conjunction = "and"
    if language.startswith("es"):
        sounds_like_i = re.match(r"(?:i|hi(?![aeo]))", _unaccented(words[-1]).lower())
        conjunction = "e" if sounds_like_i else "y"
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


# fmt: off
_TITLES = frozenset({
    "mr", "mrs", "ms", "miss", "mx", "dr", "dra", "prof", "profa", "sir", "madam", "mme", "mlle", "herr", "frau",
    "sr", "sra", "srta", "srto", "don", "dona", "d", "da", "ing", "lic",
})
_SUFFIXES = frozenset({
    "jr", "sr", "phd", "md", "esq", "ii", "iii", "iv", "sl", "slu", "sa", "slne", "ltd", "llc", "inc", "gmbh", "bv",
})
# fmt: on
_WHOLE_NAME_SCRIPTS = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")


def first_name(full_name: str | None) -> str:
    """How to greet someone, or "" when the name does not say: then the template's fallback greets.

    Knows "García, María", titles in front, company endings, lone initials, e-mail addresses and order-desk names in
    digits. Capitals stay as the customer typed them. Names in Chinese, Japanese or Korean script are used whole.
    """
    name = single_line(full_name or "").strip(" ,;.")
    if not name or "@" in name:
        return ""
    if any(unicodedata.name(character, "").startswith(_WHOLE_NAME_SCRIPTS) for character in name):
        return name
    before, comma, after = name.partition(",")
    is_inverted = comma and after.strip() and _bare(after) not in _SUFFIXES
    words = (after if is_inverted else before).split()
    while len(words) > 1 and _bare(words[0]) in _TITLES:
        words = words[1:]
    first = words[0].strip(",;") if words else ""
    is_initial = re.fullmatch(r"(?:[^\W\d_]\.)+", first) is not None
    return first if any(character.isalpha() for character in first) and not is_initial else ""


_LINK = re.compile(r"https://[^\s<>\"'{}|\\^`\u00a0]+")


def html_alternative(text: str) -> str:
    """A plain, safe HTML twin of the text: escaped, paragraphs at blank lines, https links made clickable.

    Inline styles are right here: mail programs ignore style sheets.
    """
    paragraphs = re.split(
        r"\n[ \t]*(?:\n[ \t]*)+", text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    )
    body = "\n".join(
        '<p style="margin:0 0 16px">' + "<br>\n".join(map(_linked, paragraph.split("\n"))) + "</p>"
        for paragraph in paragraphs
        if paragraph.strip()
    )
    return (
        '<!doctype html>\n<html><head><meta charset="utf-8"></head>\n'
        '<body style="margin:0;padding:24px;background:#ffffff;color:#1f2421;'
        "font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif\">\n"
        f'<div style="max-width:36em">\n{body}\n</div>\n</body></html>\n'
    )


def build_mail(
    *,
    sender_name: str,
    sender_address: str,
    recipient_name: str,
    recipient_address: str,
    subject: str,
    text: str,
    message_id: str,
    message_key: str,
    team_key: str,
    sent_at: datetime,
    reply_to: str = "",
) -> bytes:
    """One finished mail with a text and an HTML part, CRLF lines, 7-bit except for addresses that cannot be.

    Names and the subject are made one line; addresses, `message_id` (as `message_id()` gives it), `message_key` and
    `team_key` must be clean already, else ValueError. `sent_at` must be aware.
    """
    for address in (sender_address, recipient_address, *([reply_to] if reply_to else [])):
        if not is_wire_safe(address):
            raise ValueError("an address cannot be used in a mail")
    if not re.fullmatch(r"<[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+>", message_id):
        raise ValueError("the message id is not well formed")
    for key in (message_key, team_key):
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", key):
            raise ValueError("message_key and team_key are short ids")
    if sent_at.tzinfo is None:
        raise ValueError("sent_at needs a time zone")
    sender, recipient = wire_address(sender_address), wire_address(recipient_address)
    answer_to = wire_address(reply_to) if reply_to else ""
    letters = policy.SMTP if (sender + recipient + answer_to).isascii() else policy.SMTPUTF8
    mail = EmailMessage(policy=letters.clone(cte_type="7bit"))
    mail["From"] = _mailbox(sender_name, sender)
    mail["To"] = _mailbox(recipient_name, recipient)
    if answer_to:
        mail["Reply-To"] = _mailbox("", answer_to)
    mail["Subject"] = _literal(subject)[:SUBJECT_LIMIT]
    mail["Date"] = sent_at
    mail["Message-ID"] = message_id
    mail[MESSAGE_HEADER] = message_key
    mail[TEAM_HEADER] = team_key
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html_alternative(text), subtype="html", cte="quoted-printable")
    # The default boundary is random; the same message must be the same bytes whenever it is built.
    mail.set_boundary(f"=-{hashlib.sha256((message_id + text).encode()).hexdigest()[:32]}")
    return mail.as_bytes()


def message_id(row_id: object, *, domain: str, seed: str = "") -> str:
    """The `Message-ID` of an outbox row: the same whenever it is computed, whichever attempt sends it.

    `seed` is anything fixed about the row (its creation time, say). Without it a restored or emptied database could
    give a new message the id of an old one, and mail programs hide what they think they have seen.
    """
    name = re.sub(r"[^A-Za-z0-9-]", "", str(row_id))
    if not name:
        raise ValueError("a message id needs a row")
    digest = hashlib.sha256(f"{row_id}\n{seed}\n{domain}".encode()).hexdigest()[:16]
    host = re.sub(r"[^a-z0-9.-]", "", wire_address(f"x@{domain}").rpartition("@")[2].lower()).strip(".-")
    return f"<message-{name}.{digest}@{host or 'localhost'}>"


# Closure reasons in which AliExpress or a bank stopped the money or the account; nothing was wrong with the goods.
PAYMENT_REASONS = frozenset(
    {
        "fraud_review",
        "one_location",
        "card_check",
        "account_change",
        "assistant_network",
        "travel",
        "complaints",
        "payment_timeout",
    }
)

_OTHER_CAUSES = {
    "en": r"manufactur\w*|production|factor(?:y|ies)|(?:out of |in )?stock|inventory|sold out|raw materials?"
    r"|customs|carriers?|couriers?|weather|strikes?",
    "es": r"fabricaci[oó]n|fabricantes?|f[aá]bricas?|producci[oó]n|stock|existencias|inventario|agotad[oa]s?"
    r"|materias? primas?|aduanas?|transportistas?|mensajer[ií]a|temporal|huelgas?",
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A word that blames something the recorded reasons do not. `line` counts from 1."""

    word: str
    line: int


def truth_guard(text: str, reasons: Iterable[str], language: str) -> list[Doubt]:
    """Words that blame making, stock or transport although every recorded reason is a payment or account matter.

    `reasons` are the codes of the closures' reasons. Says nothing when none is recorded, or when one of them
    (supplier cancelled, customs, a team's own) could make the words true. True wordings to offer instead are in
    `templates_builtin.REASON_WORDINGS`.
    """
    recorded = set(reasons)
    if not recorded or not recorded <= PAYMENT_REASONS:
        return []
    patterns = [_OTHER_CAUSES[known] for known in _OTHER_CAUSES if language.startswith(known)] or [
        *_OTHER_CAUSES.values()
    ]
    blaming = re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)
    composed = unicodedata.normalize("NFC", text)
    return [
        Doubt(found[0], composed.count("\n", 0, found.start()) + 1) for found in blaming.finditer(composed)
    ]


def _named(text: str) -> Iterator[tuple[str, str | None]]:
    for token in _TOKEN.finditer(text):
        if len(token[0]) > 1 and token[0] not in {"{{", "}}"}:
            yield _split(token[0])


def _split(token: str) -> tuple[str, str | None]:
    """`{First name|there}` → ("first_name", "there")."""
    name, bar, fallback = token[1:-1].partition("|")
    return "_".join(name.lower().split()), (fallback.strip() if bar else None)


def _plain_name(written: str) -> str:
    return "_".join(_unaccented(written).lower().split())


def _meant(name: str) -> str:
    plain = _plain_name(name)
    if plain in PLACEHOLDERS:
        return plain
    if plain in _ALIASES:
        return _ALIASES[plain]
    close = difflib.get_close_matches(plain, [*PLACEHOLDERS, *_ALIASES], n=1, cutoff=0.6)
    return _ALIASES.get(close[0], close[0]) if close else ""


def _unaccented(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _bare(word: str) -> str:
    return _unaccented(word).lower().replace(".", "").replace("ª", "a").strip(" ,")


def _linked(line: str) -> str:
    parts: list[str] = []
    position = 0
    for link in _LINK.finditer(line):
        address = link[0].rstrip(".,;:!?…")
        if address.endswith(")") and "(" not in address:
            address = address.rstrip(")").rstrip(".,;:!?…")
        parts.append(html.escape(line[position : link.start()]))
        escaped = html.escape(address)
        parts.append(f'<a href="{escaped}" style="color:#14614b">{escaped}</a>')
        position = link.start() + len(address)
    parts.append(html.escape(line[position:]))
    return "".join(parts)


def _literal(text: str) -> str:
    """One line in which the e-mail library finds no encoded words to decode: a decoded one may carry a line break."""
    return single_line(text).replace("=?", "= ?")


# The signs that separate, quote or comment in an address header (RFC 5322, 3.2.3), less the dot of "J. Smith".
_ADDRESS_SIGNS = re.compile(r'[<>()\[\]\\,;:"@]|(?<!\w)\.')


def _mailbox(name: str, address: str) -> Address:
    """A name and an address for a header. The name loses every sign with which it could end or begin an address.

    Quoting such signs is not enough: the e-mail library drops the quotes of a name that is too long for one line.
    """
    shown = _literal(_ADDRESS_SIGNS.sub(" ", name))[:100].strip()
    # In its two parts: the library refuses to read a whole address whose first part is beyond ASCII.
    local, _, domain = address.rpartition("@")
    return Address(shown, username=local, domain=domain)
