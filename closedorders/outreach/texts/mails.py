"""From a finished text to a finished mail: a plain HTML twin, headers that nothing can break out of."""

from __future__ import annotations

import hashlib
import html
import re
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage

from closedorders.core.mail.address_checks import is_wire_safe, wire_address
from closedorders.core.mail.mailbox import TEAM_HEADER

from .placeholders import SUBJECT_LIMIT, single_line

MESSAGE_HEADER = "X-Closed-Orders-Message"
_UNSUBSCRIBE_URL = re.compile(r"https://[A-Za-z0-9./:_\[\]-]{1,300}")
_LINK = re.compile(r"https://[^\s<>\"'{}|\\^`\u00a0]+")


def html_alternative(text: str) -> str:
    """A plain, safe HTML twin of the text: escaped, paragraphs at blank lines, https links made clickable.

    Inline styles are right here: mail programs ignore style sheets.
    """
    paragraphs = re.split(
        r"\n[ \t]*(?:\n[ \t]*)+", text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    )
    body = "\n".join(
        f'<p style="margin:0 0 16px">{linked_lines(paragraph)}</p>'
        for paragraph in paragraphs
        if paragraph.strip()
    )
    return (
        '<!doctype html>\n<html><head><meta charset="utf-8"></head>\n'
        '<body style="margin:0;padding:24px;background:#ffffff;color:#1f2421;'
        "font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif\">\n"
        f'<div style="max-width:36em">\n{body}\n</div>\n</body></html>\n'
    )


def linked_lines(paragraph: str) -> str:
    """A paragraph as safe HTML: escaped, its lines with breaks between them, its https links to click on."""
    return "<br>\n".join(map(_linked, paragraph.split("\n")))


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
    answers: str = "",
    unsubscribe_url: str = "",
    postmark_key: str = "",
    html_part: str | None = None,
) -> bytes:
    """One finished mail with a text and an HTML part, CRLF lines, 7-bit except for addresses that cannot be.

    Names and the subject are made one line; addresses, `message_id` (as `message_id()` gives it), `message_key` and
    `team_key` must be clean already, else ValueError. `sent_at` must be aware. `answers` is the id of an earlier mail,
    under which mail programs show this one. `unsubscribe_url` gives the mail a button with which its reader wants no
    more offers (RFC 8058). `postmark_key`: by what Postmark reports the mail, for it has ids of its own.
    `html_part` is the page of `letter_html`, "" for no such part; without one the plain twin of the text is used.
    """
    for address in (sender_address, recipient_address, *([reply_to] if reply_to else [])):
        if not is_wire_safe(address):
            raise ValueError("an address cannot be used in a mail")
    if not all(
        re.fullmatch(r"<[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+>", known)
        for known in (message_id, answers or message_id)
    ):
        raise ValueError("the message id is not well formed")
    for key in (message_key, team_key, postmark_key or message_key):
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", key):
            raise ValueError("message_key and team_key are short ids")
    if sent_at.tzinfo is None:
        raise ValueError("sent_at needs a time zone")
    if unsubscribe_url and not _UNSUBSCRIBE_URL.fullmatch(unsubscribe_url):
        raise ValueError("unsubscribe_url is a plain https address")
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
    if answers:
        mail["In-Reply-To"] = mail["References"] = answers
    mail[MESSAGE_HEADER] = message_key
    mail[TEAM_HEADER] = team_key
    if postmark_key:
        mail["X-PM-Metadata-message"] = postmark_key
    mail.set_content(text, cte="quoted-printable")
    twin = html_alternative(text) if html_part is None else html_part
    if twin:
        mail.add_alternative(twin, subtype="html", cte="quoted-printable")
        # The default boundary is random; the same message must be the same bytes whenever it is built.
        mail.set_boundary(f"=-{hashlib.sha256((message_id + text).encode()).hexdigest()[:32]}")
    return _unsubscribe_headers(unsubscribe_url) + mail.as_bytes()


def _unsubscribe_headers(url: str) -> bytes:
    """Written as they are: the e-mail library would encode an address that is too long for one line."""
    if not url:
        return b""
    lines = f"List-Unsubscribe: <{url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    return lines.encode("ascii")


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
