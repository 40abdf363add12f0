"""Tables of the ways to write an e-mail address, which `masks` reads, and the decoding of texts before that.

No Django and no models. A spelling that is missing is added here, and to the table in `tests/core/text/test_masks.py`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache

# --- Encodings: one character written as several, or as none ---

#: Between letters these do not show: soft hyphens, joiners, marks of direction, variation selectors, fillers.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\U000e0000-\U000e0fff"
)
#: `=40` of a quoted-printable mail. It is also a number in an address bar (`?width=40`), so it is a sign of its own.
QUOTED_PRINTABLE_AT = "\ue000"

#: Letters of other alphabets that look like those of "at" and "dot", and full stops of other scripts.
_LOOK_ALIKES = {
    "а": "a", "α": "a", "т": "t", "τ": "t", "о": "o", "ο": "o", "ԁ": "d", "ɑ": "a",
    "А": "A", "Α": "A", "Т": "T", "Τ": "T", "О": "O", "Ο": "O",
    "。": ".", "۔": ".", "․": ".", "ⓐ": "@",
}  # fmt: skip


def _percent(found: str) -> str:
    raw = bytes.fromhex(re.sub(r"%(?:25)*(?=[0-9A-Fa-f]{2})", "", found))
    return raw.decode("utf-8", "replace")


def _entity(found: str) -> str:
    bare = re.sub(r"&(?:amp;)*", "&", found, flags=re.IGNORECASE).rstrip(";")
    if bare == "&":
        return bare
    if bare[1] == "#":
        return html.unescape(f"{bare};")
    # Some names are known in one case only (`&NoBreak;`); a browser is given the others in lower case.
    exact = html.unescape(f"{bare};")
    known = exact if exact != f"{bare};" else html.unescape(f"{bare.lower()};")
    return known if known != f"{bare.lower()};" else found


def _escape(found: str) -> str:
    number = int(re.sub(r"[\\%][xuU]?\{?", "", found).rstrip("} "), 16)
    return chr(number) if number <= 0x10FFFF else found


@lru_cache(maxsize=4096)
def _compatible(found: str) -> str:
    """Full-width letters, bold mathematical ones and the like as plain ones; other letters as they are."""
    return _LOOK_ALIKES.get(found) or unicodedata.normalize("NFKC", found)


@dataclass(frozen=True, slots=True)
class Encoding:
    """`pattern` finds one encoded character, `decode` gives what it stands for. Each pattern has a bounded length."""

    name: str
    pattern: str
    decode: Callable[[str], str]
    #: Where it is met.
    met: str


ENCODINGS = (
    Encoding("invisible", f"[{INVISIBLE}]", lambda found: "", "copied from web pages; put in to deceive filters"),
    Encoding("compatible", r"[^\x00-\x7f]", _compatible, "keyboards of China and Japan, stylish letters in names"),
    Encoding(
        "percent",
        r"%(?:25){0,4}[0-7][0-9A-Fa-f]|%[CcDd][0-9A-Fa-f]%[89ABab][0-9A-Fa-f]"
        r"|%[Ee][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f]){2}",
        _percent,
        "pasted links, once or twice encoded",
    ),
    Encoding(
        "entity",
        r"&(?:amp;){0,4}(?:#[xX]0{0,8}(?:40|[0-9A-Fa-f]{1,6}(?![0-9A-Fa-f]))"
        r"|#0{0,8}(?:64(?![0-9]{1,5};)|[0-9]{1,7}(?![0-9]))"
        r"|(?i:commat|period|lowbar|hyphen|plus|quot|lt|gt|nbsp|shy|colon|sol|lpar|rpar|lsqb|rsqb)\b;?"
        r"|[A-Za-z]{2,32};);?",
        _entity,
        "text copied out of a page's source; shops' product names",
    ),
    Encoding("soft line break", r"=\r?\n", lambda found: "", "quoted-printable mails"),
    Encoding("quoted-printable sign", r"=40", lambda found: QUOTED_PRINTABLE_AT, "quoted-printable mails"),
    Encoding("quoted-printable", r"=(?:2[BDEbde]|5[Ff])", lambda found: chr(int(found[1:], 16)), "the same"),
    Encoding(
        "quoted-printable letter",
        r"=[CcDd][0-9A-Fa-f]=[89ABab][0-9A-Fa-f]|=[Ee][0-9A-Fa-f](?:=[89ABab][0-9A-Fa-f]){2}",
        lambda found: bytes.fromhex(found.replace("=", "")).decode("utf-8", "replace"),
        "the same, of other alphabets, and blanks that do not break",
    ),
    Encoding(
        "escape",
        r"\\(?:u\{0{0,4}[0-9A-Fa-f]{2,4}\}|u(?![Dd][89A-Fa-f])[0-9A-Fa-f]{4}|U000000[0-7][0-9A-Fa-f]"
        r"|x[2-7][0-9A-Fa-f])|\\0{0,4}40\b ?|%u(?![Dd][89A-Fa-f])[0-9A-Fa-f]{4}",
        _escape,
        "JSON, JavaScript and style sheets",
    ),
    Encoding("octal escape", r"\\100(?![0-9])", lambda found: "@", "C and shell strings"),
    Encoding("backslash", r"\\(?=[@._+()\[\]-])", lambda found: "", "Markdown, patterns, strings"),
)  # fmt: skip
ENCODED = re.compile("|".join(f"({each.pattern})" for each in ENCODINGS))
#: Of plain text that may have something encoded in it: cheaper than `ENCODED`.
MAYBE_ENCODED = re.compile(r"[%&=\\]|[^\x00-\x7f]")

#: An encoded address may be encoded as a whole once more: `%26%2364%3B`.
_ROUNDS = 4

#: Tags and emphasis may stand within an address: `maria<b>@</b>shop.com`, `maria**@**shop.com`.
MARKUP = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|big|br|cite|code|del|div|em|font|i|img|ins|kbd|label|li|mark|p|q|s|samp|small|span|strike"
    r"|strong|sub|sup|td|tt|u|var|wbr)(?:\s[^<>]{0,300})?/?>|<!--[^<>]{0,300}-->|[*`~]",
    re.IGNORECASE,
)


#: `m a r i a @ s h o p . c o m`, or one side of it so, and the blanks in it.
SPACED_OUT = re.compile(r"(?<!\S)[\w.+-] [\w.+-] @|@(?: [\w.-](?!\S)){3}")
BLANK_BETWEEN_LETTERS = re.compile(r"(?<=\s\S) (?=\S(?!\S))|(?<=\A\S) (?=\S(?!\S))")


@dataclass(slots=True)
class Decoded:
    """Text with parts of it replaced, which knows where in the original each of its characters came from."""

    text: str
    #: For each replaced part: where it begins and ends here, and where it began and ended there.
    parts: list[tuple[int, int, int, int]] = field(default_factory=list)
    before: Decoded | None = None

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]`, which is not empty, stands in the very first text."""
        if self.before is None:
            return start, end
        return self.before.origin(self._start(start), self._end(end))

    def _start(self, at: int) -> int:
        part = self._part(at)
        if part is None:
            return at
        here_start, here_end, there_start, there_end = part
        return there_start if here_start <= at < here_end else there_end + at - here_end

    def _end(self, at: int) -> int:
        part = self._part(at - 1)
        if part is None:
            return at
        here_start, here_end, _there_start, there_end = part
        return there_end if here_start < at <= here_end else there_end + at - here_end

    def _part(self, at: int) -> tuple[int, int, int, int] | None:
        """The last replaced part that begins at this place or before it."""
        found = bisect_right(self.parts, at, key=lambda part: part[0])
        return self.parts[found - 1] if found else None

    def replacing(self, pattern: re.Pattern[str], decode: Callable[[re.Match[str]], str]) -> Decoded:
        """This text with each match replaced; itself where nothing changes."""
        pieces: list[str] = []
        parts: list[tuple[int, int, int, int]] = []
        length = last = 0
        for found in pattern.finditer(self.text):
            new = decode(found)
            start, end = found.span()
            if new == found[0]:
                continue
            pieces += (self.text[last:start], new)
            length += start - last
            parts.append((length, length + len(new), start, end))
            length += len(new)
            last = end
        if not parts:
            return self
        return Decoded("".join([*pieces, self.text[last:]]), parts, self)


