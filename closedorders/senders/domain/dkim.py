"""Looks for the DKIM key of a domain (RFC 6376), under a selector: nobody can ask for all of them. No Django."""

from __future__ import annotations

import re

from ..findings import Finding, Part, State
from .lookup import Lookup, NoAnswer

#: Those of the large services, tried where the shop has named none.
USUAL_SELECTORS = (
    "google", "selector1", "selector2", "k1", "k2", "k3", "s1", "s2", "pm", "resend", "zoho", "default"
)  # fmt: skip
_KEY = re.compile(r"(?:^|;)\s*p\s*=\s*([^;]*)", re.IGNORECASE)


def check_dkim(domain: str, *, selector: str, lookup: Lookup) -> Finding:
    """The line about DKIM. With the shop's own `selector` a missing key is red; without one it is only not known."""
    unanswered = False
    for each in (selector,) if selector else USUAL_SELECTORS:
        try:
            records = lookup.texts(f"{each}._domainkey.{domain}")
        except NoAnswer:
            unanswered = True
            continue
        keys = [found[1].strip() for record in records if (found := _KEY.search(record))]
        if any(keys):
            return _finding(State.GOOD, "dkim_good", domain=domain, selector=each)
        if keys and selector:
            return _finding(State.BAD, "dkim_revoked", domain=domain, selector=each)
    if unanswered:
        return _finding(State.NOT_CHECKED, "no_dns", domain=domain)
    if selector:
        return _finding(State.BAD, "dkim_missing", domain=domain, selector=selector)
    return _finding(State.NOT_CHECKED, "dkim_unknown", domain=domain)


def _finding(state: State, code: str, **values: str | int) -> Finding:
    return Finding(part=Part.DKIM, state=state, code=code, values=values)
