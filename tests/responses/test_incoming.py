"""What a person wrote above the mail they answer."""

from __future__ import annotations

import pytest

from closedorders.responses.inbox.incoming import Kind, read_mail, without_quoted


@pytest.mark.parametrize(
    ("mail", "written"),
    [
        ("Where?\n\nOn Tue, 1 Dec 2026 at 10:00, Casa Luna <a@b.example> wrote:\n> Hello", "Where?"),
        ("Where?\n\nOn Tue, 1 Dec 2026 at 10:00, Casa Luna <a@b.example>\nwrote:\n> Hello", "Where?"),
        ("¿Dónde?\n\nEl mar, 1 dic 2026 a las 10:00, Casa Luna (<a@b.example>) escribió:\n> Hola", "¿Dónde?"),
        ("Wo?\n\nAm 01.12.2026 um 10:00 schrieb Casa Luna:\n> Hallo", "Wo?"),
        ("Where?\n\n-----Original Message-----\nFrom: Casa Luna <a@b.example>", "Where?"),
        ("Where?\n\n________________________________\nFrom: Casa Luna", "Where?"),
        ("Where?\n\nDe: Casa Luna <a@b.example>\nEnviado: martes", "Where?"),
        ("I ordered at 10:\nand where is it?", "I ordered at 10:\nand where is it?"),
        ("One\n---\nTwo", "One\n---\nTwo"),
        ("> Hello\nWhere?", "> Hello\nWhere?"),
    ],
)
def test_only_the_words_above_the_quoted_mail_are_kept(mail: str, written: str) -> None:
    assert without_quoted(mail) == written


def test_a_mail_in_html_alone_is_read_without_its_tags_and_quoted_part() -> None:
    html = "<html><head><style>p{}</style></head><p>Where is it?</p><blockquote>Hello</blockquote></html>"
    mail = f"In-Reply-To: <m@b.example>\nContent-Type: text/html\n\n{html}"
    found = read_mail(mail.encode())
    assert (found.kind, found.text, found.about) == (Kind.ANSWER, "Where is it?", ("<m@b.example>",))