def decoded(text: str) -> Decoded:
    """The text as it reads once nothing in it is encoded any more."""
    found = Decoded(text)
    for _round in range(_ROUNDS):
        if not MAYBE_ENCODED.search(found.text):
            break
        again = found.replacing(ENCODED, _decode)
        if again is found:
            break
        found = again
    return found


def _decode(found: re.Match[str]) -> str:
    return ENCODINGS[(found.lastindex or 1) - 1].decode(found[0])


# --- Signs: what stands for the @ ---


class Needs(IntEnum):
    """What must stand after a sign, so that it is one of an address and not an ordinary word."""

    #: Any word at all: `maria (at) shop`.
    WORD = 1
    #: A domain with its ending, however its dot is written: `maria -at- shop.com`.
    DOMAIN = 2
    #: A spelled dot (`maria at shop dot com`), or the domain of a mail provider: "at shop.com" is ordinary English.
    SPELLED_DOT = 3


@dataclass(frozen=True, slots=True)
class Sign:
    name: str
    pattern: str
    needs: Needs
    #: Where it is met.
    met: str


_OPEN, _CLOSE = r"[(\[{<]\s{0,3}", r"\s{0,3}[)\]}>]"

#: The earlier ones count where several begin at one place.
SIGNS = (
    Sign("bracketed", rf"{_OPEN}(?:at|ät|arroba|chiocciola|@){_CLOSE}", Needs.WORD, "forums, notes, signatures"),
    Sign("bracketed a", rf"{_OPEN}a{_CLOSE}", Needs.DOMAIN, "Polish and French notes"),
    Sign("plain", r"@(?:\s{0,3}@)*", Needs.WORD, "everywhere; `masks` leaves prices and handles alone"),
    Sign("quoted-printable", QUOTED_PRINTABLE_AT, Needs.DOMAIN, "see `QUOTED_PRINTABLE_AT`"),
    Sign(
        "wrapped",
        r"-(?:at|arroba)-|_(?:at|arroba)_|\*(?:at|arroba)\*|\|(?:at|arroba)\||/(?:at|arroba)/|~(?:at|arroba)~"
        r"|[\"'“‘](?:at|arroba)[\"'”’]",
        Needs.DOMAIN,
        "notes of people who do not want to be found by robots",
    ),
    Sign("capitals", r"(?-i:(?<=[a-z0-9])AT(?=[a-z0-9]))", Needs.DOMAIN, "mariaATshopDOTcom"),
    Sign("Spanish word", r"(?<=\s)arroba(?=\s)", Needs.DOMAIN, "dictated by telephone"),
    Sign("word", r"(?<=\s)(?:at|ät)(?=\s)", Needs.SPELLED_DOT, "dictated, and written for people only"),
)  # fmt: skip
SIGN = re.compile("|".join(f"({each.pattern})" for each in SIGNS), re.IGNORECASE)

