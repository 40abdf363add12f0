"""Masks e-mail addresses, alone and in free text, for people who may not see them.

An address in free text is found in the text as it reads once decoded (`address_spellings`), and only the part of the
original that it came from is masked: the rest stays as it is, byte for byte. Each step looks at a character a bounded
number of times, so that the time grows with the length of the text and not with its square.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from .address_spellings import (
    BLANK_BETWEEN_LETTERS,
    DOT_WORDS,
    LOOSE_DOT,
    LOOSE_ENDINGS,
    MARKUP,
    MAYBE_ENCODED,
    NO_DOMAINS,
    PROVIDER,
    SIGN,
    SIGNS,
    SPACED_OUT,
    SPELLED_DOT,
    Decoded,
    Needs,
    decoded,
    ends_like_a_domain,
)

#: The sign as one character. Other spellings: `address_spellings`.
AT_SIGNS = "@＠﹫ⓐ"

#: What stands around an address, and in none.
_AROUND = "\\s<>\"'`(),:;|=\\[\\]{}@/?#&«»“”‘’„¿¡\ue000"
_DOMAIN = re.compile(rf"[^{_AROUND}!%$^~*+\\]+")
#: Where a sign could begin within a domain, those longer than any are not looked at to their end.
_SHORT_DOMAIN = re.compile(rf"[^{_AROUND}!%$^~*+\\]{{1,255}}(?![^{_AROUND}!%$^~*+\\])")
_IN_LOCAL_PART = re.compile(rf"[^{_AROUND}]")
#: What people put between the sign and the domain, or leave there: blanks, emphasis, an opening bracket, a comma.
_AFTER_SIGN = re.compile(r"[\s,.*_`\"'~\\(\[{<>+]{0,8}")
_SPELLED_DOT = re.compile(SPELLED_DOT, re.IGNORECASE)
_SPELLED_DOT_BEFORE = re.compile(rf"(?:{SPELLED_DOT}|\s\.\s)\Z", re.IGNORECASE)
_LOOSE_DOT = re.compile(LOOSE_DOT)
#: A dot spelled within a run of letters.
_INNER_DOT = re.compile(rf"(?<=[a-z0-9])DOT(?=[a-z])|(?i:[-_](?:{DOT_WORDS})[-_])")
_NUMBER = re.compile(
    r"[€$£¥]?[0-9][0-9.,]*(?:[€$£¥%]|eur|usd|gbp|pcs?|kg|[gkx])?(?:/[^\s]{1,12})?", re.IGNORECASE
)
_IP_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
#: What is in no local part and yet may be left between one and its sign.
_APART = ";:/|?#&="
_SPOKEN_PARTS = 8
_LONGEST_GAP = 8


def mask_email(email: str) -> str:
    """`maria@hotmail.com` → `m•••@h•••.com`. Blank stays blank."""
    if not email:
        return ""
    local, _, domain = email.rpartition("@")
    domain = domain.strip()
    host, dot, ending = domain.rpartition(".") if "." in domain else (domain, "", "")
    return f"{local[:1]}•••@{host[:1]}•••{dot}{ending}"


def mask_addresses(text: str) -> str:
    """Return the text with every e-mail address in it masked, however it is spelled."""
    if not MAYBE_ENCODED.search(text) and not SIGN.search(text) and not MARKUP.search(text):
        return text
    pieces: list[str] = []
    last = 0
    for found in _merged(_addresses(text)):
        pieces += (text[last : found.start], mask_email(f"{found.local[:1]}@{found.domain}"))
        last = found.end
    return "".join([*pieces, text[last:]])


def contains_address(text: str) -> bool:
    """Whether `mask_addresses` would mask something of it."""
    return mask_addresses(text) != text


@dataclass(slots=True)
class _Address:
    start: int
    end: int
    local: str
    domain: str


def _addresses(text: str) -> Iterator[_Address]:
    plain = decoded(text)
    yield from _in_view(plain)
    if SPACED_OUT.search(plain.text):
        yield from _in_view(plain.replacing(BLANK_BETWEEN_LETTERS, lambda found: ""))
    if MARKUP.search(plain.text):
        # As it reads without tags and emphasis; with them too, for a tag may have an address as its attribute.
        yield from _in_view(plain.replacing(MARKUP, lambda found: ""))


def _in_view(view: Decoded) -> Iterator[_Address]:
    before = 0
    for sign in SIGN.finditer(view.text):
        if (found := _address(view.text, sign, before)) is not None:
            found.start, found.end = view.origin(found.start, found.end)
            yield found
        before = sign.end()


def _merged(found: Iterator[_Address]) -> list[_Address]:
    """In the order of the text; those that share a part of it are one."""
    merged: list[_Address] = []
    for each in sorted(found, key=lambda address: (address.start, address.end)):
        if merged and each.start < merged[-1].end:
            if each.end > merged[-1].end:
                merged[-1].end, merged[-1].domain = each.end, each.domain
        else:
            merged.append(each)
    return merged


def _address(text: str, sign: re.Match[str], before: int) -> _Address | None:
    """The address with this sign, if it is one; `before` is where the sign before it ends."""
    kind = SIGNS[(sign.lastindex or 1) - 1]
    after = _AFTER_SIGN.match(text, sign.end())
    gap = after[0] if after else ""
    domain = _domain(text, sign.end() + len(gap), kind.needs)
    local = _local_part(text, sign.start(), before, spoken=kind.name != "plain")
    if domain is None or local is None:
        return None
    if kind.name == "plain":
        beside = (
            text[sign.start() - 1 : sign.start()].isspace(),
            text[sign.end() : sign.end() + 1].isspace(),
        )
        sensible = _is_plain_address(local, domain, gap, beside)
    elif kind.needs == Needs.SPELLED_DOT:
        sensible = _is_dictated(local, domain)
    elif kind.needs == Needs.DOMAIN:
        # `https://eat-at-joes.com` is an address on the web.
        linked = local.name.startswith("www.") or text[max(0, local.start - 2) : local.start].endswith("/")
        whole = ends_like_a_domain(domain.name) and "." in domain.name
        sensible = not linked and (whole or PROVIDER.fullmatch(domain.name) is not None)
    else:
        sensible = True
    return _Address(local.start, domain.end, local.name, domain.name) if sensible else None


def _is_plain_address(local: _Local, domain: _Domain, gap: str, beside: tuple[bool, bool]) -> bool:
    """With `@` itself: everything but prices ("5 @ 3.50"), handles ("follow @maria") and places ("lunch @ Joe's")."""
    ending = ends_like_a_domain(domain.name) and "." in domain.name
    if _NUMBER.fullmatch(domain.name):
        return _IP_ADDRESS.fullmatch(domain.name) is not None
    if local.name.isdigit() and "." not in domain.name:
        return False
    if local.apart:
        # `https://www.tiktok.com/@casaluna.es` is a page, `maria;@shop.com` an address.
        return ending and not ends_like_a_domain(local.name)
    if "," in gap:
        return ending
    if beside == (True, False):
        return ending or PROVIDER.fullmatch(domain.name) is not None
    if beside == (True, True):
        return "." in domain.name.strip(".") or PROVIDER.fullmatch(domain.name) is not None
    return True


def _is_dictated(local: _Local, domain: _Domain) -> bool:
    """`maria at shop dot com`, `maria at gmail.com`, `maria.garcia at shop.com`; not "sold at amazon.de"."""
    if PROVIDER.fullmatch(domain.name):
        return not local.name.isdigit()
    if not ends_like_a_domain(domain.name) or "." not in domain.name:
        return False
    if domain.spelled:
        return domain.name.partition(".")[0].lower() not in NO_DOMAINS
    parts = re.split(r"[._+]", local.name)
    return (
        len(parts) > 1
        and all(len(part) > 1 for part in parts)
        and parts[0][0].isalpha()
        and not ends_like_a_domain(local.name)
    )


@dataclass(frozen=True, slots=True)
class _Domain:
    #: With its dots as dots.
    name: str
    end: int
    spelled: bool


def _domain(text: str, start: int, needs: Needs) -> _Domain | None:
    """The domain that begins here, as far as it goes."""
    run = (_DOMAIN if needs == Needs.WORD else _SHORT_DOMAIN).match(text, start)
    if run is None or not any(map(str.isalnum, run[0])):
        return None
    words = run[0].rstrip(".-_")
    name, end = _INNER_DOT.sub(".", words), start + len(words)
    spelled = name != words
    parts = name
    at = end
    for _part in range(_SPOKEN_PARTS):
        dot = _SPELLED_DOT.match(text, at)
        loose = None if dot or needs == Needs.SPELLED_DOT else _LOOSE_DOT.match(text, at)
        if (between := dot or loose) is None or (run := _SHORT_DOMAIN.match(text, between.end())) is None:
            break
        words = run[0].rstrip(".-_")
        if not words or (loose and not _goes_on(parts, loose[0], words)):
            break
        parts, at = f"{parts}.{words}", between.end() + len(words)
        # A word after a spelled dot belongs to it only where the whole then ends like a domain.
        if ends_like_a_domain(words) or loose:
            name, end, spelled = parts, at, spelled or dot is not None
    return _Domain(name, end, spelled)


def _goes_on(name: str, dot: str, words: str) -> bool:
    """Whether a domain goes on after a dot that came apart, or where only a blank or a comma stands for it."""
    if "." in dot and dot[0].isspace():
        return "." not in name or ends_like_a_domain(words)
    return "." not in name and words.lower().partition(".")[0] in LOOSE_ENDINGS


@dataclass(frozen=True, slots=True)
class _Local:
    name: str
    start: int
    #: Whether one of `_APART` stands between it and the sign.
    apart: bool = False


def _local_part(text: str, end: int, before: int, *, spoken: bool) -> _Local | None:
    """The local part that ends before this place, and does not begin before `before`.

    `spoken` dots belong to it only before a spelled sign: "the red dot maria@shop.com" is an address and three words.
    """
    last = _back_over(text, end, before)
    apart = False
    if last == end and not spoken:
        while last > before and end - last < _LONGEST_GAP and text[last - 1] in _APART:
            last -= 1
        apart = last < end
    if text[last:end].count('"') and (quoted := _quoted(text, last, before)) is not None:
        return quoted
    start = _word_start(text, last, before)
    for _part in range(_SPOKEN_PARTS):
        dot = _SPELLED_DOT_BEFORE.search(text[max(before, start - 20) : start])
        if dot is None or not (spoken or "." in dot[0]):
            break
        at = start - len(dot[0])
        earlier = _word_start(text, at, before)
        if earlier == at:
            break
        start = earlier
    while start < last and text[start] in ".-_*~^!":
        start += 1
    if not any(map(_is_word, text[start:last])):
        return None
    return _Local(text[start:last], start, apart)


def _back_over(text: str, end: int, before: int) -> int:
    """Past the blanks, emphasis, quotes and closing brackets that stand between a local part and its sign."""
    at = end
    while (
        at > before and end - at < _LONGEST_GAP and (text[at - 1].isspace() or text[at - 1] in "\"'*`~)]}>,")
    ):
        at -= 1
    return at


def _word_start(text: str, end: int, before: int) -> int:
    at = end
    while at > before and (
        _IN_LOCAL_PART.match(text[at - 1])
        # An apostrophe within a name, not one that quotes it: o'brien@shop.com.
        or (text[at - 1] in "'’" and at < end and at - 1 > before and text[at - 2].isalnum())
    ):
        at -= 1
    return at


def _quoted(text: str, end: int, before: int) -> _Local | None:
    """`"maria garcia"@shop.com`: from the quote that opens, if it is on the same line and not far."""
    opening = text.rfind('"', max(before, end - 66), end)
    if opening < 0 or "\n" in text[opening:end] or not any(map(_is_word, text[opening:end])):
        return None
    return _Local(text[opening + 1 : end], opening + 1)


def _is_word(letter: str) -> bool:
    # Emoji, and the accents of letters, are written into addresses too; "•" stands in one that is masked already.
    return letter.isalnum() or letter == "•" or unicodedata.category(letter) in ("Mn", "Mc", "So")
