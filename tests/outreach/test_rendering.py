from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from closedorders.outreach.rendering import (
    Doubt,
    Problem,
    ProblemKind,
    build_mail,
    check,
    first_name,
    html_alternative,
    join_words,
    message_id,
    placeholders,
    render,
    render_subject,
    single_line,
    truth_guard,
)


def test_placeholders_are_replaced_and_fallbacks_fill_the_gaps() -> None:
    rendered = render(
        "Hi {first_name|there}, {store} owes you {refund}.", {"store": "Luna", "refund": "€5.20"}
    )
    assert (rendered.text, rendered.missing) == ("Hi there, Luna owes you €5.20.", [])


@pytest.mark.parametrize("blank", [None, "", "  ", "\u200b", "\n"])
def test_a_blank_value_without_fallback_is_missing_once(blank: str | None) -> None:
    rendered = render("{first_name} {first_name} {store}", {"first_name": blank, "store": "Luna"})
    assert rendered.missing == ["first_name"]


def test_an_empty_fallback_is_allowed() -> None:
    assert render("Hi{first_name|}!", {}).missing == []


def test_double_braces_are_plain_braces() -> None:
    assert render("{{ {store} }} {{{store}}}", {"store": "Luna"}).text == "{ Luna } {Luna}"


@pytest.mark.parametrize(
    "name",
    [
        "{code}",
        "{{code}}",
        "{code|x}",
        "{{7*7}}",
        "%(code)s",
        "{0.__class__}",
        "{% debug %}",
        "$code",
        "\\g<0>",
    ],
)
def test_what_a_customer_typed_is_never_expanded(name: str) -> None:
    rendered = render("{first_name} {code}", {"first_name": name, "code": "SECRET"})
    assert rendered.text == f"{name} SECRET"


def test_an_unknown_placeholder_stays_visible_and_counts_as_missing() -> None:
    rendered = render("{frist_name|there} {store.__class__}", {"store": "Luna", "frist_name": "x"})
    assert rendered.text == "{frist_name|there} {store.__class__}"
    assert rendered.missing == ["frist_name", "store.__class__"]


def test_placeholders_may_be_written_with_capitals_and_spaces() -> None:
    assert render("{First name}", {"first_name": "Ana"}).text == "Ana"
    assert placeholders("{First name} {code} {first_name|x} {nope} {{store}}") == ["first_name", "code"]


def test_a_value_cannot_bring_line_breaks_or_reversed_text_into_the_mail() -> None:
    assert (
        render("{first_name}!", {"first_name": "Ana\r\n\r\nfake\u202eparagraph\x00"}).text
        == "Ana fake paragraph!"
    )


def test_the_texts_own_line_breaks_stay() -> None:
    assert render("a\n\n{store}\nb", {"store": "Luna"}).text == "a\n\nLuna\nb"


@given(st.text(), st.text(min_size=1))
def test_rendering_never_fails_and_is_one_pass(text: str, value: str) -> None:
    check(text)
    rendered = render(text, dict.fromkeys(["first_name", "store", "code"], value))
    if "{" not in text and "}" not in text:
        assert rendered.text == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "Hi {frist_name}",
            Problem(kind=ProblemKind.UNKNOWN, found="{frist_name}", line=1, suggestion="first_name"),
        ),
        ("a\n{nombre}", Problem(kind=ProblemKind.UNKNOWN, found="{nombre}", line=2, suggestion="first_name")),
        ("{código|x}", Problem(kind=ProblemKind.UNKNOWN, found="{código|x}", line=1, suggestion="code")),
        ("{zzzzqq}", Problem(kind=ProblemKind.UNKNOWN, found="{zzzzqq}", line=1)),
        ("{}", Problem(kind=ProblemKind.UNKNOWN, found="{}", line=1)),
        ("Hi {first_name", Problem(kind=ProblemKind.UNBALANCED, found="{", line=1)),
        ("a\n\nfirst_name}", Problem(kind=ProblemKind.UNBALANCED, found="}", line=3)),
        (
            "{{first_name}}",
            Problem(kind=ProblemKind.DOUBLE_BRACES, found="{{first_name}}", line=1, suggestion="first_name"),
        ),
        (
            "[Nombre]",
            Problem(kind=ProblemKind.SQUARE_BRACKETS, found="[Nombre]", line=1, suggestion="first_name"),
        ),
    ],
)
def test_a_mistake_in_a_template_is_named_with_its_line_and_a_guess(text: str, problem: Problem) -> None:
    assert check(text) == [problem]


