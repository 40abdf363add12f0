"""The sentences of what a check found: what it is, what follows, and what to do."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from closedorders.core.mail.reason_words import MAIL_REASON_WORDS
from closedorders.core.mail.sender_faults import SenderFault, sender_fault

from .findings import Part, State

STATE_LABELS = {
    State.GOOD: gettext_lazy("Fine"),
    State.BAD: gettext_lazy("To fix"),
    State.NOT_CHECKED: gettext_lazy("Not checked"),
}
STATE_TONES = {State.GOOD: "green", State.BAD: "red", State.NOT_CHECKED: "grey"}

PART_NAMES = {
    Part.SERVER: gettext_lazy("Mail server"),
    Part.SPF: "SPF",
    Part.DKIM: "DKIM",
    Part.DMARC: "DMARC",
    Part.ALIGNMENT: gettext_lazy("Same domain"),
}

_SENTENCES: dict[str, str | Promise] = {
    "not_yet": gettext_lazy("Nobody has checked it yet: choose “Check now”."),
    "outdated": gettext_lazy(
        "The sender or its mail server has changed since the last check: choose “Check now”."
    ),
    "running": gettext_lazy("It is being checked."),
    "no_sender": gettext_lazy(
        "The store has no sender e-mail, so there is nothing to check: write one on the store's page."
    ),
    "stays_here": gettext_lazy(
        "No mail leaves this installation, so there is nothing to check: set up a mail server first."
    ),
    "no_dns": gettext_lazy(
        "The DNS did not answer for %(domain)s, so nothing is known: check again in a few minutes."
    ),
    # -- the mail server
    "server_takes": gettext_lazy("%(server)s takes mails from %(sender)s."),
    "server_refuses": gettext_lazy(
        "%(server)s refuses %(sender)s, so no mail would leave: correct the sender or the mail server, then check "
        "again. %(why)s"
    ),
    "server_silent": gettext_lazy(
        "%(server)s does not answer, so mails would wait: correct its name, port and encryption, or wait until it is "
        "back. %(why)s"
    ),
    "server_later": gettext_lazy(
        "%(server)s asks to come back later, so nothing is known: check again. %(why)s"
    ),
    "provider": gettext_lazy(
        "This installation hands mails to a mail service that cannot be asked beforehand: send yourself a test."
    ),
    # -- SPF
    "spf_missing": gettext_lazy(
        "%(domain)s has no SPF record, so many inboxes refuse its mails or call them spam: publish the one that your "
        "mail service names."
    ),
    "spf_several": gettext_lazy(
        "%(domain)s has %(count)s SPF records, so receivers disregard them all: make one of them."
    ),
    "spf_lookups": gettext_lazy(
        "The SPF record of %(domain)s needs more than 10 look-ups, so receivers disregard it: take out includes of "
        "services that you no longer use."
    ),
    "spf_broken": gettext_lazy(
        "The SPF record of %(domain)s includes %(other)s, which has no SPF record, so receivers disregard all of it: "
        "take that include out."
    ),
    "spf_everyone": gettext_lazy(
        "The SPF record of %(domain)s lets everyone send in its name, so it proves nothing: end it with ~all or -all."
    ),
    "spf_partly": gettext_lazy(
        "A part of the SPF record of %(domain)s could not be looked up, so nothing is concluded: check again later."
    ),
    "spf_relay_missing": gettext_lazy(
        "The SPF record of %(domain)s does not name your mail server %(relay)s, so its mails look forged: add "
        "include:%(include)s to the record."
    ),
    "spf_good": gettext_lazy("The SPF record of %(domain)s names your mail server: mails pass this test."),
    "spf_relay_unknown": gettext_lazy(
        "%(domain)s has a sound SPF record; whether it covers your mail server cannot be seen from here: compare it "
        "with what your mail service asks for."
    ),
    "spf_service": gettext_lazy(
        "%(relay)s answers for SPF with an address of its own, so your record is not looked at: DKIM has to vouch for "
        "your mails."
    ),
    # -- DKIM
    "dkim_good": gettext_lazy(
        "%(domain)s has a DKIM key under “%(selector)s”, so inboxes can check signatures: make sure that your mail "
        "service signs with it."
    ),
    "dkim_missing": gettext_lazy(
        "%(domain)s has no DKIM key under “%(selector)s”, so no signature counts: publish the key that your mail "
        "service names, or correct the selector."
    ),
    "dkim_revoked": gettext_lazy(
        "The DKIM key of %(domain)s under “%(selector)s” is withdrawn, so signatures fail: publish the new key of your "
        "mail service."
    ),
    "dkim_unknown": gettext_lazy(
        "None of the usual names has a DKIM key of %(domain)s, which proves nothing: name the selector of your mail "
        "service on the store's page “Sending mails”."
    ),
    # -- DMARC
    "dmarc_missing": gettext_lazy(
        "%(domain)s has no DMARC record, which Gmail, Yahoo and Outlook ask of everyone who sends much: publish "
        "“v=DMARC1; p=none” at _dmarc.%(domain)s."
    ),
    "dmarc_several": gettext_lazy(
        "%(domain)s has several DMARC records, so receivers disregard them all: leave one."
    ),
    "dmarc_unreadable": gettext_lazy(
        "The DMARC record of %(domain)s names no policy that is known, so receivers disregard it: write p=none, "
        "p=quarantine or p=reject."
    ),
    "dmarc_none": gettext_lazy(
        "%(domain)s has a DMARC record that only asks for reports: no mail is refused by it."
    ),
    "dmarc_test": gettext_lazy(
        "%(domain)s has a DMARC record that is still being tried out: no mail is refused by it."
    ),
    "dmarc_quarantine": gettext_lazy(
        "%(domain)s asks inboxes to call mails spam that neither SPF nor DKIM vouches for: the line below says whether "
        "yours are safe."
    ),
    "dmarc_reject": gettext_lazy(
        "%(domain)s asks inboxes to refuse mails that neither SPF nor DKIM vouches for: the line below says whether "
        "yours are safe."
    ),
    # -- alignment
    "aligned_spf": gettext_lazy("SPF vouches for the very domain that customers see, %(domain)s."),
    "aligned_dkim": gettext_lazy("Signatures of %(domain)s vouch for the very domain that customers see."),
    "aligned_unknown": gettext_lazy(
        "Whether SPF or DKIM vouches for %(domain)s cannot be seen from here: name your DKIM selector on the store's "
        "page “Sending mails”, or look at the source of a received test mail for “dmarc=pass”."
    ),
    "not_aligned": gettext_lazy(
        "Neither SPF nor DKIM vouches for %(domain)s, so large inboxes refuse its mails: correct one of the two lines "
        "above."
    ),
}


def sentence(code: str, values: dict[str, Any]) -> str:
    """The sentence of a finding in the reader's language. `values` are those that the worker stored."""
    words = str(_SENTENCES.get(code, _SENTENCES["not_yet"]))
    if "said" in values:
        why = str(MAIL_REASON_WORDS.get(str(values.get("reason")), ""))
        said = _("It said: “%(words)s”") % {"words": values["said"]} if values["said"] else ""
        values = {**values, "why": f"{why} {said}".strip()}
    try:
        return words % values
    except (KeyError, TypeError):
        # Values of an older version of the sentence.
        return str(_SENTENCES["outdated"])