# --- Dots ---

DOT_WORDS = "dot|punto|punkt|point|ponto"
#: A dot that nobody writes in ordinary text.
SPELLED_DOT = (
    rf"\s{{0,3}}[(\[{{<]\s{{0,3}}(?:{DOT_WORDS}|\.){_CLOSE}\s{{0,3}}|\s{{0,3}}[-_*~|\"'](?:{DOT_WORDS})[-_*~|\"']\s{{0,3}}"
    rf"|\s{{1,8}}(?:{DOT_WORDS})\s{{1,8}}|\s{{1,3}}\.\s{{1,3}}|,(?=(?:com|net|org)\b)"
)
#: The end of a sentence, or a dot that came apart: `shop . com`, `shop .com`, `shop. com`, `shop,com`, `shop com`.
LOOSE_DOT = r"\s{1,3}\.\s{0,3}|\.\s{1,3}|,|\s{1,3}"

#: Endings of domains beside those of countries, which have two letters.
ENDINGS = frozenset((
    "com", "net", "org", "info", "biz", "edu", "gov", "mil", "int", "eu", "name", "pro", "shop", "store",
    "online", "site", "app", "dev", "tech", "cloud", "email", "mail", "blog", "agency", "club", "world", "live",
    "life", "group", "company", "media", "digital", "studio", "design", "xyz", "top", "cat", "mobi", "tel",
    "asia", "gal", "eus", "berlin", "madrid", "barcelona", "london", "paris", "example", "test", "invalid",
    "localhost",
))  # fmt: skip
#: Two letters at the end of a file's name, not of a country.
_FILE_ENDINGS = frozenset(["js", "ts", "db", "gz", "bz", "xz", "7z", "cs", "rb", "go", "vb"])
#: Endings that may follow a domain after a blank: `maria@gmail com`.
LOOSE_ENDINGS = frozenset(["com", "net", "org"])

