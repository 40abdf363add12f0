"""Which replies of mail servers are about the sender, whoever the recipient is.

Sources: RFC 7372 and the IANA registry of enhanced status codes (5.7.20 to 5.7.26), RFC 4954 (sign-in), Google's list
of SMTP errors (5.7.26 to 5.7.32) and Microsoft's (5.7.5xx, 5.7.60, 5.7.64, 5.7.7xx). 5.7.1 is said of everything, so
there the words decide.
"""

from __future__ import annotations

import re
from enum import StrEnum


class SenderFault(StrEnum):
    """What is wrong with the sender."""

    SIGN_IN = "sign_in"
    """The mail server does not take the user name or the password."""
    UNAUTHENTICATED = "unauthenticated"
    """SPF, DKIM or DMARC of the sender's domain does not vouch for the mail."""
    NOT_ALLOWED = "not_allowed"
    """The server lets this account or this network not send as this sender."""


# 530 authentication required, 534 mechanism too weak, 535 credentials invalid, 538 encryption required (RFC 4954).
_SIGN_IN_CODES = frozenset({530, 534, 535, 538})
_SIGN_IN = frozenset({"7.8", "7.9", "7.11", "7.57", "7.139"})
_UNAUTHENTICATED = frozenset(
    {"7.20", "7.21", "7.22", "7.23", "7.24", "7.25", "7.26", "7.27", "7.29", "7.30", "7.32", "7.509", "7.515"}
)
_NOT_ALLOWED = frozenset({"7.28", "7.60", "7.64", "7.501", "7.502", "7.503", "7.508", "7.708", "7.750"})

_ENHANCED = re.compile(r"\b[245]\.(\d{1,3}\.\d{1,3})(?!\.?\d)")
_ABOUT_PROOF = re.compile(
    r"\b(?:dmarc|spf|dkim|unauthenticated|not authenticated|authentication[- ](?:checks?|results?)|spoof\w*)\b",
    re.I,
)
_ABOUT_SENDER = re.compile(
    r"not (?:allowed|authori[sz]ed|permitted) to (?:send|relay)|send(?:ing)? as\b"
    r"|sender (?:address )?(?:rejected|refused|denied|blocked|not (?:allowed|owned|verified))"
    r"|not owned by user|relay(?:ing)? (?:access )?(?:denied|not (?:allowed|permitted))|unable to relay"
    r"|blocked using|block ?list|blacklist",
    re.I,
)
_ABOUT_RECIPIENT = re.compile(r"\b(?:recipient|mailbox|user unknown|no such user)\b", re.I)


def sender_fault(code: int | None, words: str) -> SenderFault | None:
    """What is wrong with the sender by a reply's three digits and its words (with their enhanced code), or None."""
    if code in _SIGN_IN_CODES:
        return SenderFault.SIGN_IN
    matched = _ENHANCED.search(words)
    detail = matched[1] if matched else ""
    for details, fault in (
        (_SIGN_IN, SenderFault.SIGN_IN),
        (_UNAUTHENTICATED, SenderFault.UNAUTHENTICATED),
        (_NOT_ALLOWED, SenderFault.NOT_ALLOWED),
    ):
        if detail in details:
            return fault
    if detail == "7.1":
        if _ABOUT_PROOF.search(words):
            return SenderFault.UNAUTHENTICATED
        if _ABOUT_SENDER.search(words) and not _ABOUT_RECIPIENT.search(words):
            return SenderFault.NOT_ALLOWED
    return None