_REMEDIES: dict[SenderFault | None, str | Promise] = {
    SenderFault.SIGN_IN: gettext_lazy(
        "The mail server does not take our sign-in. Correct the user name and password of the mail server."
    ),
    SenderFault.UNAUTHENTICATED: gettext_lazy(
        "The inboxes want proof that the mails are yours: correct SPF, DKIM and DMARC of the sender's domain."
    ),
    SenderFault.NOT_ALLOWED: gettext_lazy(
        "The mail server may not send as this sender. Use an address that belongs to it, or let it send for this "
        "domain."
    ),
    None: gettext_lazy("Correct the mail settings or the store's sender address."),
}


def remedy(said: str) -> str:
    """What to correct after a mail server refused the sender with these words: `550 5.7.26 …`."""
    code = int(said[:3]) if said[:3].isascii() and said[:3].isdigit() else None
    return str(_REMEDIES[sender_fault(code, said)])


def bulk_warning(count: int) -> str:
    """That so many mails to Gmail within a day make a domain a bulk sender, or nearly."""
    return ngettext(
        "With this campaign %(count)s mail of this domain goes to Gmail within a day. About 5,000 make it a bulk "
        "sender for good, with strict rules: have SPF, DKIM and DMARC in order first, or send in parts.",
        "With this campaign %(count)s mails of this domain go to Gmail within a day. About 5,000 make it a bulk "
        "sender for good, with strict rules: have SPF, DKIM and DMARC in order first, or send in parts.",
        count,
    ) % {"count": count}