@pytest.mark.parametrize(
    "text", ["", "plain", "{first_name|there} {code}", "{{ plain }}", "[see below] [1]", "100 % {store}"]
)
def test_a_sound_template_has_no_problems(text: str) -> None:
    assert check(text) == []


def test_a_subject_is_one_line_whatever_goes_in() -> None:
    rendered = render_subject("Sorry\r\nBcc: all@example.com {store}", {"store": "Luna\nX: y"})
    assert rendered.text == "Sorry Bcc: all@example.com Luna X: y"
    assert len(render_subject("x" * 500, {}).text) == 200


def test_single_line_keeps_joined_emoji_and_drops_marks() -> None:
    assert single_line(" a\t\n b\u2028c\u200f👩‍👧 ") == "a b c 👩‍👧"


@pytest.mark.parametrize(
    ("items", "language", "joined"),
    [
        ([], "en", ""),
        (["#1001"], "es", "#1001"),
        (["#1001", "#1002"], "en", "#1001 and #1002"),
        (["#1001", "#1002", "#1003"], "en", "#1001, #1002 and #1003"),
        (["#1001", "#1002"], "es", "#1001 y #1002"),
        (["María", "Inés"], "es-MX", "María e Inés"),
        (["padre", "hijo"], "es", "padre e hijo"),
        (["agua", "hielo"], "es", "agua y hielo"),
        (["Ana", "Íñigo"], "es", "Ana e Íñigo"),
        (["Inés", "Yolanda"], "es", "Inés y Yolanda"),
    ],
)
def test_words_are_joined_as_people_write_them(items: list[str], language: str, joined: str) -> None:
    assert join_words(items, language) == joined


@pytest.mark.parametrize(
    ("full", "first"),
    [
        ("María García", "María"),
        ("  maría   garcía ", "maría"),
        ("MARIA GARCIA", "MARIA"),
        ("GARCÍA LÓPEZ, María", "María"),
        ("Smith, Dr. Anna", "Anna"),
        ("Mrs. Anna Smith", "Anna"),
        ("Sra. D.ª Carmen Ruiz", "Carmen"),
        ("Don José", "José"),
        ("Don", "Don"),
        ("Anna Smith, PhD", "Anna"),
        ("Martin King, Jr.", "Martin"),
        ("Luna Textil, S.L.", "Luna"),
        ("O'Connor", "O'Connor"),
        ("J. Smith", ""),
        ("J.R. Smith", ""),
        ("X Æ", "X"),
        ("李小龙", "李小龙"),
        ("山田 太郎", "山田 太郎"),
        ("Ольга Иванова", "Ольга"),
        ("maria@example.com", ""),
        ("12345", ""),
        (" , ", ""),
        ("-", ""),
        ("", ""),
        (None, ""),
        ("Ana\r\nBcc: x", "Ana"),
    ],
)
def test_a_customer_is_greeted_by_first_name_or_not_at_all(full: str | None, first: str) -> None:
    assert first_name(full) == first


class _Tags(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://example.com/a?b=1&c=2.", ["https://example.com/a?b=1&c=2"]),
        ("(https://example.com/x)", ["https://example.com/x"]),
        ("https://example.com/a_(b)", ["https://example.com/a_(b)"]),
        ("http://example.com javascript:alert(1) HTTPS", []),
        ('https://example.com/"onmouseover="x', ["https://example.com/"]),
        ("https://a.example https://b.example", ["https://a.example", "https://b.example"]),
    ],
)
def test_only_https_links_become_links(text: str, links: list[str]) -> None:
    assert _Tags(html_alternative(text)).links == links


@given(st.text())
def test_no_text_can_bring_a_tag_into_the_html(text: str) -> None:
    parsed = _Tags(html_alternative(f"<script>{text}</script>"))
    assert set(parsed.tags) <= {"html", "head", "meta", "body", "div", "p", "br", "a"}
    assert "<script>" in parsed.text


