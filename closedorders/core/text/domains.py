"""The form of an international domain that mail servers know. No Django: order files are read with it, too."""

from __future__ import annotations

import idna


def ascii_domain(domain: str) -> str:
    """`straße.example` → `xn--strae-oqa.example`, in lower case; one in ASCII stays as it is but for case.

    By IDNA 2008. Python's own "idna" codec is the 2003 version, which turns ß into ss: another domain, another person.
    Raises `UnicodeError` for what can be no domain.
    """
    if domain.isascii():
        return domain.lower()
    return idna.encode(domain, uts46=True).decode("ascii")
