"""What a text gives away of an address once it is masked: as many spellings as people and programs have for one."""

from __future__ import annotations

import html
import re
import time
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from closedorders.core.text.address_spellings import ENCODINGS, INVISIBLE, MAY_CONTAIN_ADDRESS, SIGNS
from closedorders.core.text.masks import contains_address, mask_addresses, mask_email

#: How "maria" of "tienda.com" may be written. `{l}` is the local part, `{h}` the domain without its ending, `{e}` that.
SPELLINGS = {
    "plain": "{l}@{h}.{e}",
    "full width": "{l}＠{h}．{e}",
    "small": "{l}﹫{h}﹒{e}",
    "circled": "{l}ⓐ{h}.{e}",
    "percent": "{l}%40{h}.{e}",
    "percent, dots too": "{l}%40{h}%2E{e}",
    "percent twice": "{l}%2540{h}.{e}",
    "percent three times": "{l}%252540{h}%25252E{e}",
    "in a link": "https://shop.test/unsubscribe?id=7&email={l}%40{h}.{e}&lang=es#top",
    "whole in a link": "https://shop.test/{l}@{h}.{e}/orders",
    "decimal entity": "{l}&#64;{h}.{e}",
    "decimal entity without its semicolon": "{l}&#64{h}.{e}",
    "padded entity": "{l}&#064;{h}&#0046;{e}",
    "hexadecimal entity": "{l}&#x40;{h}&#x2e;{e}",
    "hexadecimal entity without its semicolon": "{l}&#X0040{h}.{e}",
    "named entity": "{l}&commat;{h}&period;{e}",
    "named entity without its semicolon": "{l} &commat {h}.{e}",
    "entity twice": "{l}&amp;#64;{h}.{e}",
    "entity in a link": "{l}%26%2364%3B{h}.{e}",
    "quoted-printable": "{l}=40{h}.{e}",
    "quoted-printable, dots too": "{l}=40{h}=2E{e}",
    "soft line break": "{l}@=\r\n{h}.{e}",
    "JSON escape": "{l}\\u0040{h}\\u002e{e}",
    "JavaScript escape": "{l}\\x40{h}.{e}",
    "code point escape": "{l}\\u{{40}}{h}.{e}",
    "long escape": "{l}\\U00000040{h}.{e}",
    "style sheet escape": "{l}\\40 {h}.{e}",
    "percent escape": "{l}%u0040{h}.{e}",
    "octal escape": "{l}\\100{h}.{e}",
    "backslash": "{l}\\@{h}\\.{e}",
    "bracketed": "{l}(at){h}.{e}",
    "bracketed, dots too": "{l} (at) {h} (dot) {e}",
    "square": "{l}[at]{h}[dot]{e}",
    "square with blanks": "{l} [ AT ] {h} [ DOT ] {e}",
    "curly": "{l} {{at}} {h} {{dot}} {e}",
    "angled": "{l} <at> {h} <dot> {e}",
    "the sign bracketed": "{l}[@]{h}[.]{e}",
    "defanged": "{l}@{h}[.]{e}",
    "bracketed a": "{l}(a){h}.{e}",
    "dashed": "{l}-at-{h}-dot-{e}",
    "underlined": "{l}_at_{h}.{e}",
    "starred": "{l}*at*{h}.{e}",
    "barred": "{l}|at|{h}.{e}",
    "quoted word": '{l} "at" {h} "dot" {e}',
    "words": "{l} at {h} dot {e}",
    "words in capitals": "{l} AT {h} DOT {e}",
    "words over lines": "{l}\nat\n{h}\ndot\n{e}",
    "capitals": "{l}AT{h}DOT{e}",
    "Spanish brackets": "{l}(arroba){h}.{e}",
    "Spanish square": "{l} [arroba] {h} [punto] {e}",
    "Spanish words": "{l} arroba {h} punto {e}",
    "Spanish word": "{l} arroba {h}.{e}",
    "German brackets": "{l} (ät) {h} (punkt) {e}",
    "German words": "{l} ät {h} punkt {e}",
    "Italian brackets": "{l} [chiocciola] {h} [punto] {e}",
    "blanks": "{l} @ {h}.{e}",
    "blanks around dots": "{l} @ {h} . {e}",
    "a blank before": "{l} @{h}.{e}",
    "a blank after": "{l}@ {h}.{e}",
    "no-break blanks": "{l}\u00a0@\u00a0{h}.{e}",
    "comma for the dot": "{l}@{h},{e}",
    "comma after the sign": "{l}@,{h}.{e}",
    "comma before the sign": "{l},@{h}.{e}",
    "no dot": "{l}@{h} {e}",
    "lines": "{l}\n@\n{h}.{e}",
    "zero width": "{l}\u200b@\u200b{h}\u2060.{e}",
    "zero width in words": "{l} (\u200ba\u200bt\u200b) {h}.{e}",
    "soft hyphens": "{l}\u00ad@\u00ad{h}\u00ad.\u00ad{e}",
    "right to left": "\u202e{l}\u200f@\u200f{h}.{e}\u202c",
    "entity that does not show": "{l}&#8203;@&#x200b;{h}&shy;.{e}",
    "Cyrillic letters": "{l} (аt) {h} (dоt) {e}",
    "tags": "{l}<b>@</b>{h}.{e}",
    "tags around": "<i>{l}</i>@<span class='x'>{h}</span>.{e}",
    "a comment": "{l}<!-- no robots -->@{h}.{e}",
    "tags and entities": "{l}<b>&#64;</b>{h}.{e}",
    "link with a tag": '<a href="mailto:{l}%40{h}.{e}">write</a>',
    "emphasis": "{l}**@**{h}.{e}",
    "code": "`{l}`@`{h}.{e}`",
    "Markdown link": "[write](mailto:{l}@{h}.{e})",
    "mailto": "mailto:{l}@{h}.{e}?subject=Hi",
    "name before": "Ana <{l}@{h}.{e}>",
    "angled and encoded": "Ana &lt;{l}&#64;{h}.{e}&gt;",
    "quoted": '"{l}"@{h}.{e}',
    "quoted with a blank": '"{l} x"@{h}.{e}',
    "plus": "{l}+aliexpress@{h}.{e}",
    "plus encoded": "{l}%2Bali%40{h}.{e}",
    "subdomain": "{l} at mail dot {h} dot {e}",
    "punycode": "{l}@xn--{h}-9ib.{e}",
    "after another sign": "x@ {l}@{h}.{e}",
    "signs": "{l}@@{h}.{e}",
    "signs apart": "{l} @ @ {h}.{e}",
    "two": "{l}@{h}.{e},{l}@{h}.{e}",
    "tags around words": "{l} <b>at</b> {h} <b>dot</b> {e}",
    "tags within brackets": "{l}(<b>at</b>){h}.{e}",
    "named entity that does not show": "{l}&zwnj;@&NoBreak;{h}&ZeroWidthSpace;.{e}",
    "named entity of direction": "{l}&lrm;@&rlm;{h}.{e}",
    "named blank": "{l}&emsp;@&thinsp;{h}.{e}",
    "blanks of a form": "https://shop.test/?to={l}+%40+{h}.{e}",
    "quoted-printable full width": "{l}=EF=BC=A0{h}.{e}",
    "quoted-printable blank": "{l}=C2=A0@{h}.{e}",
    "JSON escape full width": "{l}\\uff20{h}.{e}",
    "percent escape full width": "{l}%uFF20{h}.{e}",
    "words, the dot apart": "{l} at {h} . {e}",
    "waves": "{l}~at~{h}~dot~{e}",
    "bars": "{l}|at|{h}|dot|{e}",
    "semicolon before the sign": "{l};@{h}.{e}",
    "colon before the sign": "{l}:@{h}.{e}",
    "slash before the sign": "{l}/@{h}.{e}",
    "bar before the sign": "{l}|@{h}.{e}",
    "question mark before the sign": "{l}?@{h}.{e}",
    "number sign before the sign": "{l}#@{h}.{e}",
    "ampersand before the sign": "{l}&@{h}.{e}",
    "equals sign before the sign": "{l}=@{h}.{e}",
}  # fmt: skip