def test_blank_lines_make_paragraphs_and_line_ends_make_breaks() -> None:
    parsed = _Tags(html_alternative("a\nb\r\n\r\nc\n \n\nd\n"))
    assert (parsed.tags.count("p"), parsed.tags.count("br")) == (3, 1)


def built(**changes: str) -> bytes:
    fields = {
        "sender_name": "Luna, Tienda",
        "sender_address": "hola@example.com",
        "recipient_name": "García, María",
        "recipient_address": "maria@example.com",
        "reply_to": "ana@example.com",
        "subject": "Tu compra, María",
        "text": "Hola María:\n\n.\nAdiós",
        "message_id": "<message-1.abc@example.com>",
        "message_key": "1",
        "team_key": "7",
    } | changes
    return build_mail(sent_at=datetime(2026, 11, 23, 8, 30, tzinfo=UTC), **fields)


def parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def test_a_mail_says_who_writes_to_whom_and_about_what() -> None:
    content = built()
    mail = parsed(content)
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert mail["From"].addresses[0].display_name == "Luna Tienda"
    assert mail["To"].addresses[0].display_name == "García María"
    assert [address.addr_spec for address in mail["To"].addresses] == ["maria@example.com"]
    assert mail["Reply-To"] == "ana@example.com"
    assert mail["Subject"] == "Tu compra, María"
    assert mail["Date"].datetime == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert (mail["Message-ID"], mail["X-Closed-Orders-Message"], mail["X-Closed-Orders-Team"]) == (
        "<message-1.abc@example.com>",
        "1",
        "7",
    )
    plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert plain.get_content().split() == ["Hola", "María:", ".", "Adiós"]
    assert "Hola María:" in rich.get_content()


def test_the_same_message_is_the_same_bytes_each_time() -> None:
    assert built() == built()


BREAKS = [
    "\r\nBcc: evil@example.com",
    "\nBcc: evil@example.com",
    "\rBcc: e@x.com",
    "\u2028Bcc: e@x.com",
    "\x00",
    "\x85Bcc: e",
]
BREAKS += ["=?utf-8?q?a=0D=0ABcc:_evil@example.com?=", "=?utf-8?b?DQpCY2M6IGVAeC5jb20=?="]


@pytest.mark.parametrize("field", ["sender_name", "recipient_name", "subject"])
@pytest.mark.parametrize("attack", BREAKS)
def test_no_name_or_subject_can_add_a_header(field: str, attack: str) -> None:
    content = built(**{field: f"Ana{attack}", "text": "hola"})
    mail = parsed(content)
    assert mail.keys() == parsed(built(text="hola")).keys()
    assert len(mail["To"].addresses) == len(mail["From"].addresses) == 1
    assert mail["To"].addresses[0].addr_spec == "maria@example.com"
    assert mail["From"].addresses[0].addr_spec == "hola@example.com"


@pytest.mark.parametrize(
    "field", ["sender_address", "recipient_address", "reply_to", "message_id", "message_key", "team_key"]
)
@pytest.mark.parametrize("attack", [*BREAKS[:6], " ", "<x@y>", ", evil@example.com"])
def test_an_address_or_id_with_more_in_it_is_refused(field: str, attack: str) -> None:
    clean = {"message_id": "<a@example.com>", "message_key": "1", "team_key": "7"}.get(
        field, "ana@example.com"
    )
    with pytest.raises(ValueError):
        built(**{field: clean + attack})


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", ""),
        ("李小龙", "李小龙"),
        ('María "La" (Peque)', "María La Peque"),
        ("J. O'Neill Jr.", "J. O'Neill Jr."),
        ("a" * 300, "a" * 100),
        ("x@y.example, S.L.", "x y.example S.L."),
        ("<b@c>", "b c"),
        ("👩‍👧", "👩‍👧"),
    ],
)
def test_a_name_is_shown_without_the_signs_of_an_address(name: str, shown: str) -> None:
    content = built(recipient_name=name)
    to = parsed(content)["To"].addresses
    assert [(address.display_name, address.addr_spec) for address in to] == [(shown, "maria@example.com")]


