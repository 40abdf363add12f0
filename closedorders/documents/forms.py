from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from closedorders.core.text.formatting import file_size

from .actions import MOST_FILES, Box, Crop
from .kinds import Reason
from .models import Document
from .pictures import MOST_STORED_BYTES, MOST_UPLOAD_BYTES

ACCEPT = "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,application/pdf"
#: A row of a box that is none: what is kept of a page.
CROP = "crop"


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files; cleans to a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        one = super().clean
        return [one(each, initial) for each in data] if data else [one(None, initial)]


class DocumentForm(forms.Form):
    file = FilesField(
        label=_("Photos, screenshots or a PDF"),
        required=False,
        widget=FilesInput(attrs={"accept": ACCEPT, "data-redact-file": ""}),
    )
    camera = forms.FileField(
        label=_("Or take a photo"),
        required=False,
        widget=forms.FileInput(
            attrs={"accept": "image/*", "capture": "environment", "data-redact-camera": ""}
        ),
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
    previous = forms.IntegerField(required=False, widget=forms.HiddenInput)
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
            "JPEG, PNG, WebP, HEIC or PDF of up to %(most)s, such as front and back; at most %(files)s files. What is "
            "stored is redrawn and at most %(stored)s a page."
        ) % {
            "most": file_size(MOST_UPLOAD_BYTES),
            "files": MOST_FILES,
            "stored": file_size(MOST_STORED_BYTES),
        }

    def clean(self) -> dict[str, Any]:
        """Joins the photo that was taken now to the chosen files, as `files`."""
        cleaned = super().clean() or {}
        files = [each for each in cleaned.get("file") or [] if each]
        if camera := cleaned.get("camera"):
            files.append(camera)
        if not files and "file" not in self.errors and "camera" not in self.errors:
            self.add_error("file", gettext("Choose a file, or take a photo."))
        return {**cleaned, "files": files}


def boxes_of(posted: QueryDict) -> tuple[list[Box], list[Crop]]:
    """The rows of boxes and of crops, whose places are typed in percent, without blank rows. Raises `ValueError`."""
    columns = [posted.getlist(f"box_{name}") for name in ("page", "x", "y", "width", "height", "reason")]
    boxes: list[Box] = []
    crops: list[Crop] = []
    for page, x, y, width, height, reason in zip(*columns, strict=True):
        if not any(part.strip() for part in (x, y, width, height)):
            continue
        left, top, wide, high = (float(part.replace(",", ".")) / 100 for part in (x, y, width, height))
        if reason == CROP:
            crops.append(Crop(int(page or 1), left, top, wide, high))
        else:
            boxes.append(Box(int(page or 1), left, top, wide, high, reason))
    return boxes, crops


def rows_of(boxes: Iterable[Box], crops: Iterable[Crop] = ()) -> list[dict[str, Any]]:
    """Boxes and crops as rows of the form, in percent."""
    places = [(box[:5], box.reason) for box in boxes] + [(crop[:5], CROP) for crop in crops]
    return [
        {
            "page": place[0],
            "reason": reason,
            **{
                name: f"{part * 100:.2f}"
                for name, part in zip(("x", "y", "width", "height"), place[1:], strict=True)
            },
        }
        for place, reason in places
    ]


def reasons() -> list[tuple[str, str]]:
    """What a box may cover."""
    return [(code, gettext(label)) for code, label in Reason.CHOICES]