#: Addresses that the table cannot write: what is not in ASCII, and what only looks like one.
OTHERS = [
    ("josé.garcía@peñíscola.es", "josé.garcía", "peñíscola"),
    ("мария@почта.рф", "мария", "почта"),
    ("mariа@shоp.com", "mariа", "shоp"),
    ("μαρία@κατάστημα.gr", "μαρία", "κατάστημα"),
    ("maria%40pe%C3%B1a.es", "maria", "pe%C3%B1a"),
    ("ｍａｒｉａ＠ｓｈｏｐ．ｃｏｍ", "ｍａｒｉａ", "ｓｈｏｐ"),
    ("𝐦𝐚𝐫𝐢𝐚@𝐬𝐡𝐨𝐩.𝐜𝐨𝐦", "𝐦𝐚𝐫𝐢𝐚", "𝐬𝐡𝐨𝐩"),
    ("%6d%61%72%69%61%40%73%68%6f%70%2e%63%6f%6d", "%6d%61%72", "%73%68%6f"),
    ("&#109;&#97;&#114;&#105;&#97;&#64;&#115;&#104;&#111;&#112;.com", "&#109;&#97;", "&#115;&#104;"),
    ("maria dot garcia at shop dot co dot uk", "maria", "shop"),
    ("maria . garcia @ shop . com", "maria", "shop"),
    ("maria at gmail.com", "maria", "gmail"),
    ("maria.garcia at shop.com", "maria.garcia", "shop"),
    ("o'brien@shop.com", "o'brien", "shop"),
    ("maria @gmail", "maria", "gmail"),
    ("maria arroba gmail", "maria", "gmail"),
    ("maria at gmail", "maria", "gmail"),
    ("m a r i a @ s h o p . c o m", "m a r i a", "s h o p"),
    ("ask m a r i a . g @ s h o p . c o m", "m a r i a", "s h o p"),
    ("maria@[192.168.10.20]", "maria", "192.168.10"),
    ("10203040@qq.com", "10203040", "qq"),
    ("maria at shop,com", "maria", "shop"),
    ("maria @ s h o p . c o m", "maria", "s h o p"),
    ("m a r i a @ shop.com", "m a r i a", "shop"),
]  # fmt: skip

