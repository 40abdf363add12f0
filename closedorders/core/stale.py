"""Noticing that a form shows what somebody has changed since."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from closedorders.core.refusals import Refused


def mark_of(*values: object) -> str:
    """Return a short mark of these values: a form sends it back, so that an old tab is noticed."""
    return hashlib.sha256("\0".join(map(str, values)).encode()).hexdigest()[:12]


def refuse_if_changed(seen: str, mark: str, message: str = "") -> None:
    """Raise Refused where `seen`, the mark that a form sent back, is not `mark`, that of the values stored now.

    `message` is for what is not simply saved again. A form that sends no mark is not checked.
    """
    if seen and seen != mark:
        raise Refused(
            message
            or _(
                "Somebody changed this since you opened the page, so nothing was saved. Save again to replace it."
            )
        )


class SeenForm(forms.Form):
    """A form with a hidden field `seen`, after its own: the mark of the values that the person saw."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"] = forms.CharField(required=False, widget=forms.HiddenInput)