#: "at gmail.com" is an address's domain where "at amazon.de" is a shop.
PROVIDER = re.compile(
    r"(?:gmail|googlemail|hotmail|outlook|yahoo|ymail|icloud|aol|gmx|msn|proton|protonmail|yandex|rocketmail)"
    r"(?:\.[a-z.]{2,6})?|(?:qq|163|126)\.com|(?:web|t-online|freenet)\.de|mail\.ru|(?:live|me|mac|zoho)\.com|libero\.it|laposte\.net",
    re.IGNORECASE,
)
#: Before a spelled dot these are words of a sentence: "look at the dot in the middle", "una arroba al punto de venta".
NO_DOMAINS = frozenset((
    "the", "a", "an", "this", "that", "these", "those", "each", "every", "no", "one", "which", "el", "la", "lo",
    "los", "las", "un", "una", "este", "esta", "ese", "esa", "al", "del", "cada", "su", "mi", "de", "en", "y",
    "que", "cuyo", "der", "die", "das", "ein", "eine", "im", "am",
))  # fmt: skip


def ends_like_a_domain(name: str) -> bool:
    """Whether the last part of `shop.com` is one that domains end with."""
    last = name.rpartition(".")[2].lower()
    if not last.isascii():
        return len(last) >= 2 and last.isalpha()
    if last.startswith("xn--"):
        return True
    return last.isalpha() and (last in ENDINGS or (len(last) == 2 and last not in _FILE_ENDINGS))


# --- For databases ---

_A, _T = "[aаαäɑ]", "[tтτ]"
_DISGUISED = "\uff01-\uff5e\u2460-\u24ff\U0001d400-\U0001d7ff"
_HIDDEN = "[\u00ad\u200b-\u200f\u2060\ufeff]*"
#: Finds every text in which `masks.mask_addresses` would mask something, and others that come near it. For searches:
#: what it finds is not searched for parts. Only with what the patterns of both databases have; case does not count.
MAY_CONTAIN_ADDRESS = "|".join(
    (
        f"[@＠﹫{_DISGUISED}]",
        "%u?[0-9a-f][0-9a-f]",
        "&#|&amp|&commat|&[a-z]+;",
        r"=40|\\[xu014@]",
        rf"[(\[{{<>|*/~_\"'“‘-]\s*{_HIDDEN}{_A}{_HIDDEN}{_T}{_HIDDEN}\s*[)\]}}<>|*/~_\"'”’-]",
        "=(ef=bc=a0|ef=b9=ab)",
        r"[(\[{<]\s*a\s*[)\]}>]",
        rf"\s{_HIDDEN}{_A}{_HIDDEN}{_T}{_HIDDEN}\s[^@]*(d.?[oо]|pun|poi|pon|[.]|,com|,net|,org)",
        "[a-z0-9]at[a-z0-9-]+(dot|[.])[a-z]",
        rf"arroba|chiocciola|\\s{_A}{_T}\\s[^@]*(mail|yahoo|outlook|icloud|aol|gmx|msn|proton|yandex)",
    )
)