INNOCENT = [
    "",
    "Meet at noon. Dot the i.",
    "price 5 @ 3.50",
    "3 pcs @ 2.50 EUR",
    "12@3.50",
    "2 @ $4",
    "500g @ 1,20€/kg",
    "order #1001 at shop.com",
    "sold at amazon.de",
    "Bought at AliExpress.com, returned at shop.es.",
    "@instagram_name",
    "follow @instagram_name",
    "Thanks @maria, done",
    "lunch @ Joe's",
    "look at me",
    "the room at 163",
    "thanks @me",
    "A B C @ 5 . 0",
    "react@18.2.0",
    "USB hub 4 @ 3.0 ports",
    "look at this. dot matrix printer",
    "look at this dot matrix printer",
    "Dress with a dot at the hem",
    "look at the dot in the middle",
    "Awaiting shipment",
    "Your order was closed at 12.30 for security reasons",
    "Payment verification (a) and (b)",
    "LP00123456789CN",
    "UJ012345678YP, RB123456789SG",
    "8190000000000017 8190000000000018",
    "https://es.aliexpress.com/item/1005006.html?spm=a2g0o.order_list&width=400&utm=a%20b",
    "https://www.tiktok.com/@casaluna/video/12",
    "https://www.tiktok.com/@casaluna.es/video/12",
    "Look at this . It is broken",
    "Price: &euro;5 &copy; AT&T; R&D; &unknown;",
    "follow us: @casaluna",
    "https://maps.test/@40.4168,-3.7038,15z",
    "https://eat-at-joes.com/menu",
    "www.eat-at-joes.com",
    "look-at-me.png",
    "50%40 off is no number",
    "qty=40 pcs, total=40.00",
    "Tom &amp; Jerry mug & plate &#38; bowl",
    "C:\\users\\maria\\orders.csv",
    "Compró una arroba de aceite y punto.",
    "El signo arroba en este punto es importante",
    "pesa una arroba en el punto de venta",
    "Nos vemos en punto, a las 12.",
    "Treffpunkt ist am Punkt der Karte",
    "formATted text, WhATever.DOTted",
    "<b>Size</b>: L <i>blue</i>",
    "Größe 42, Ärmel kurz, ät",
    "Café con leche • 3 uds.",
    "a < b @ c > d",
    "1 @ 2 @ 3",
    "@@@",
    "@",
    "at dot",
    " at  dot ",
]  # fmt: skip

