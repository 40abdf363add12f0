"""What tells who bought: e-mail address, name, telephone number, country."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache

from babel import Locale

from closedorders.core.text.domains import ascii_domain
from closedorders.core.text.folding import folded

from .base import INVISIBLE_CATEGORIES, BadValue, clean_text, unmasked_text, without_rounded

#: Of those below most addresses, in half the time. No part of one of 64 characters is too long.
_COMMON_EMAIL = re.compile(
    r"[a-z0-9_]+(?:[.+-][a-z0-9_]+)*@[a-z0-9]+(?:[.-][a-z0-9]+)*\.[a-z]{2,63}", re.ASCII
)
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_](?:[a-z0-9!#$%&'*/=?^_`{}~+-]|\.(?=[a-z0-9_!#$%&'*/=?^`{}~+-])){0,63}"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})",
    re.ASCII,
)


def parse_email(text: str) -> str:
    """An address in lower case, an international domain in its ASCII form; "" for a blank cell.

    Refuses what a mail program could read as two addresses, a header or a formula, and local parts outside ASCII,
    which many mail servers still cannot deliver to.
    """
    email = text.strip().lower()
    if _COMMON_EMAIL.fullmatch(email) and len(email) <= 64:
        return email
    if not email or (_PLAIN_EMAIL.fullmatch(email) and len(email) <= 254):
        return email
    email = unicodedata.normalize("NFC", email.replace("\u00a0", " ")).strip()
    if "\n" in email or "\r" in email:
        raise BadValue("email_has_newline")
    if "•••" in email:
        raise BadValue("masked_address")
    for each in email:
        if unicodedata.category(each) in INVISIBLE_CATEGORIES:
            raise BadValue("email_hidden_character", character=f"U+{ord(each):04X}")
    if email.count("@") > 1:
        raise BadValue("email_two_addresses")
    email = email.removeprefix("mailto:")
    local, _, domain = email.partition("@")
    try:
        domain = ascii_domain(domain)
    except UnicodeError as error:
        raise BadValue("invalid_email") from error
    email = f"{local}@{domain}"
    if len(email) > 254 or not _PLAIN_EMAIL.fullmatch(email):
        raise BadValue("invalid_email")
    return email


def parse_emails(texts: Sequence[str]) -> list[str]:
    """`parse_email` of each; where one is bad the error does not say which."""
    emails = [text.strip().lower() for text in texts]
    if all(map(_COMMON_EMAIL.fullmatch, emails)) and max(map(len, emails), default=0) <= 64:
        return emails
    return list(map(parse_email, emails))


MAX_NAME_CHARACTERS = 200


def visible(text: str) -> str:
    """Without control characters and marks of direction. Joiners are part of emoji and of Persian and Indic names."""
    return "".join(
        each
        for each in text
        if each in "\u200c\u200d" or unicodedata.category(each) not in ("Cc", "Cf", "Cs")
    )


def parse_person_name(text: str) -> str:
    """A person's name in NFC, with plain spaces; "" for a blank cell. One letter is a name, and so is an emoji."""
    name = unmasked_text(text)
    if not name.isprintable():
        if any(each in name for each in "\n\r\u2028\u2029\x0b\x0c\x85"):
            raise BadValue("name_has_newline")
        name = visible(name.replace("\t", " "))
    if len(name) > MAX_NAME_CHARACTERS:
        raise BadValue("name_too_long", limit=MAX_NAME_CHARACTERS)
    return name


def parse_person_names(texts: Sequence[str]) -> list[str]:
    """`parse_person_name` of each; where one is bad the error does not say which."""
    return [
        text
        if text.isascii() and text.isprintable() and len(text) <= MAX_NAME_CHARACTERS and "&" not in text
        else parse_person_name(text)
        for text in map(str.strip, texts)
    ]


def parse_phone(text: str) -> str:
    """A telephone number as written, without the apostrophe stores put before it.

    "" for one that a spreadsheet rounded: it would make one customer of many.
    """
    return without_rounded([clean_text(text).lstrip("'")])[0]


def parse_phones(texts: Sequence[str]) -> list[str]:
    """`parse_phone` of each."""
    return without_rounded(
        [text.lstrip("'") if text.isascii() else parse_phone(text) for text in map(str.strip, texts)]
    )


#: Of the names that several languages have for different countries, an earlier one's stands.
_LANGUAGES = ("es", "en", "pt", "fr", "de", "it", "nl", "pl")
_NAMES_BESIDE: Mapping[str, str] = {
    "usa": "US", "u s a": "US", "eeuu": "US", "ee uu": "US", "uk": "GB", "great britain": "GB", "england": "GB",
    "scotland": "GB", "wales": "GB", "northern ireland": "GB", "holland": "NL", "holanda": "NL",
    "turkey": "TR",
}  # fmt: skip
#: WooCommerce writes `United States (US)`.
_WITH_CODE = re.compile(r"(.+)\(([A-Za-z]{2})\)")


@cache
def _countries() -> tuple[frozenset[str], dict[str, str]]:
    codes: set[str] = {"AN"}  # Dissolved in 2010, still in old addresses.
    names: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in ("ZZ", "EU", "EZ", "UN", "QO", "XA", "XB"):
                codes.add(code)
                names.setdefault(_bare(name), code)
    return frozenset(codes), {**names, **_NAMES_BESIDE}


def _bare(name: str) -> str:
    """As people type it: no accents, case or dots."""
    return " ".join(re.sub(r"[^\w\s]", " ", folded(name)).split())


def parse_country(text: str) -> str:
    """An ISO 3166 two-letter code, from a code or from a name in one of `_LANGUAGES`; "" for a blank cell."""
    country = clean_text(text)
    if not country:
        return ""
    codes, names = _countries()
    if country in codes:
        return country
    if len(country) == 2 and country.upper() in codes:
        return country.upper()
    code = names.get(_bare(country), "")
    if not code and (both := _WITH_CODE.fullmatch(country)) and both[2].upper() in codes:
        code = both[2].upper()
    if not code:
        raise BadValue("unknown_country")
    return code
