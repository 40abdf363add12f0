"""Noticing that a form shows what somebody has changed since."""

from __future__ import annotations

import hashlib

from django.utils.translation import gettext as _

from closedorders.core.refusals import Refused


def mark_of(*values: object) -> str:
    """A short word for these values: a form sends it back, so that an old tab is noticed."""
    return hashlib.sha256("\0".join(map(str, values)).encode()).hexdigest()[:12]


def refuse_if_changed(seen: str, *values: object) -> None:
    """Refuse where `seen`, the `mark_of` what the person had before their eyes, is not that of these values."""
    if seen and seen != mark_of(*values):
        raise Refused(
            _(
                "Somebody changed this since you opened the page, so nothing was saved. Save again to replace it."
            )
        )
