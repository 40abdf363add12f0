from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from closedorders.accounts.models import Membership, Team
from closedorders.core.text.formatting import count
from closedorders.orders.models import SupplierOrder

from ..actions.outcomes import MONEY_OUTCOMES
from ..models import Closure
from .replacements import MOST_PAIRS, Pairs, read_pairs
from .rules import BULK_OUTCOMES

_MOST_CHARACTERS = 200_000


def outcome_choices(by: Membership) -> list[tuple[str, str]]:
    """The outcomes that this person may give to many closures at once."""
    hidden = set() if by.is_merchant else MONEY_OUTCOMES
    return [(outcome.value, str(outcome.label)) for outcome in BULK_OUTCOMES if outcome not in hidden]


class BulkOutcomeForm(forms.Form):
    """The outcome for the ticked closures, or for all that the list's filters match."""

    outcome = forms.ChoiceField()
    scope = forms.ChoiceField(choices=[("ticked", ""), ("matching", "")], required=False)
    # The newest closure the person has seen: those logged since are not changed unseen.
    newest = forms.IntegerField(min_value=0, required=False)
    over = forms.BooleanField(
        required=False, label=gettext_lazy("Also closures that have another outcome already")
    )

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["outcome"]).choices = outcome_choices(by)

    def outcome_label(self) -> str:
        return str(Closure.Outcome(self.cleaned_data["outcome"]).label)


class ReplacementsForm(forms.Form):
    """Lines of old and new numbers, pasted or in a file."""

    lines = forms.CharField(
        label=gettext_lazy("Old number, new number"),
        required=False,
        max_length=_MOST_CHARACTERS,
        widget=forms.Textarea(
            attrs={"class": "paste", "rows": 8, "spellcheck": "false", "autocomplete": "off"}
        ),
        help_text=gettext_lazy(
            "One order a line: the closed AliExpress number first, the new one behind it. Copied from a "
            "spreadsheet, or with a comma or spaces between them; up to 500."
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a CSV file"),
        required=False,
        help_text=gettext_lazy("Two columns: closed number, new number."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
    )
    payment_method = forms.ChoiceField(
        label=gettext_lazy("How the new orders were paid"),
        required=False,
        choices=[("", gettext_lazy("Not said")), *SupplierOrder.PaidWith.choices],
    )

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        self.read: Pairs | None = None

    def clean_file(self) -> str:
        upload: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if not upload:
            return ""
        if (upload.size or 0) > 2 * _MOST_CHARACTERS:
            raise ValidationError(_("This file is too large for a list of numbers. Nothing was saved."))
        raw: bytes = upload.read()
        if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            raise ValidationError(
                _(
                    "This is a workbook. Save it as CSV, with both columns set to text, or copy the two columns "
                    "and paste them."
                )
            )
        encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
        return raw.decode(encoding, errors="replace").replace("\x00", "")

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        text = "\n".join(filter(None, [data.get("lines", "").strip(), data.get("file", "")]))
        if self.errors:
            return data
        if not text.strip():
            raise ValidationError(_("Paste the numbers, or choose a file that has them."))
        self.read = read = read_pairs(self.team, text)
        if read.rounded:
            raise ValidationError(
                _(
                    "All these numbers end in 0: a spreadsheet has rounded them. Set the column to text in the "
                    "spreadsheet, or copy the numbers from AliExpress. Nothing was saved."
                )
            )
        if len(read.pairs) > MOST_PAIRS:
            raise ValidationError(
                _("These are %(count)s orders. Join at most %(most)s at a time."),
                params={"count": count(len(read.pairs)), "most": MOST_PAIRS},
            )
        if not read.pairs:
            raise ValidationError(
                _("No line here has two AliExpress order numbers, the closed one and the new one.")
            )
        return data