def test_a_long_name_in_any_alphabet_is_cut_and_its_lines_are_short() -> None:
    content = built(recipient_name="Ñ" * 300)
    to = str(make_header(decode_header(str(message_from_bytes(content)["To"]))))
    assert to == f"{'Ñ' * 100} <maria@example.com>"
    assert max(len(line) for line in content.split(b"\r\n")) <= 998


_PIECES = [
    *""" ,;:<>@()[]"\\.'ñ李\u202e\u00a0\t""",
    "Ana", "=?", "?=", "\r\n", "evil@x.example", "<evil@x.example>", "Bcc:", "a" * 30, "é" * 30,
]  # fmt: skip
_NAMES = st.lists(st.sampled_from(_PIECES), max_size=40).map("".join)
_ADDRESS_HEADERS = {"From": "hola@example.com", "To": "maria@example.com", "Reply-To": "ana@example.com"}


@given(_NAMES | st.text(max_size=300), _NAMES | st.text(max_size=300))
@example(".;Ana =?" + "x" * 60, '."' + "y " * 40)
@example("Ana <evil@x.example>, c " + "x" * 60, 'Luna" <evil@x.example>, "' + "y" * 80)
def test_every_address_header_names_one_address_whoever_reads_it(recipient: str, sender: str) -> None:
    content = built(recipient_name=recipient, sender_name=sender, text="hola")
    strict, lenient = parsed(content), message_from_bytes(content)
    for header, address in _ADDRESS_HEADERS.items():
        assert [each.addr_spec for each in strict[header].addresses] == [address]
        assert len(lenient.get_all(header, [])) == 1
        unfolded = str(lenient[header])
        assert [each for _name, each in getaddresses([unfolded])] == [address]
        # A provider's API gets the header's words decoded, and reads the address in them once more.
        assert [each for _name, each in getaddresses([str(strict[header])])] == [address]
        assert str(strict[header]).count("@") == 1


def test_a_very_long_line_of_text_is_wrapped_for_the_wire() -> None:
    content = built(text="ñ" * 5_000)
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    plain = parsed(content).get_body(("plain",))
    assert plain is not None
    assert plain.get_content().strip() == "ñ" * 5_000


def test_an_address_beyond_ascii_is_written_as_it_is() -> None:
    content = built(recipient_address="josé@bücher.example")
    assert "josé@xn--bcher-kva.example".encode() in content


def test_a_message_id_derives_from_the_row_alone() -> None:
    first = message_id(42, domain="shop.example", seed="2026-11-23")
    assert first == message_id(42, domain="shop.example", seed="2026-11-23")
    assert first != message_id(43, domain="shop.example", seed="2026-11-23")
    assert first != message_id(42, domain="shop.example", seed="2026-11-24")
    assert first.startswith("<message-42.")
    assert first.endswith("@shop.example>")
    assert parsed(built(message_id=first))["Message-ID"] == first


@pytest.mark.parametrize("domain", ["", "bücher.example", "x>\r\nBcc: y", "LOCALHOST"])
def test_any_domain_gives_a_message_id_that_can_be_sent(domain: str) -> None:
    built(message_id=message_id("a1b2-c3", domain=domain))


def test_blaming_the_factory_for_a_payment_check_is_pointed_out() -> None:
    text = "Hola,\nun pequeño problema de fabricación\ny sin existencias."
    assert truth_guard(text, ["card_check", "fraud_review"], "es") == [
        Doubt("fabricación", 2),
        Doubt("existencias", 3),
    ]
    assert truth_guard("A hiccup in Manufacturing", ["payment_timeout"], "en-GB") == [
        Doubt("Manufacturing", 1)
    ]
    assert truth_guard("fabricacio\u0301n", ["travel"], "es") != []


@pytest.mark.parametrize(
    "reasons", [[], ["supplier_cancelled"], ["card_check", "supplier_cancelled"], ["a-teams-own"]]
)
def test_the_guard_is_silent_where_the_words_may_be_true(reasons: list[str]) -> None:
    assert truth_guard("a problem in manufacturing", reasons, "en") == []


def test_the_guard_has_nothing_against_the_plain_truth() -> None:
    assert truth_guard("our supplier stopped our payments for a check", ["card_check"], "en") == []
