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

from closedorders.outreach.texts.mails import build_mail, html_alternative, message_id
from tests.outreach.texts.line_breaks import BREAKS


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
