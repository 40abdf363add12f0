from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from closedorders.core.text.formatting import file_size

from .actions import Box
from .models import Document
from .pictures import MOST_STORED_BYTES, MOST_UPLOAD_BYTES

ACCEPT = "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,application/pdf"


class DocumentForm(forms.Form):
    file = forms.FileField(
        label=_("Photo, screenshot or PDF"),
        widget=forms.FileInput(attrs={"accept": ACCEPT, "data-redact-file": ""}),
    )
    kind = forms.ChoiceField(label=_("What it is"), choices=Document.Kind.choices)
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        required=False,
        help_text=_("Blank: what it is. Never a number of the paper."),
    )
    expires_on = forms.DateField(
        label=_("Expires on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Of the paper itself, if it has such a date."),
    )
    turn = forms.TypedChoiceField(
        label=_("Turn the picture"),
        coerce=int,
        initial=0,
        choices=[
            (0, _("not at all")),
            (90, _("a quarter to the right")),
            (180, _("upside down")),
            (270, _("a quarter to the left")),
        ],
        widget=forms.Select(attrs={"data-redact-turn": ""}),
    )
    nothing_to_hide = forms.BooleanField(
        label=_("There is nothing to hide on it"),
        required=False,
        help_text=_("Not for cards, identity papers and statements: on those something must be covered."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = gettext(
            "JPEG, PNG, WebP, HEIC or PDF of up to %(most)s. What is stored is redrawn and at most %(stored)s a page."
        ) % {"most": file_size(MOST_UPLOAD_BYTES), "stored": file_size(MOST_STORED_BYTES)}


def boxes_of(posted: QueryDict) -> list[Box]:
    """The rows of boxes, whose places are typed in percent. Blank rows are left out. Raises `ValueError`."""
    columns = [posted.getlist(f"box_{name}") for name in ("page", "x", "y", "width", "height", "reason")]
    boxes: list[Box] = []
    for page, x, y, width, height, reason in zip(*columns, strict=True):
        if not any(part.strip() for part in (x, y, width, height)):
            continue
        left, top, wide, high = (float(part.replace(",", ".")) / 100 for part in (x, y, width, height))
        boxes.append(Box(int(page or 1), left, top, wide, high, reason))
    return boxes