LOCAL, HOST = "wilhelmina", "canarymart"


def spelled(pattern: str, local: str = LOCAL, host: str = HOST, ending: str = "com") -> str:
    return pattern.format(l=local, h=host, e=ending)


@pytest.mark.parametrize("name", SPELLINGS)
def test_an_address_is_masked_however_it_is_spelled(name: str) -> None:
    text = f"Please ask {spelled(SPELLINGS[name])} first"
    masked = mask_addresses(text)
    assert LOCAL not in masked
    assert HOST not in masked
    assert masked.startswith("Please ask ")
    assert masked.endswith(" first")
    assert mask_addresses(masked) == masked, "masking it again changes nothing"


@pytest.mark.parametrize(("text", "local", "host"), OTHERS)
def test_an_address_is_masked_in_any_alphabet(text: str, local: str, host: str) -> None:
    masked = mask_addresses(f"({text})")
    assert local not in masked
    assert host not in masked


@pytest.mark.parametrize("text", INNOCENT)
def test_what_holds_no_address_stays_as_it_is(text: str) -> None:
    assert mask_addresses(text) == text
    assert not contains_address(text)


def test_only_the_address_is_masked_and_the_rest_stays_byte_for_byte() -> None:
    before = "Café &amp; té %C3%B1 \u200b<b>50%25</b> "
    after = " &nbsp; =3D \\u00e1 ﬁn ½"
    assert mask_addresses(f"{before}maria&#64;shop.com{after}") == f"{before}m•••@s•••.com{after}"
    assert (
        mask_addresses("https://a.test/?e=maria%40shop.com&b=1%202")
        == "https://a.test/?e=m•••@s•••.com&b=1%202"
    )


def test_every_row_of_the_tables_is_met_by_a_spelling_of_this_page() -> None:
    texts = [spelled(each) for each in SPELLINGS.values()] + [text for text, *_parts in OTHERS]
    for row in ENCODINGS:
        assert any(re.search(row.pattern, text) for text in texts), row.name
    for sign in SIGNS:
        found = [
            text for text in [*texts, "maria\ue000shop.com"] if re.search(sign.pattern, text, re.IGNORECASE)
        ]
        assert found, sign.name


@pytest.mark.parametrize("name", SPELLINGS)
def test_the_pattern_of_searches_finds_every_spelling(name: str) -> None:
    assert re.search(f"(?i){MAY_CONTAIN_ADDRESS}", spelled(SPELLINGS[name]))


def test_the_pattern_of_searches_finds_no_ordinary_name() -> None:
    for name in (
        "Ana Ruiz",
        "José Peña-Ortíz",
        "O'Brien",
        "Anne-Marie d'At",
        "Мария Иванова",
        "مریم‌سادات",
        "Look at me",
    ):
        assert not re.search(f"(?i){MAY_CONTAIN_ADDRESS}", name), name


# --- Any address, any spelling, anywhere ---

