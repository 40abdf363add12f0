"""What one mail of a reply mailbox is: a customer's answer, a mail that came back, a complaint, or nothing of ours.

No Django, no database. The formats: delivery reports RFC 3464, complaints RFC 5965, automatic answers RFC 3834.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parseaddr
from enum import Enum
from html.parser import HTMLParser
from typing import Any


class Kind(Enum):
    ANSWER = "answer"
    RETURNED = "returned"
    COMPLAINT = "complaint"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """`about` are the ids of the mails it may belong to, the likeliest first; at most `MOST_IDS`.

    `recipient` is whom a returned mail did not reach, "" where the report does not say. `status` is its code
    ("5.1.1"), `words` what the other server said. `text` is what a customer wrote, without the mail they answered.
    """

    kind: Kind
    about: tuple[str, ...] = ()
    sender: str = ""
    recipient: str = ""
    status: str = ""
    words: str = ""
    text: str = ""

    @property
    def is_for_good(self) -> bool:
        """Whether the address will not do next time either: a full mailbox (x.2.2) and 4.x.x may pass (RFC 3463)."""
        return self.status.startswith("5.") and self.status != "5.2.2"


MOST_IDS = 20
MOST_TEXT = 20_000
"""Characters of a mail that are read for an answer."""
_MOST_PARTS = 50
_ID = re.compile(r"<[A-Za-z0-9._+-]{1,150}@[A-Za-z0-9.-]{1,150}>")


def read_mail(content: bytes) -> Incoming:
    """Never raises: what cannot be read is OTHER."""
    try:
        mail = message_from_bytes(content, policy=policy.default)
        return _read(mail)
    # Mails of strangers: the e-mail library raises many kinds of errors at headers that are no headers.
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Incoming(kind=Kind.OTHER)


def _read(mail: EmailMessage) -> Incoming:
    if mail.get_content_type() == "multipart/report":
        report = str(mail.get_param("report-type", "")).lower()
        if report == "delivery-status":
            return _returned(mail)
        if report == "feedback-report":
            return _complaint(mail)
    if _is_automatic(mail):
        return Incoming(kind=Kind.OTHER)
    about = _ids(mail.get("In-Reply-To", ""), mail.get("References", ""))
    sender = parseaddr(str(mail.get("From", "")))[1]
    text = without_quoted(_text(mail)) if about else ""
    if not text:
        return Incoming(kind=Kind.OTHER)
    return Incoming(kind=Kind.ANSWER, about=about, sender=sender, text=text)


def _is_automatic(mail: EmailMessage) -> bool:
    """Notes of absence and lists of mails are no answers of a person."""
    if str(mail.get("Auto-Submitted", "no")).strip().lower().partition(";")[0] != "no":
        return True
    if str(mail.get("Precedence", "")).strip().lower() in {"bulk", "junk", "list", "auto_reply"}:
        return True
    return mail.get("X-Autoreply") is not None or mail.get("X-Autorespond") is not None


def _ids(*headers: object) -> tuple[str, ...]:
    """Ids in the order of the headers; of References the last ones, which are the nearest."""
    found: list[str] = []
    for header in headers:
        found += reversed(_ID.findall(str(header or "")[:10_000]))
    return tuple(dict.fromkeys(found))[:MOST_IDS]


# --- reports ---


def _parts(mail: Message) -> Iterator[Message]:
    for number, part in enumerate(mail.walk()):
        if number == _MOST_PARTS:
            return
        yield part


def _returned(mail: EmailMessage) -> Incoming:
    recipient = status = words = action = ""
    about: tuple[str, ...] = ()
    for part in _parts(mail):
        kind = part.get_content_type()
        if kind == "message/delivery-status" and not action:
            for group in part.get_payload() if part.is_multipart() else ():
                if isinstance(group, Message) and group.get("Action"):
                    action = str(group["Action"]).strip().lower()
                    status = str(group.get("Status", "")).strip().partition(" ")[0][:10]
                    named = group.get("Original-Recipient") or group.get("Final-Recipient") or ""
                    recipient = str(named).partition(";")[2].strip()
                    words = str(group.get("Diagnostic-Code", "")).partition(";")[2].strip()
                    break
        about = about or _ids_of_original(part)
    if action != "failed" or not about:  # "delayed", "delivered" and "relayed" mails may still arrive.
        return Incoming(kind=Kind.OTHER)
    return Incoming(
        kind=Kind.RETURNED, about=about, recipient=recipient, status=status, words=_one_line(words)
    )


def _complaint(mail: EmailMessage) -> Incoming:
    recipient, abuse = "", False
    about: tuple[str, ...] = ()
    for part in _parts(mail):
        if part.get_content_type() == "message/feedback-report":
            fields = _fields(part)
            abuse = fields.get("feedback-type", "").lower() in {"abuse", "fraud", "virus", "other"}
            recipient = fields.get("original-rcpt-to", "").strip("<>")
        about = about or _ids_of_original(part)
    if not abuse or not about:
        return Incoming(kind=Kind.OTHER)
    return Incoming(kind=Kind.COMPLAINT, about=about, recipient=recipient)


def _fields(part: Message) -> dict[str, str]:
    text: Any = part.get_payload()
    if isinstance(text, list):  # message/* parts are parsed as mails.
        return {name.lower(): str(value) for each in text for name, value in each.items()}
    lines = (line.partition(":") for line in str(text).splitlines()[:100])
    return {name.strip().lower(): value.strip() for name, _colon, value in lines}


def _ids_of_original(part: Message) -> tuple[str, ...]:
    """The id of our mail, which the report has as a whole or its headers alone."""
    if part.get_content_type() == "message/rfc822":
        originals: Any = part.get_payload()
        return _ids(originals[0].get("Message-ID", "")) if isinstance(originals, list) and originals else ()
    if part.get_content_type() == "text/rfc822-headers":
        return _ids(message_from_bytes(_bytes(part)).get("Message-ID", ""))
    return ()


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _one_line(text: str) -> str:
    return " ".join(text.split())[:500]


# --- answers ---


def _text(mail: EmailMessage) -> str:
    """The words of the mail: its plain part, else its HTML without tags."""
    body = mail.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    content = body.get_content()
    if not isinstance(content, str):
        return ""
    content = content[: 4 * MOST_TEXT]
    if body.get_content_type() == "text/html":
        words = _Words()
        words.feed(content)
        content = "".join(words.found)
    return content[:MOST_TEXT]


class _Words(HTMLParser):
    """The text of a page. Quoted mails are left out: `blockquote`, and Gmail's own mark."""

    _BREAKS = frozenset({"br", "p", "div", "tr", "li"})
    _OUT = frozenset({"blockquote", "style", "script", "head"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._out = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._OUT:
            self._out += 1
        elif tag in self._BREAKS:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._OUT and self._out:
            self._out -= 1

    def handle_data(self, data: str) -> None:
        if not self._out:
            self.found.append(data)


#: How mail programs begin the mail that is answered: "On … wrote:", "El … escribió:", "Am … schrieb …:".
_ATTRIBUTION = re.compile(
    r"(?=.*(?:@|\b\d{4}\b))(?=.*(?:@|wrote|escribi|schrieb|écrit|scritto|escreveu|schreef|napisał)).*:\s*$"
)
#: "-----Original Message-----", and the line that Outlook draws.
_RULES = re.compile(r"\s*(?:-{3,}\s*\w[^-]*-{3,}|_{5,})\s*$")
_HEADER = re.compile(r"\s*\*?(?:from|de|von|da|van|od)\s?:\*?\s.*@", re.IGNORECASE)


def without_quoted(text: str) -> str:
    """What was written above the quoted mail, line by line in one pass; all of it where nothing stands above.

    Libraries for this search the whole text with patterns that can take minutes for a mail made to be slow.
    """
    kept: list[str] = []
    for line in text.splitlines():
        if line.lstrip().startswith(">") or _begins_original(line, kept):
            break
        kept.append(line.rstrip())
    while kept and not kept[-1]:
        kept.pop()
    return "\n".join(kept).strip() or text.strip()


def _begins_original(line: str, kept: list[str]) -> bool:
    line = line[:400]
    if _HEADER.match(line) or (_RULES.match(line) and any(kept)):
        return True
    if _ATTRIBUTION.match(line):
        return True
    # Wrapped over two lines: the first one is kept already, and goes again.
    if kept and line.rstrip().endswith(":") and _ATTRIBUTION.match(f"{kept[-1][:400]} {line}"):
        kept.pop()
        return True
    return False
