"""The few words for a mail's state that people know from other mail programs, by what the mail server said."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Beginnings of enhanced status codes (RFC 3463, 3.2–3.8, and its registry at IANA) -> what they mean for a customer's
#: mailbox. The first digit says whether it is for now (4) or for good (5); the longest beginning counts.
_OF_MAILBOX: dict[str, str | Promise] = {
    "1.1": _("Address does not exist"),
    "1.2": _("Address does not exist"),
    "1.3": _("Address does not exist"),
    "1.6": _("Address has moved"),
    "1.10": _("Address takes no mail"),
    "2.1": _("Mailbox is switched off"),
    "2.2": _("Mailbox is full"),
    "2.3": _("Mail is too long"),
    "7": _("Refused as unwanted"),
}
#: Of a mail that is tried again, what is worth more than that.
_FOR_NOW = {"2.2"}


def tag_words(state: str, label: str, reply_words: str) -> str:
    """The tag of a mail in `state`, whose own word is `label`; `reply_words` begin with the enhanced code, if any.

    Two to four words: they stand in a narrow column.
    """
    if state not in {"failed", "bounced", "deferred"}:
        return label
    if state == "deferred":
        label = str(_("To try again"))
    kind, _dot, rest = reply_words.partition(" ")[0].partition(".")
    subject = ".".join(rest.split(".")[:2])
    code = next((known for known in (subject, subject.partition(".")[0]) if known in _OF_MAILBOX), "")
    fits = kind == "5" if state != "deferred" else kind == "4" and code in _FOR_NOW
    return str(_OF_MAILBOX[code]) if code and fits else label