_LABELS = st.from_regex(r"[a-z][a-z0-9]{3,11}[0-9]{3}", fullmatch=True)
_LOCALS = st.from_regex(r"[a-z][a-z0-9]{2,8}(?:[._+-][a-z0-9]{2,8})?[0-9]{3}", fullmatch=True)
_AROUND = st.text(
    st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("@%&=\\<>()[]{}.,;:'\"*_- "), max_size=24
)


def _readings(text: str) -> list[str]:
    """The text, and what a person who decodes it reads."""
    found = [text]
    for _round in range(4):
        text = re.sub(f"[{INVISIBLE}]", "", unquote(html.unescape(text)))
        text = re.sub(r"=([0-9A-F]{2})", lambda hit: chr(int(hit[1], 16)), text.replace("=\r\n", ""))
        found.append(unicodedata.normalize("NFKC", text))
    return found


@settings(max_examples=400, deadline=None)
@given(
    name=st.sampled_from(sorted(SPELLINGS)),
    local=_LOCALS,
    host=_LABELS,
    ending=st.sampled_from(["com", "es", "de", "org", "net", "co"]),
    before=_AROUND,
    after=_AROUND,
)
@example(name="words", local="abc111", host="abcd222", ending="com", before="x @ ", after="@")
def test_a_masked_text_gives_no_address_away_whatever_is_around_it(
    name: str, local: str, host: str, ending: str, before: str, after: str
) -> None:
    pattern = SPELLINGS[name]
    if ending not in ("com", "org", "net") and name in ("no dot", "comma for the dot"):
        ending = "com"
    if ("-" in local and name == "dashed") or ("_" in local and name == "underlined"):
        local = re.sub("[-_]", ".", local)
    text = spelled(pattern, local, host, ending)
    masked = mask_addresses(f"{before} {text} {after}")
    assert text not in masked
    for read in _readings(masked):
        bare = "".join(read.split())
        assert f"{local}@{host}" not in bare
        assert not (local in read and host in read), read


# --- Time ---

HOSTILE = [
    "a", "@", "a@", "@a", " @ ", "a@b.", ".", "a.", " . ", "%", "%25", "%40", "%2540", "&", "&#",
    "&#64", "&#64;", "&amp;", "&#0", "=", "=40", "=\n", "\\", "\\u0040", "(", "(at", "(at)",
    "((at))", " at ", "at ", "a at b dot ", " dot ", "-at-", "a-at-b-", "_at_", "AT", "aATb", "<",
    "<b", "<b>", "<b ", "<!--", "</b>@", '"', '"@', "a\"@", "'", "a'", "''@", "\u200b", "a\u200b@",
    "\u00e9", "＠", "*", "*@*", "•••@", "a arroba b punto ", ",@,", "1@2 ", "\n@\n", "a (dot) ", "~",
    "[.]",
]  # fmt: skip


def _seconds(text: str) -> float:
    fastest = 60.0
    for _try in range(3):
        began = time.process_time()
        mask_addresses(text)
        fastest = min(fastest, time.process_time() - began)
    return fastest


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_time_grows_with_the_length_and_not_with_its_square(piece: str) -> None:
    """Four times as much text takes about four times as long; a quadratic step would take sixteen times."""
    short, long = (f"x {piece * (size // len(piece))} maria@shop.com" for size in (12_000, 48_000))
    assert _seconds(long) < 10 * max(_seconds(short), 0.002)


@pytest.mark.parametrize(
    "piece", ["a", "a@", " at ", "a at b dot ", "(at)", "%40", "a-at-b-", "<b ", "&#64;", '"@', "a."]
)
def test_a_megabyte_of_it_is_masked(piece: str) -> None:
    text = piece * (1_000_000 // len(piece)) + f" {LOCAL}@{HOST}.com"
    masked = mask_addresses(text)
    assert LOCAL not in masked
    assert HOST not in masked


def test_an_address_by_itself_shows_its_first_letters_and_its_ending() -> None:
    assert mask_email("maria@hotmail.com") == "m•••@h•••.com"
    assert mask_email("") == ""
